"""Landmarks at a camera's own rate -> the points of ticks at a fixed rate, by capture time.

A Pi at 12 frames a second and a laptop at 60 so feed the same model. Between two frames the points
are interpolated linearly; that costs no latency, because a tick is made as soon as the frame after
it has come.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from edge.landmarks.hand import Landmarks
from edge.recognize.contracts import FeatureExtractor, Floats, Observation

MAX_GAP_S = 0.25
"""Two observations further apart are not one movement: what was seen was away between them."""
MAX_STALL_S = 1.0
"""A source that stalls for longer is a new stream, so that one frame never makes many ticks."""


@dataclass(frozen=True, slots=True)
class Tick:
    """What is seen at one tick.

    Attributes:
        time: seconds on the source's time line, a multiple of 1 / rate.
        points: float32 [*shape], canonical (`edge.recognize.contracts.Observation`); zeros if
            absent.
        present: there is something to read.
        mirrored: as of an observation.
    """

    time: float
    points: Floats
    present: bool
    mirrored: bool = False


class Resampler:
    """Makes the ticks that a frame completes; remembers one frame."""

    def __init__(self, features: FeatureExtractor) -> None:
        self._features = features
        self._absent = np.zeros(features.shape, np.float32)
        self._time: float | None = None
        self._last: Observation | None = None

    def push(self, landmarks: Landmarks, track: int | None = None) -> list[Tick]:
        """The ticks after the last frame up to this one; at most ``rate * MAX_STALL_S`` + 1.

        The first frame, and the first after a stall or a jump backwards in time, makes none.

        Args:
            track: of the hand to be read; None: the one that was, while it is there.
        """
        before, time, rate = self._last, landmarks.time, self._features.rate
        if track is None:
            track = before.track if before else -1
        seen = self._features.observe(landmarks, track)
        ticks: list[Tick] = []
        last = self._time
        if last is not None and 0 < time - last <= MAX_STALL_S:
            joined = _comparable(before, seen) and time - last < MAX_GAP_S
            first = math.floor(last * rate + 1e-6) + 1
            for k in range(first, math.floor(time * rate + 1e-6) + 1):
                at = k / rate
                part = min(1.0, max(0.0, (at - last) / (time - last)))
                ticks.append(self._tick(at, part, before, seen, joined))
        self._time, self._last = time, seen
        return ticks

    def _tick(
        self,
        at: float,
        part: float,
        before: Observation | None,
        after: Observation | None,
        joined: bool,
    ) -> Tick:
        if joined and before is not None and after is not None:
            a, b = before.points, after.points
            return Tick(at, a + np.float32(part) * (b - a), True, after.mirrored)
        nearest = after if part >= 0.5 else before
        if nearest is None:
            return Tick(at, self._absent, False)
        return Tick(at, nearest.points, True, nearest.mirrored)


def _comparable(a: Observation | None, b: Observation | None) -> bool:
    """What lies between the two may be interpolated."""
    return a is not None and b is not None and (a.track, a.mirrored) == (b.track, b.mirrored)
