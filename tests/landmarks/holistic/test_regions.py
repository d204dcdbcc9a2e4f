"""The regions of a person, and when a region is followed, on cases made by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from edge.landmarks.holistic import regions
from edge.landmarks.holistic.regions import FACE, HAND
from edge.landmarks.roi import Roi


def at(*points: tuple[float, float]) -> np.ndarray:
    return np.array(points, np.float32)


def close(found: Roi, x: float, y: float, size: float, angle: float = 0.0) -> None:
    assert (found.x, found.y, found.size, found.angle) == pytest.approx(
        (x, y, size, angle), abs=1e-3
    )


def test_a_person_is_upright_round_the_hips() -> None:
    close(regions.round_person(*at((100, 200), (100, 120))), 100, 200, 200)
    close(regions.round_person(*at((100, 200), (180, 200))), 100, 200, 200, math.pi / 2)


def test_a_hand_of_a_pose_reaches_beyond_its_knuckles() -> None:
    wrist, little, index = at((100, 200), (85, 160), (107.5, 160))
    # The middle (2 index + little) / 3 is 40 above the wrist: 80 wide, 2.7 times as much, shifted.
    close(regions.hand_from_pose(wrist, little, index), 100, 160 - 8, 216)


def test_the_re_cropped_hand_points_up_where_its_guide_is_below() -> None:
    close(regions.hand_from_recrop(*at((50, 50), (50, 80))), 50, 50 - 6, 60)
    close(regions.hand_from_recrop(*at((50, 50), (80, 50))), 50 - 6, 50, 60, -math.pi / 2)


def test_a_face_is_turned_as_its_eyes() -> None:
    points = np.zeros((33, 2), np.float32)
    points[:11] = at((90, 100), *[(100, 110)] * 9, (110, 120))
    points[5], points[2] = (95, 110), (105, 110)
    close(regions.face_from_pose(points), 100, 110, 60)
    points[5], points[2] = (105, 105), (105, 115)  # the way goes down: a quarter clockwise
    close(regions.face_from_pose(points), 100, 110, 60, math.pi / 2)
    keypoints = at((95, 100), (105, 100), (100, 105), (100, 110), (90, 105), (110, 105))
    # The box is 20 by 10, and goes up by a tenth of its height.
    close(regions.face_from_detection(keypoints), 100, 105 - 1, 40)


def test_a_face_is_followed_from_all_its_points() -> None:
    points = np.full((468, 3), 50, np.float32)
    points[0], points[1] = (20, 40, 0), (80, 60, 0)
    points[33], points[263] = (40, 50, 0), (60, 50, 0)
    close(regions.face_from_landmarks(points), 50, 50, 90)


FOUND = Roi(100, 100, 100, 0.3)
INSIDE = np.full((21, 3), 100, np.float32)


@pytest.mark.parametrize(
    ("change", "holds"),
    [
        ({}, True),
        ({"angle": 0.3 + math.radians(39)}, True),
        ({"angle": 0.3 + math.radians(41)}, False),
        ({"angle": 0.3 - math.radians(41) + 2 * math.pi}, False),
        ({"angle": 0.3 + 2 * math.pi}, True),
        ({"size": 139}, True),
        ({"size": 141}, False),
        ({"size": 59}, False),
        ({"x": 100 + 19 * math.cos(0.3), "y": 100 + 19 * math.sin(0.3)}, True),
        ({"x": 100 + 21 * math.cos(0.3), "y": 100 + 21 * math.sin(0.3)}, False),
        ({"x": 100 - 21 * math.sin(0.3), "y": 100 + 21 * math.cos(0.3)}, False),
        # Along the diagonal both shares count for themselves.
        (
            {
                "x": 100 + 26 * math.cos(0.3 + math.pi / 4),
                "y": 100 + 26 * math.sin(0.3 + math.pi / 4),
            },
            True,
        ),
    ],
)
def test_a_hand_is_followed_within_limits(change: dict[str, float], holds: bool) -> None:
    assert HAND.hold(replace(FOUND, **change), INSIDE, FOUND) is holds


@pytest.mark.parametrize(
    ("away", "hand", "face"), [(39, True, True), (41, True, False), (46, False, False)]
)
def test_landmarks_must_lie_inside_what_was_found(away: float, hand: bool, face: bool) -> None:
    points = INSIDE.copy()
    points[7, :2] += (away * math.cos(0.3), away * math.sin(0.3))
    assert HAND.hold(FOUND, points, FOUND) is hand
    assert FACE.hold(FOUND, points, FOUND) is face
