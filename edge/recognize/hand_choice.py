"""Which hand is read, and whether it is still the same one.

The number of a track does not tell: a tracker gives a hand that it lost in a fast movement another
number when it finds it again, and may go over to another hand under the same number. Place, size
and handedness do. The constants were chosen on 52 real clips of one hand that rises, spells and
falls (`shared/data/real`, 1,900 pairs of frames, 68 of them with a new number): see each.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edge.hand import FINGER_BASES, WRIST
from edge.landmarks.hand import Hand, Landmarks
from edge.recognize.contracts import Floats
from edge.recognize.hand_features import palm

MIN_REACH = 1.5
"""Palm lengths that a hand found again may be off at once."""
MAX_SPEED = 25.0
"""Palm lengths a second. A hand that rises or falls has up to 29; one that spells stays below."""
MAX_REACH = 4.0
"""Palm lengths, some 35 cm: however long a hand was out of sight, further away is elsewhere."""
MAX_RESIZE = 2.0
"""Between two frames the palm length of a hand that is followed changes by a factor of up to 1.9,
in one of a thousand by more than 1.7."""
SURE = 0.1
"""A handedness this close to 0 or 1 is believed, but only as far as it halves the reach: five of
the 68 hands that were found again had changed sides."""
WAIT_S = 0.3
"""So long is a lost hand waited for before another that was there too is read."""
MEMORY_S = 1.0
"""A hand that comes later than this is not compared with the one before."""

_PALM = np.array((WRIST, *FINGER_BASES))


@dataclass(frozen=True, slots=True)
class SeenHand:
    """A hand with its geometry.

    Attributes:
        hand: as it was tracked.
        time: seconds, of the frame.
        points: float32 [21, 3] in pixels of the frame, not mirrored.
        place: (x, y), the centre of the palm in pixels.
        size: palm length in pixels.
    """

    hand: Hand
    time: float
    points: Floats
    place: tuple[float, float]
    size: float

    @staticmethod
    def of(hand: Hand, landmarks: Landmarks) -> SeenHand:
        width, height = landmarks.size
        points = hand.points * np.array([width, height, width], np.float32)
        x, y = (points[_PALM, :2].sum(0) / len(_PALM)).tolist()
        return SeenHand(hand, landmarks.time, points, (x, y), max(float(palm(points)), 1e-6))

    def continues(self, before: SeenHand) -> bool:
        """Whether this may be the hand that was seen ``before``, by place, size and side."""
        larger, smaller = max(self.size, before.size), min(self.size, before.size)
        if larger > MAX_RESIZE * smaller:
            return False
        reach = min(MIN_REACH + MAX_SPEED * (self.time - before.time), MAX_REACH)
        if self._side * before._side < 0:
            reach /= 2
        return self.distance(before) <= reach * larger

    def distance(self, other: SeenHand) -> float:
        """Pixels between the palms."""
        return math.dist(self.place, other.place)

    @property
    def _side(self) -> int:
        """1 for what is surely a right hand, -1 for a left one, else 0."""
        return int(self.hand.right >= 1 - SURE) - int(self.hand.right <= SURE)


@dataclass(frozen=True, slots=True)
class Choice:
    """What `HandChoice` found.

    Attributes:
        hand: to be read; None where there is none, or a lost one is waited for.
        begins: it is another hand than before, or the same after a jump: what was read of that one
            has ended.
    """

    hand: SeenHand | None
    begins: bool = False


class HandChoice:
    """Chooses the hand that was read before, else the largest; remembers one frame."""

    def __init__(self) -> None:
        self._last: SeenHand | None = None
        self._others: frozenset[int] = frozenset()  # tracks seen beside it

    def push(self, landmarks: Landmarks) -> Choice:
        """The hand of the next frame."""
        seen = [SeenHand.of(hand, landmarks) for hand in landmarks.hands]
        last = self._last
        if last and not 0 < landmarks.time - last.time <= MEMORY_S:
            last = self._last = None
        choice = self._choose(last, seen) if last else Choice(_largest(seen))
        if choice.hand:
            self._last = choice.hand
            self._others = frozenset(s.hand.track for s in seen if s is not choice.hand)
        return choice

    def _choose(self, last: SeenHand, seen: Sequence[SeenHand]) -> Choice:
        followed = [s for s in seen if s.hand.track == last.hand.track]
        known = self._others | {last.hand.track}
        new = [s for s in seen if s.hand.track not in known]
        for hands in (followed, new):
            same = [s for s in hands if s.continues(last)]
            if same:
                return Choice(min(same, key=last.distance))
        for hands in (followed, new):
            if hands:
                return Choice(_largest(hands), begins=True)
        if seen and seen[0].time - last.time >= WAIT_S:
            return Choice(_largest(seen), begins=True)
        return Choice(None)


def _largest(seen: Sequence[SeenHand]) -> SeenHand | None:
    return max(seen, key=lambda s: s.size, default=None)
