"""Reusing landmarks while what they are of does not move."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edge.landmarks.motion_gate import MotionGate
from edge.landmarks.roi import Roi

Pixels = NDArray[np.uint8]

SETTLE_FRAMES = 5  # after which the region of what was newly found no longer shifts


class Reuse:
    """Says whether the landmarks of the last look may be used for one more frame."""

    def __init__(self, threshold: float, max_frames: int) -> None:
        """
        Args:
            threshold: levels of 255, as of `edge.landmarks.motion_gate.MotionGate`.
            max_frames: in a row that need no look.
        """
        self._gate = MotionGate(threshold)
        self._max_frames = max_frames
        self.reset()

    def reset(self) -> None:
        """Forget the last look."""
        self._gate.reset()
        self._looks = self._reused = 0

    def allowed(self, pixels: Pixels) -> bool:
        """Whether this frame (RGB uint8 [height, width, 3]) needs no look."""
        if self._looks < SETTLE_FRAMES or self._reused >= self._max_frames:
            return False
        if self._gate.moved(pixels):
            return False
        self._reused += 1
        return True

    def looked(self, pixels: Pixels, roi: Roi | None) -> None:
        """There was a look at ``roi`` of this frame; None: at the whole of it."""
        self._looks, self._reused = min(self._looks + 1, SETTLE_FRAMES), 0
        if self._max_frames:
            self._gate.record(pixels, roi)
