"""Landmarks of a recording become hands with tracks; no model is needed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edge.camera import Frame
from edge.config import LandmarkConfig
from edge.landmarks import Landmarks, Parts, Replay, open_replay
from edge.landmarks.area import Area

PIXELS = np.broadcast_to(np.zeros(3, np.uint8), (480, 640, 3))


def hand(x: float, size: float = 0.1) -> NDArray[np.float32]:
    points = np.random.default_rng(0).random((21, 3)) * size
    return (points + np.array((x, 0.4, 0))).astype(np.float32)


def see(replay: Replay, index: int = 0, **parts: NDArray[np.float32]) -> Landmarks:
    return replay(Frame(PIXELS, index / 30, 100 + index / 30, index, parts))


def test_points_are_those_of_the_file() -> None:
    found = see(Replay(), 3, right_hand=hand(0.2))
    np.testing.assert_array_equal(found.hands[0].points, hand(0.2))
    assert (found.size, found.index, found.time) == ((640, 480), 3, 0.1)
    assert found.captured == 100.1
    assert found.hands[0].right > 0.5
    assert see(Replay(), left_hand=hand(0.2)).hands[0].right < 0.5


def test_a_hand_keeps_its_track_whatever_its_side() -> None:
    replay = Replay()
    first = see(replay, 0, right_hand=hand(0.2)).hands[0]
    moved = see(replay, 1, left_hand=hand(0.25)).hands[0]
    assert moved.track == first.track
    assert see(replay, 2).hands == ()
    assert see(replay, 3, left_hand=hand(0.25)).hands[0].track == first.track + 1
    assert see(replay, 4, left_hand=hand(0.8)).hands[0].track == first.track + 2


def test_of_two_hands_the_followed_one_then_the_largest() -> None:
    replay = Replay(1)
    followed = see(replay, 0, left_hand=hand(0.2)).hands[0].track
    both = {"left_hand": hand(0.22), "right_hand": hand(0.6, 0.2)}
    assert [one.track for one in see(replay, 1, **both).hands] == [followed]
    assert see(Replay(1), 0, **both).hands[0].right > 0.5
    assert len(see(Replay(2), 0, **both).hands) == 2


def test_only_hands_in_the_area_are_seen() -> None:
    replay = Replay(2, Area(0, 0, 0.5, 1))
    found = see(replay, left_hand=hand(0.2), right_hand=hand(0.7))
    assert [round(float(one.points[:, 0].min()), 1) for one in found.hands] == [0.2]


def test_a_frame_without_landmarks_has_no_hands() -> None:
    assert open_replay(LandmarkConfig())(Frame(PIXELS, 0.0, 0.0, 0)).hands == ()


def test_reset_forgets_hands_but_not_numbers() -> None:
    replay = Replay()
    first = see(replay, 0, right_hand=hand(0.2)).hands[0].track
    replay.reset()
    assert see(replay, 1, right_hand=hand(0.2)).hands[0].track == first + 1


def test_pose_and_face_are_carried_too() -> None:
    pose, face = np.full((33, 3), 0.5, np.float32), np.full((468, 3), 0.25, np.float32)
    pose[3] = np.nan
    found = see(Replay(), 6, pose=pose, face=face)
    assert (found.pose, found.face) != (None, None)
    np.testing.assert_array_equal(found.pose.points, pose)
    np.testing.assert_array_equal(found.face.points, face)
    assert found.pose.visibility.tolist() == [1] * 3 + [0] + [1] * 29
    assert (found.pose.time, found.hands) == (0.2, ())
    without = see(Replay(), 7, right_hand=hand(0.2))
    assert without.pose is without.face is None


def test_a_reader_of_both_hands_gets_both() -> None:
    both = {"left_hand": hand(0.2), "right_hand": hand(0.6)}
    assert len(see(open_replay(LandmarkConfig()), **both).hands) == 1
    assert len(see(open_replay(LandmarkConfig(), Parts(2)), **both).hands) == 2
