"""Where the hand model has seen no hand of late: doubtful palms there are not shown to it again."""

from __future__ import annotations

import math
from collections import deque

import numpy as np
from numpy.typing import NDArray

from edge.landmarks.motion_gate import MotionGate
from edge.landmarks.roi import Roi

SAME_REGION = 0.5  # regions whose overlap is larger are one
WAIT_S = 4.0
AT_ONCE = 3
_REMEMBERED = 8
_MOTION_THRESHOLD = 8.0  # levels of 255, as of a hand's region


class VainLooks:
    """The regions the hand model looked at in vain.

    Each is left alone for `WAIT_S` seconds of the camera's time, and then until it looks
    different: a chair that is taken for a palm costs one look, a face that moves one in `WAIT_S`.
    However many such things there are, looks in vain come at most once in `WAIT_S` in the long
    run, `AT_ONCE` of them as fast as is searched.
    """

    def __init__(self) -> None:
        self._looks: deque[tuple[float, Roi, MotionGate]] = deque(maxlen=_REMEMBERED)
        self.clear()

    def clear(self) -> None:
        """Forget all regions."""
        self._looks.clear()
        self._left, self._time = float(AT_ONCE), math.inf

    def add(self, time: float, roi: Roi, pixels: NDArray[np.uint8]) -> None:
        """``roi`` of a frame (RGB uint8 [height, width, 3]) of ``time`` showed no hand."""
        gate = MotionGate(_MOTION_THRESHOLD)
        gate.record(pixels, roi)
        self._looks.append((time, roi, gate))
        self._left, self._time = self._left_at(time) - 1, time

    def allow(self, time: float, roi: Roi, pixels: NDArray[np.uint8]) -> bool:
        """Whether ``roi`` of a frame of ``time`` is worth a look."""
        return self._left_at(time) >= 1 and not any(
            roi.overlap(known) > SAME_REGION
            and (0 <= time - then < WAIT_S or not gate.moved(pixels))
            for then, known, gate in self._looks
        )

    def _left_at(self, time: float) -> float:
        """Looks that are left; all of them after a time that goes back."""
        passed = time - self._time
        return min(AT_ONCE, self._left + passed / WAIT_S) if passed >= 0 else AT_ONCE
