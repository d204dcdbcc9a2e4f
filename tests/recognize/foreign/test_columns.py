"""Columns of a foreign model: each coordinate stands where the model expects it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.landmarks import Face, Hand, Landmarks, Parts, Pose
from edge.recognize.foreign.columns import FRAME, MOST, POINTS, Columns, Rows, position

ALL = [
    f"{axis}_{part}_{n}" for axis in "xyz" for part, count in POINTS.items() for n in range(count)
]


def points(count: int, part: int) -> Any:
    """Distinct numbers: part, point, axis."""
    n, axis = np.mgrid[:count, :3]
    return (part * 10_000 + n * 10 + axis).astype(np.float32)


def landmarks(*hands: Hand, pose: bool = True, face: bool = True) -> Landmarks:
    body = Pose(points(33, 3), np.ones(33, np.float32), 0.0) if pose else None
    head = Face(points(468, 4), 1.0) if face else None
    return Landmarks(hands, (640, 480), 0.0, 0.0, 0, body, head)


LEFT = Hand(points(21, 1), 0.9, 0.1, 1)
RIGHT = Hand(points(21, 2), 0.8, 0.9, 2)
NUMBERS = {"left_hand": 1, "right_hand": 2, "pose": 3, "face": 4}


@given(st.lists(st.sampled_from(ALL), min_size=1, max_size=40, unique=True))
def test_any_columns_in_any_order(names: list[str]) -> None:
    row = Rows(Columns((*names, FRAME), math.nan))(landmarks(LEFT, RIGHT), 17)
    for name, value in zip(names, row, strict=False):
        axis, part, n = name[0], name[2:].rpartition("_")[0], int(name.rpartition("_")[2])
        assert value == NUMBERS[part] * 10_000 + n * 10 + "xyz".index(axis)
    assert row[-1] == 17


def test_all_columns_of_the_competition_are_known() -> None:
    places = [position(name) for name in (FRAME, *ALL)]
    assert sorted(places) == list(range(MOST)) == list(range(1630))


@pytest.mark.parametrize("missing", [math.nan, 0.0])
def test_what_was_not_found_is_missing(missing: float) -> None:
    names = ("x_left_hand_0", "x_right_hand_0", "z_pose_32", "y_face_467")
    rows = Rows(Columns(names, missing))
    wanted = np.array([missing, 20_000, missing, missing], np.float32)
    np.testing.assert_array_equal(rows(landmarks(RIGHT, pose=False, face=False), 0), wanted)
    # And what was found in the frame before is forgotten.
    full = rows(landmarks(LEFT, RIGHT), 1)
    assert not np.isnan(full).any()
    np.testing.assert_array_equal(rows(landmarks(RIGHT, pose=False, face=False), 2), wanted)


def test_of_two_hands_of_one_side_the_better_counts() -> None:
    other = Hand(points(21, 9), 0.5, 0.8, 3)
    row = Rows(Columns(("x_right_hand_0",), math.nan))(landmarks(RIGHT, other), 0)
    assert row[0] == 20_000


@pytest.mark.parametrize(
    ("names", "parts"),
    [
        (("x_right_hand_0", "frame"), Parts(1)),
        (("x_right_hand_0", "y_left_hand_3"), Parts(2)),
        (("x_face_0",), Parts(1, face=True)),
        (("x_pose_0", "x_right_hand_0"), Parts(1, pose=True)),
    ],
)
def test_only_what_is_read_is_looked_for(names: tuple[str, ...], parts: Parts) -> None:
    assert Columns(names, math.nan).parts == parts
