"""Whether there is a hand, and whether it rests: what begins and ends a segment of a reader that
does not say where its letters are."""

from __future__ import annotations

import math

import numpy as np

from edge.landmarks.hand import Landmarks
from edge.recognize.contracts import Floats
from edge.recognize.hand_choice import HandChoice
from edge.recognize.hand_features import canonical, moved

MOTION = 0.25
"""Palm lengths; a hand within them of where it was rests."""


class Activity:
    """
    Attributes:
        seen: seconds, of the last frame with a hand; -inf before the first.
        moved: seconds, of the last frame in which it moved.
        jumped: another hand than before is there.
    """

    def __init__(self) -> None:
        self._choice = HandChoice()
        self._points: Floats | None = None
        self._right = True
        self.seen = self.moved = -math.inf
        self.jumped = False

    def push(self, landmarks: Landmarks) -> None:
        """Look at the next frame."""
        choice = self._choice.push(landmarks)
        self.jumped = choice.begins
        if choice.hand is None:
            return
        hand, now = choice.hand.hand, landmarks.time
        right = hand.right >= 0.5
        points = canonical(hand.points, landmarks.size, np.array(right))
        if (
            self._points is None
            or choice.begins
            or right != self._right
            or float(moved(self._points, points)) >= MOTION
        ):
            self._points, self._right, self.moved = points, right, now
        self.seen = now

    def forget(self) -> None:
        """A hand that comes from now on has just come, wherever it is."""
        self._points = None
