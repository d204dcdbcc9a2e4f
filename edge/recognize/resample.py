"""Landmarks at a camera's own pace -> one hand at a fixed rate, by capture time.

A Pi at 12 frames a second and a laptop at 60 so feed the same model. Between two frames the hand
is interpolated linearly; that costs no latency, because a tick is made as soon as the frame after
it has come.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.landmarks.hand import Hand, Landmarks
from edge.recognize.features import canonical

# Two sightings further apart than this are not one movement: the hand was away between them.
MAX_GAP_S = 0.25
# A source that stalls for longer starts anew, so that one frame never makes many ticks.
MAX_STALL_S = 1.0


@dataclass(frozen=True, slots=True)
class Tick:
    """The hand at one tick.

    Attributes:
        time: seconds on the source's time line, a multiple of 1 / rate.
        hand: float32 [21, 3] canonical (see `edge.recognize.features.canonical`); zeros if absent.
        present: a hand was seen.
    """

    time: float
    hand: NDArray[np.float32]
    present: bool


_ABSENT = np.zeros((21, 3), np.float32)


class Resampler:
    """Makes the ticks that a frame completes; remembers one frame."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._time: float | None = None
        self._hand: NDArray[np.float32] | None = None
        self._track = -1

    def push(self, landmarks: Landmarks) -> list[Tick]:
        """The ticks after the last frame up to this one; at most ``rate * MAX_STALL_S`` + 1.

        The first frame, and the first after a stall or a jump backwards in time, makes none.
        """
        seen = self._choose(landmarks.hands)
        hand = None
        if seen is not None:
            right = np.array(seen.right >= 0.5)
            hand = canonical(seen.points, landmarks.size, right).astype(np.float32)
        ticks: list[Tick] = []
        last = self._time
        if last is not None and 0 < landmarks.time - last <= MAX_STALL_S:
            same = seen is not None and self._hand is not None and seen.track == self._track
            first = math.floor(last * self._rate + 1e-6) + 1
            for k in range(first, math.floor(landmarks.time * self._rate + 1e-6) + 1):
                at = k / self._rate
                part = min(1.0, max(0.0, (at - last) / (landmarks.time - last)))
                ticks.append(self._tick(at, part, hand, same and landmarks.time - last < MAX_GAP_S))
        self._time, self._hand = landmarks.time, hand
        self._track = seen.track if seen is not None else -1
        return ticks

    def _choose(self, hands: tuple[Hand, ...]) -> Hand | None:
        """The hand that was read before while it is there, else the best."""
        for hand in hands:
            if hand.track == self._track:
                return hand
        return hands[0] if hands else None

    def _tick(self, at: float, part: float, hand: NDArray[np.float32] | None, joined: bool) -> Tick:
        before = self._hand
        if joined and before is not None and hand is not None:
            return Tick(at, before + np.float32(part) * (hand - before), True)
        nearest = hand if part >= 0.5 else before
        return Tick(at, _ABSENT, False) if nearest is None else Tick(at, nearest, True)
