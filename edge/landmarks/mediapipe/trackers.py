"""Trackers that run MediaPipe Hands and MediaPipe Holistic.

MediaPipe takes every source for one of 30 frames a second, and does not tell how sure it is that a
hand or a face is there: it is 1 where it found one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.camera.frame import Frame
from edge.landmarks.body import Face, Pose
from edge.landmarks.hand import Hand, Landmarks
from edge.landmarks.mediapipe.package import solutions
from edge.runtime import runtime_log

Floats = NDArray[np.float32]

SAME_HAND = 0.5  # hands whose points moved less from frame to frame, in their own size, are one


@dataclass(frozen=True, slots=True)
class _Seen:
    """A hand before it has a track: `edge.landmarks.hand.Hand`."""

    points: Floats
    right: float


class _Solution:
    """One of MediaPipe's solutions; its first answer, which takes a while, is behind it."""

    def __init__(self, make: Callable[[], Any]) -> None:
        with runtime_log():  # what it writes to stderr until its first answer
            self._made = make()
            self._made.process(np.zeros((64, 64, 3), np.uint8))
            self._made.reset()

    def reset(self) -> None:
        with runtime_log():
            self._made.reset()

    def __call__(self, pixels: NDArray[np.uint8]) -> Any:
        return self._made.process(np.ascontiguousarray(pixels))


class _Tracks:
    """Gives hands the numbers of those in the frame before that are near."""

    def __init__(self) -> None:
        self._number = 0
        self._last: list[Hand] = []

    def forget(self) -> None:
        self._last = []

    def __call__(self, seen: Sequence[_Seen]) -> tuple[Hand, ...]:
        left, hands = list(self._last), []
        for each in seen:
            size = float(np.ptp(each.points[:, :2], axis=0).max())
            near = [h for h in left if _gap(h.points, each.points) < SAME_HAND * size]
            if near:
                before = min(near, key=lambda hand: _gap(hand.points, each.points))
                left.remove(before)
                number = before.track
            else:
                self._number += 1
                number = self._number
            hands.append(Hand(each.points, 1.0, each.right, number))
        self._last = hands
        return tuple(hands)


class MediapipeHands:
    """MediaPipe Hands, as a tracker."""

    def __init__(self, hands: int = 1) -> None:
        """
        Raises:
            ConfigError: MediaPipe is not installed, or in another version.
        """
        made = solutions().hands.Hands
        self._solution = _Solution(lambda: made(max_num_hands=hands, model_complexity=1))
        self._tracks = _Tracks()

    def reset(self) -> None:
        """Forget all hands."""
        self._solution.reset()
        self._tracks.forget()

    def __call__(self, frame: Frame) -> Landmarks:
        """The hands in ``frame``."""
        answer = self._solution(frame.pixels)
        seen = [
            _Seen(_points(found), _right(side.classification[0]))
            for found, side in zip(
                answer.multi_hand_landmarks or (), answer.multi_handedness or (), strict=True
            )
        ]
        return _landmarks(frame, self._tracks(seen))


class MediapipeHolistic:
    """MediaPipe Holistic, as a tracker."""

    def __init__(self) -> None:
        """
        Raises:
            ConfigError: MediaPipe is not installed, or in another version.
        """
        made = solutions().holistic.Holistic
        self._solution = _Solution(lambda: made(model_complexity=1))
        self._tracks = _Tracks()

    def reset(self) -> None:
        """Forget the person."""
        self._solution.reset()
        self._tracks.forget()

    def __call__(self, frame: Frame) -> Landmarks:
        """The person in ``frame``."""
        answer = self._solution(frame.pixels)
        sides = ((1.0, answer.right_hand_landmarks), (0.0, answer.left_hand_landmarks))
        hands = self._tracks([_Seen(_points(found), right) for right, found in sides if found])
        pose = face = None
        if found := answer.pose_landmarks:
            visibility = np.array([p.visibility for p in found.landmark], np.float32)
            pose = Pose(_points(found), visibility, frame.time)
        if found := answer.face_landmarks:
            face = Face(_points(found), 1.0)
        return _landmarks(frame, hands, pose, face)


def _landmarks(
    frame: Frame, hands: tuple[Hand, ...], pose: Pose | None = None, face: Face | None = None
) -> Landmarks:
    height, width = frame.pixels.shape[:2]
    return Landmarks(hands, (width, height), frame.time, frame.captured, frame.index, pose, face)


def _points(found: Any) -> Floats:
    return np.array([(p.x, p.y, p.z) for p in found.landmark], np.float32)


def _right(side: Any) -> float:
    # MediaPipe takes the picture for a selfie, mirrored: its "Left" is a right hand here.
    return float(side.score if side.label == "Left" else 1 - side.score)


def _gap(a: Floats, b: Floats) -> float:
    return float(np.linalg.norm(a[:, :2] - b[:, :2], axis=1).mean())
