"""MediaPipe's own package as a tracker: where it is installed, and what is said where it is not."""

from __future__ import annotations

import sys
from importlib import metadata
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge.camera.frame import Frame
from edge.config import LandmarkConfig
from edge.errors import ConfigError
from edge.landmarks import Landmarks, Parts, open_tracker
from edge.landmarks.mediapipe.package import VERSION, solutions

CLIP = Path(__file__).parents[3].parent / "shared" / "data" / "video" / "ARE.mp4"
CONFIG = LandmarkConfig(backend="mediapipe")
FRAMES = 5


def installed() -> str:
    try:
        return metadata.version("mediapipe")
    except metadata.PackageNotFoundError:
        return ""


needs_it = pytest.mark.skipif(installed() != VERSION, reason=f"mediapipe {VERSION} not installed")


@pytest.mark.parametrize("found", ["", "0.10.35"])
def test_without_it_one_line_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, found: str
) -> None:
    def version(name: str) -> str:
        if not found:
            raise metadata.PackageNotFoundError(name)
        return found

    monkeypatch.setattr(metadata, "version", version)
    for parts in (Parts(), Parts(face=True)):
        with pytest.raises(ConfigError, match=r"pip install 'mediapipe==0\.10\.18'") as error:
            open_tracker(CONFIG, parts)
        assert "\n" not in str(error.value)


def test_a_broken_installation_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "version", lambda name: VERSION)
    monkeypatch.setitem(sys.modules, "mediapipe", None)
    with pytest.raises(ConfigError, match="mediapipe cannot be imported"):
        solutions()


@pytest.fixture(scope="module")
def frames() -> list[Frame]:
    if not CLIP.is_file():
        pytest.skip(f"no clip at {CLIP}")
    clip, found = cv2.VideoCapture(str(CLIP)), []
    for n in range(FRAMES):
        _, picture = clip.read()
        pixels = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)
        found.append(Frame(pixels, n / 30, 100 + n / 30, n))
    return found


def alike(theirs: Landmarks, ours: Landmarks) -> None:
    """The same hand, on the same side, at the same place."""
    (a,), (b,) = theirs.hands, ours.hands
    assert (a.right >= 0.5) == (b.right >= 0.5)
    assert np.median(np.abs(a.points - b.points)) < 0.01
    assert (theirs.size, theirs.time, theirs.captured, theirs.index) == (
        ours.size, ours.time, ours.captured, ours.index,
    )  # fmt: skip


@needs_it
def test_its_hands_are_those_of_the_hand_tracker(
    frames: list[Frame], landmark_weights: None
) -> None:
    theirs, ours = open_tracker(CONFIG), open_tracker(LandmarkConfig(profile="accurate"))
    tracks = set()
    for frame in frames:
        found = theirs(frame)
        alike(found, ours(frame))
        tracks.add(found.hands[0].track)
        assert found.pose is found.face is None
    assert len(tracks) == 1
    theirs.reset()
    assert theirs(frames[0]).hands[0].track not in tracks


@needs_it
def test_its_person_is_that_of_the_holistic_tracker(
    frames: list[Frame], holistic_weights: None
) -> None:
    parts = Parts(2, pose=True, face=True)
    theirs = open_tracker(CONFIG, parts)
    ours = open_tracker(LandmarkConfig(profile="accurate"), parts)
    for frame in frames:
        a, b = theirs(frame), ours(frame)
        alike(a, b)
        for one, other in ((a.pose, b.pose), (a.face, b.face)):
            assert np.median(np.abs(one.points - other.points)) < 0.005
        assert np.median(np.abs(a.pose.visibility - b.pose.visibility)) < 0.05
