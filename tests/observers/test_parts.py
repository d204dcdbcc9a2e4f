"""The parts of a recording, of what a tracker found."""

from __future__ import annotations

import numpy as np

from edge.camera import Frame
from edge.landmarks import Face, Hand, Landmarks, Pose
from edge.observers.parts import parts_of

FRAME = Frame(np.zeros((4, 4, 3), np.uint8), 0.0, 0.0, 0)
POSE = Pose(np.ones((33, 3), np.float32), np.ones(33, np.float32), 0.0)
FACE = Face(np.full((468, 3), 0.5, np.float32), 0.9)


def hand(right: float) -> Hand:
    return Hand(np.full((21, 3), right, np.float32), 0.9, right, 1)


def found(*hands: Hand, pose: Pose | None = None, face: Face | None = None) -> dict[str, float]:
    """The first number of each part."""
    parts = parts_of(FRAME, Landmarks(hands, (4, 4), 0.0, 0.0, 0, pose, face))
    return {name: round(float(points[0, 0]), 3) for name, points in parts.items()}


def test_a_hand_is_on_its_side() -> None:
    assert found() == {}
    assert found(hand(0.9)) == {"right_hand": 0.9}
    assert found(hand(0.2)) == {"left_hand": 0.2}


def test_of_two_hands_one_is_the_right_one() -> None:
    assert found(hand(0.9), hand(0.7)) == {"left_hand": 0.7, "right_hand": 0.9}
    assert found(hand(0.1), hand(0.8)) == {"left_hand": 0.1, "right_hand": 0.8}


def test_pose_and_face_are_there_where_they_were_found() -> None:
    assert found(hand(0.9), pose=POSE) == {"right_hand": 0.9, "pose": 1}
    assert found(pose=POSE, face=FACE) == {"pose": 1, "face": 0.5}
