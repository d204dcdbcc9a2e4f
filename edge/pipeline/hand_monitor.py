"""Why a hand in view may be read badly: what the person before the camera can change."""

from __future__ import annotations

import numpy as np

from edge.events.protocol import See
from edge.hand import MIDDLE_BASE, WRIST
from edge.landmarks import Landmarks
from edge.landmarks.hand import Hand

AFTER_S = 0.8
"""Seconds for which something must be so before it is said, or no longer: a hand passes an edge."""

FAR = 0.05
"""Of the picture's longer side: a shorter palm has not ten of the palm detector's 192 pixels."""

CUT_POINTS = 4
"""Points outside of the picture: a finger."""

SURE = 0.8
"""Probability from which a hand is taken for a right, or a left, one."""


class HandMonitor:
    """Examines the hands of each frame."""

    def __init__(self) -> None:
        self._said: See = ""
        self._kind: See = ""
        self._since = 0.0

    def __call__(self, landmarks: Landmarks) -> See:
        """What is to be said of this frame and those before it; empty where there is nothing."""
        kind = _look(landmarks)
        if kind != self._kind:
            self._kind, self._since = kind, landmarks.captured
        if not landmarks.hands:
            self._said = ""
        elif landmarks.captured - self._since >= AFTER_S:
            self._said = kind
        return self._said


def _look(landmarks: Landmarks) -> See:
    if not landmarks.hands:
        return ""
    if _people(landmarks.hands) > 1:
        return "several"
    points = landmarks.hands[0].points[:, :2]
    if np.count_nonzero(((points < 0) | (points > 1)).any(axis=1)) >= CUT_POINTS:
        return "cut"
    palm = (points[MIDDLE_BASE] - points[WRIST]) * np.array(landmarks.size)
    return "far" if np.hypot(*palm) < FAR * max(landmarks.size) else ""


def _people(hands: tuple[Hand, ...]) -> int:
    """At least so many: a person has one right hand."""
    right = sum(hand.right >= SURE for hand in hands)
    left = sum(hand.right <= 1 - SURE for hand in hands)
    return max(right, left, 1)
