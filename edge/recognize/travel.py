"""Where the hand has been: what tells one letter that is held from two."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np

from edge.recognize.contracts import FeatureExtractor, Floats
from edge.recognize.resample import Tick

MEMORY_S = 10.0
"""Longer than any letter is held within a segment."""
_AROUND_S = 0.06
"""Before and after the moment whose speed is measured, where the ticks after it are known."""
_KEPT = 8
"""Ticks whose distances are kept: those that are asked about again within a model's look-ahead."""


class Travel:
    """Remembers the points of the last ticks, at least those of `MEMORY_S` and at most twice as
    many."""

    def __init__(self, features: FeatureExtractor) -> None:
        self._features = features
        self._count = math.ceil(MEMORY_S * features.rate)
        self._times: list[float] = []
        self._points = np.zeros((2 * self._count, *features.shape), np.float32)
        self._furthest: OrderedDict[int, Floats] = OrderedDict()

    def see(self, tick: Tick) -> None:
        """Take the next tick; those in which nothing is seen do not count."""
        if not tick.present:
            return
        if len(self._times) == len(self._points):
            self._points[: self._count] = self._points[self._count :]
            del self._times[: self._count]
            self._furthest.clear()
        self._points[len(self._times)] = tick.points
        self._times.append(tick.time)

    def until(self, now: float) -> Until:
        """The motion until ``now``, seconds."""
        return Until(self, now)

    def furthest(self, since: float, now: float) -> float:
        """As `Motion.furthest`, by `FeatureExtractor.moved`."""
        last = self._at(now)
        first = min(self._at(since), last)
        return float(self._furthest_from(first, last)[first - last - 1]) if first >= 0 else math.inf

    def changed(self, since: float, now: float) -> float:
        """As `Motion.changed`, by `FeatureExtractor.changed`."""
        first, last = self._at(since), self._at(now)
        if first < 0:
            return math.inf
        return float(self._features.changed(self._points[first], self._points[last]))

    def speed(self, now: float) -> float:
        """How fast the hand goes elsewhere, palm lengths a second, by `FeatureExtractor.shifted`;
        0 where that is not known."""
        last = self._at(now + _AROUND_S)
        first = max(0, min(self._at(now - _AROUND_S), last - 1))
        if first >= last:
            return 0.0
        shift = float(self._features.shifted(self._points[first], self._points[last]))
        return shift / (self._times[last] - self._times[first])

    def _at(self, time: float) -> int:
        """Number of the tick at ``time`` or the last before it; -1: none is remembered."""
        return bisect_right(self._times, time + 1e-6) - 1

    def _furthest_from(self, first: int, last: int) -> Floats:
        """Float32 [at least last - first + 1]: element -1 - k is how far tick ``last`` is from the
        tick, of the k before it and itself, that is furthest from it."""
        known = self._furthest.pop(last, np.zeros(0, np.float32))
        start = last + 1 - len(known)
        if first < start:
            way = self._features.moved(self._points[first:start], self._points[last : last + 1])
            way[-1] = max(way[-1], known[0]) if len(known) else way[-1]
            known = np.concatenate([np.maximum.accumulate(way[::-1])[::-1], known])
        self._furthest[last] = known
        if len(self._furthest) > _KEPT:
            self._furthest.popitem(last=False)
        return known


@dataclass(frozen=True, slots=True)
class Until:
    """A `Motion`: that which ``travel`` remembers until ``now``, seconds."""

    travel: Travel
    now: float

    def furthest(self, since: float) -> float:
        return self.travel.furthest(since, self.now)

    def changed(self, since: float) -> float:
        return self.travel.changed(since, self.now)
