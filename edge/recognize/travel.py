"""How far the hand is from where it was: what tells one letter that is held from two."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import deque

from edge.recognize.contracts import FeatureExtractor, Floats
from edge.recognize.resample import Tick

MEMORY_S = 10.0
"""Longer than any letter is held within a segment."""


class Travel:
    """Remembers the points of the last ticks."""

    def __init__(self, features: FeatureExtractor) -> None:
        count = math.ceil(MEMORY_S * features.rate)
        self._features = features
        self._times: deque[float] = deque(maxlen=count)
        self._points: deque[Floats] = deque(maxlen=count)

    def see(self, tick: Tick) -> None:
        """Take the next tick; those in which nothing is seen do not count."""
        if tick.present:
            self._times.append(tick.time)
            self._points.append(tick.points)

    def between(self, since: float, now: float) -> float:
        """Distance, by `FeatureExtractor.moved`, from where the hand was at ``since`` to where it
        is at ``now``, seconds; infinite where that is not remembered."""
        before, after = (bisect_right(self._times, time + 1e-6) - 1 for time in (since, now))
        if before < 0:
            return math.inf
        return self._features.moved(self._points[before], self._points[after])
