"""Where the hand has been: what tells one letter that is held from two."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import deque
from dataclasses import dataclass
from itertools import islice

import numpy as np

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

    def until(self, now: float) -> Until:
        """The motion until ``now``, seconds."""
        return Until(self, now)

    def furthest(self, since: float, now: float) -> float:
        """As `Motion.furthest`, by `FeatureExtractor.moved`."""
        first, last = self._at(since), self._at(now)
        if first < 0:
            return math.inf
        way = np.stack(list(islice(self._points, first, last + 1)))
        return float(self._features.moved(way, way[-1:]).max())

    def changed(self, since: float, now: float) -> float:
        """As `Motion.changed`, by `FeatureExtractor.changed`."""
        first, last = self._at(since), self._at(now)
        if first < 0:
            return math.inf
        return float(self._features.changed(self._points[first], self._points[last]))

    def _at(self, time: float) -> int:
        """Number of the tick at ``time`` or the last before it; -1: none is remembered."""
        return bisect_right(self._times, time + 1e-6) - 1


@dataclass(frozen=True, slots=True)
class Until:
    """A `Motion`: that which ``travel`` remembers until ``now``, seconds."""

    travel: Travel
    now: float

    def furthest(self, since: float) -> float:
        return self.travel.furthest(since, self.now)

    def changed(self, since: float) -> float:
        return self.travel.changed(since, self.now)
