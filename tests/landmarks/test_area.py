"""An area: hands are looked for, and followed, only there; and the largest is found first."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from edge.camera import open_camera
from edge.camera.frame import Frame
from edge.config import Config, LandmarkConfig
from edge.doctor import _area
from edge.landmarks import open_tracker
from edge.landmarks import tracker as module
from edge.landmarks.area import Area
from edge.landmarks.motion_gate import MotionGate
from edge.landmarks.palm import Palm
from edge.landmarks.palm_search import largest_first
from edge.landmarks.tracker import HandTracker

from .test_tracker import World, frame, world

__all__ = ["world"]

RIGHT_HALF = Area(0.5, 0.0, 1.0, 1.0)


class Cropped:
    """A world whose palms are found in the part of the picture that it is given."""

    def __init__(self, world: World, left: int, top: int) -> None:
        self.world, self.left, self.top = world, left, top
        self.shapes: list[tuple[int, ...]] = []

    def find(self, pixels: Any, margin: float = 1.0, doubtful: bool = False) -> list[Palm]:
        self.shapes.append(pixels.shape)
        height, width = pixels.shape[:2]
        there = [
            (x - self.left, y - self.top)
            for x, y in self.world.hands.values()
            if -20 <= x - self.left < width + 20 and 0 <= y - self.top < height
        ]
        return [self.world._palm(x, y) for x, y in there]


def test_a_hand_is_found_in_the_area_and_is_at_its_place_in_the_whole(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    cropped = Cropped(world, 200, 0)
    monkeypatch.setattr(module, "PalmDetector", lambda model, threads: cropped.find)
    world.hands = {"out": (100, 150), "in": (300, 150)}
    tracker = HandTracker(hands=2, area=RIGHT_HALF, search_interval=0)
    for n in range(4):
        (hand,) = tracker(frame(n / 30)).hands
        assert hand.points[0] == pytest.approx([300 / 400, 175 / 300, 0])
    assert cropped.shapes[0] == (300, 200, 3)


def test_a_hand_that_leaves_the_area_is_dropped_and_one_at_its_edge_not_taken(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PalmDetector", lambda model, threads: Cropped(world, 200, 0).find)
    world.hands = {"a": (230, 150)}
    tracker = HandTracker(area=RIGHT_HALF, search_interval=0)
    seen = []
    for n in range(12):
        world.hands = {"a": (230 - 5 * n, 150)}
        seen.append(len(tracker(frame(n / 30)).hands))
    assert seen == sorted(seen, reverse=True)
    assert (seen[0], seen[-1]) == (1, 0)
    world.hands = {"a": (195, 150)}  # its palm reaches into the area
    assert tracker(frame(1.0)).hands == ()
    world.hands = {"a": (215, 150)}
    assert len(tracker(frame(1.1)).hands) == 1


def test_what_moves_outside_makes_no_search(world: World) -> None:
    gate = MotionGate(3.0, RIGHT_HALF)
    pixels = frame(0.0).pixels.copy()
    gate.record(pixels)
    pixels[:, :190] = 255 - pixels[:, :190]
    assert not gate.moved(pixels)
    pixels[:, 300:350] = 255 - pixels[:, 300:350]
    assert gate.moved(pixels)


def test_the_whole_picture_is_no_area() -> None:
    assert Area.of(Config().landmarks.area) is None
    assert Area.of((0.0, 0.0, 1.0, 0.5)) == Area(0, 0, 1, 0.5)


def test_an_area_has_at_least_one_pixel_and_stays_in_the_picture() -> None:
    assert Area(0.25, 0.5, 0.75, 1.0).box(640, 480) == (160, 240, 480, 480)
    assert Area(0.999, 0.999, 1.0, 1.0).box(10, 10) == (9, 9, 10, 10)
    assert Area(0.5, 0.5, 0.5001, 0.5001).box(10, 10) == (5, 5, 6, 6)


def test_of_the_sure_palms_the_largest_is_first() -> None:
    def palm(score: float, side: float) -> Palm:
        box = np.array([0, 0, side, side], np.float32)
        keypoints = np.zeros((7, 2), np.float32)
        keypoints[0, 1] = side
        return Palm(score, box, keypoints)

    palms = [palm(0.95, 20), palm(0.9, 60), palm(0.8, 40), palm(0.55, 200)]
    assert [p.score for p in largest_first(palms)] == [0.9, 0.8, 0.95, 0.55]
    assert largest_first([]) == []


def test_doctor_names_the_area_in_pixels() -> None:
    config = Config(landmarks=LandmarkConfig(area=(0.25, 0.0, 0.75, 1.0)))
    (finding,) = _area(config)
    assert finding.detail == "hands are read only in x 160-480, y 0-480 of 640 x 480"
    assert list(_area(Config())) == []


@pytest.mark.usefixtures("landmark_weights")
def test_a_rendered_hand_is_found_in_its_area_only() -> None:
    source = open_camera("signer:l?pace=0")
    frames = [f for _ in range(40) if (f := source.read())]
    still = frames[-1]

    def track(config: LandmarkConfig) -> list[np.ndarray]:
        tracker = open_tracker(config)
        seen = [tracker(Frame(still.pixels, n / 30, n / 30, n)) for n in range(4)]
        return [hand.points for landmarks in seen for hand in landmarks.hands]

    everywhere = track(LandmarkConfig())
    assert everywhere
    x, y, _ = everywhere[-1][[0, 5, 9, 13, 17]].mean(0).tolist()
    there = (max(0.0, x - 0.3), max(0.0, y - 0.4), min(1.0, x + 0.3), min(1.0, y + 0.4))
    inside = track(replace(LandmarkConfig(), area=there))
    assert inside
    np.testing.assert_allclose(inside[-1][:, :2], everywhere[-1][:, :2], atol=0.02)
    away = (x + 0.02, 0.0, 1.0, 1.0) if x < 0.5 else (0.0, 0.0, x - 0.02, 1.0)
    assert track(replace(LandmarkConfig(), area=away)) == []
