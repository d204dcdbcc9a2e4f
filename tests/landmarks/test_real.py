"""The tracker with its real models, on real photos."""

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.camera.frame import Frame
from edge.errors import ConfigError
from edge.landmarks import HandTracker, derived, weights
from edge.landmarks.detector import MIN_SCORE
from edge.landmarks.hand_model import HandModel
from edge.landmarks.palm import LEAST_SCORE, PalmDetector
from edge.landmarks.profile import PROFILES

PHOTOS = Path(__file__).parents[2].parent / "shared" / "data" / "photos"

needs_weights = pytest.mark.skipif(
    any(state != "ok" for _, state in (*weights.check(), *derived.check())),
    reason="landmark weights are not fetched: run `ishara models fetch`",
)
needs_photos = pytest.mark.skipif(not PHOTOS.is_dir(), reason=f"no photos at {PHOTOS}")


def picture(path):
    return cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)


def seen(tracker, pixels):
    tracker.reset()
    return tracker(Frame(pixels, 0.0, 0.0, 0))


def letter_b():
    """Photos of an open right hand from three signers."""
    return [sorted((PHOTOS / name / "B").glob("*.jpg"))[0] for name in SIGNERS]


SIGNERS = ("HimanshiChainani", "ZoyaZubair", "saivardhan26123")


@needs_weights
@needs_photos
@pytest.mark.parametrize("name", PROFILES)
def test_hands_in_photos_are_found_inside_the_picture(name):
    tracker = HandTracker(profile=PROFILES[name])
    photos = sorted(PHOTOS.glob("*/*/*.jpg"))[::30]
    found = [hand for path in photos for hand in seen(tracker, picture(path)).hands]
    assert len(found) >= 0.85 * len(photos)
    for hand in found:
        assert hand.points.shape == (21, 3)
        assert hand.points[:, :2].min() > -0.1
        assert hand.points[:, :2].max() < 1.1
        assert abs(hand.points[0, 2]) < 0.01  # depth is measured from the wrist
        assert np.ptp(hand.points[:, :2], axis=0).max() > 0.1


@needs_weights
@needs_photos
def test_doubtful_palms_follow_the_others_and_do_not_shift_them():
    detector = PalmDetector(PROFILES["accurate"].palm)
    doubted = 0
    for path in sorted(PHOTOS.glob("*/*/*.jpg"))[::40]:
        sure = detector(picture(path))
        every = detector(picture(path), doubtful=True)
        assert all(palm.score >= MIN_SCORE for palm in sure)
        for a, b in zip(sure, every, strict=False):
            assert a.score == b.score
            assert (a.box == b.box).all()
            assert (a.keypoints == b.keypoints).all()
        rest = [palm.score for palm in every[len(sure) :]]
        assert rest == sorted(rest, reverse=True)
        assert all(LEAST_SCORE <= score < MIN_SCORE for score in rest)
        doubted += len(rest)
    assert doubted


@needs_weights
@needs_photos
def test_hands_of_doubtful_palms_are_found_at_once():
    """Photos in which no palm has a score of `MIN_SCORE`."""
    tracker = HandTracker()
    names = ("Aashritha-T/M/18_d130eb", "mannan-123/M/M1120_f403f4", "snrao310/A/hand1_a_bot_seg_5")
    for name in names:
        (path,) = PHOTOS.glob(f"{name}*.jpg")
        assert len(seen(tracker, picture(path)).hands) == 1


@needs_weights
@needs_photos
@pytest.mark.parametrize("name", PROFILES)
def test_left_and_right_are_the_signers(name):
    tracker = HandTracker(profile=PROFILES[name])
    for path in letter_b():
        pixels = picture(path)
        (right,) = seen(tracker, pixels).hands
        (left,) = seen(tracker, np.ascontiguousarray(pixels[:, ::-1])).hands
        assert right.right > 0.9
        assert left.right < 0.1
        gap = np.abs(1 - left.points[:, 0] - right.points[:, 0])
        assert gap.max() < 0.05


@needs_weights
@needs_photos
def test_two_hands_side_by_side_are_both_found_and_followed():
    pixels = picture(letter_b()[0])
    both = np.hstack([pixels, pixels[:, ::-1]])
    tracker = HandTracker(hands=2)
    for n in range(3):
        hands = tracker(Frame(both, n / 30, 0.0, n)).hands
        sides = {hand.points[0, 0] > 0.5: round(hand.right) for hand in hands}
        assert sides == {False: 1, True: 0}
        assert {hand.track for hand in hands} == {1, 2}


@needs_weights
def test_an_empty_picture_has_no_hand():
    for shape in ((48, 64, 3), (480, 640, 3), (1, 1, 3)):
        assert seen(HandTracker(hands=2), np.full(shape, 127, np.uint8)).hands == ()


@needs_weights
def test_a_model_of_another_kind_is_refused():
    with pytest.raises(ConfigError, match="not a palm detector"):
        PalmDetector(weights.path("hand_landmark_full"))
    with pytest.raises(ConfigError, match="not a hand model"):
        HandModel(weights.path("palm_detection_full"))


def test_importing_the_stage_loads_no_opencv_and_no_runtime():
    code = (
        "import sys, edge.landmarks\n"
        "print([n for n in ('cv2', 'ai_edge_fullrt', 'tflite_runtime') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@needs_weights
@needs_photos
def test_a_hand_that_fills_the_picture_is_found_from_further_away():
    (path, *_) = sorted((PHOTOS / "Bhavya-812" / "T").glob("*.jpg"))
    tracker, pixels = HandTracker(), picture(path)
    found = [len(tracker(Frame(pixels, n / 10, n / 10, n)).hands) for n in range(6)]
    assert found[0] == 0
    assert found[-1] == 1
