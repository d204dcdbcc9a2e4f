"""The holistic tracker with its real models, on a real person."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.camera.frame import Frame
from edge.config import LandmarkConfig
from edge.errors import ConfigError
from edge.landmarks import Landmarks, Parts, open_tracker, weights
from edge.landmarks.detector import Detector
from edge.landmarks.holistic import HolisticTracker
from edge.landmarks.holistic.face_model import FaceModel
from edge.landmarks.holistic.pose import PERSON_DETECTOR
from edge.landmarks.holistic.pose_model import PoseModel
from edge.landmarks.holistic.recrop import HandRecrop
from edge.landmarks.profile import PROFILES
from edge.landmarks.tracker import HandTracker

CLIP = Path(__file__).parents[3].parent / "shared" / "data" / "video" / "ARE.mp4"
FRAMES = 12

pytestmark = pytest.mark.usefixtures("holistic_weights")


@pytest.fixture(scope="module")
def frames() -> list[Frame]:
    if not CLIP.is_file():
        pytest.skip(f"no clip at {CLIP}")
    clip, found = cv2.VideoCapture(str(CLIP)), []
    for n in range(FRAMES):
        _, picture = clip.read()
        pixels = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)
        found.append(Frame(pixels, n / 30, n / 30, n))
    return found


@pytest.fixture(scope="module")
def seen(frames: list[Frame]) -> list[Landmarks]:
    tracker = HolisticTracker(PROFILES["accurate"], search_interval=0)
    return [tracker(frame) for frame in frames]


def test_a_person_is_seen_in_every_frame(seen: list[Landmarks]) -> None:
    for landmarks in seen:
        assert [(hand.right, hand.track) for hand in landmarks.hands] == [(0.0, 1)]
        pose, face = landmarks.pose, landmarks.face
        assert pose is not None
        assert face is not None
        assert pose.visibility[[0, 11, 12]].min() > 0.9
        # The hand's wrist is where the pose has it; the nose of the face, that of the pose.
        assert np.linalg.norm(landmarks.hands[0].points[0, :2] - pose.points[15, :2]) < 0.06
        assert np.linalg.norm(face.points[1, :2] - pose.points[0, :2]) < 0.03


def test_the_hand_is_that_of_the_hand_tracker(frames: list[Frame], seen: list[Landmarks]) -> None:
    tracker = HandTracker(profile=PROFILES["accurate"])
    for frame, landmarks in zip(frames[:4], seen, strict=False):
        (alone,) = tracker(frame).hands
        apart = np.linalg.norm(alone.points[:, :2] - landmarks.hands[0].points[:, :2], axis=1)
        assert np.median(apart) < 0.01
        assert alone.right < 0.5


def test_with_a_pose_now_and_then_hands_and_face_are_as_good(
    frames: list[Frame], seen: list[Landmarks]
) -> None:
    tracker = HolisticTracker(PROFILES["accurate"], pose_every=6)
    for frame, every in zip(frames, seen, strict=True):
        landmarks = tracker(frame)
        for a, b in ((landmarks.hands[0], every.hands[0]), (landmarks.face, every.face)):
            assert np.median(np.linalg.norm((a.points - b.points)[:, :2], axis=1)) < 0.005


def test_an_area_hides_what_is_outside(frames: list[Frame], seen: list[Landmarks]) -> None:
    x = float(seen[0].face.points[:, 0].mean())
    box = (max(0.0, x - 0.4), 0.0, min(1.0, x + 0.4), 1.0)
    tracker = open_tracker(LandmarkConfig(area=box, profile="accurate"), Parts(face=True))
    landmarks = tracker(frames[0])
    assert landmarks.size == seen[0].size
    gap = np.abs(landmarks.face.points - seen[0].face.points)[:, :2]
    assert np.median(gap) < 0.005
    away = open_tracker(LandmarkConfig(area=(0.0, 0.0, 0.05, 0.05)), Parts(face=True))
    assert away(frames[0]).face is None


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda model: Detector(model, PERSON_DETECTOR), "is not a person detector"),
        (PoseModel, "is not a pose model"),
        (FaceModel, "is not a face model"),
        (HandRecrop, "is not a re-crop model"),
    ],
)
def test_another_model_is_refused(make: object, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        make(weights.read("palm_detection_full"))  # type: ignore[operator]
