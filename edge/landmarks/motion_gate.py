"""Whether a region of the picture has changed since it was last recorded."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edge.landmarks.area import Area
from edge.landmarks.roi import Roi

Pixels = NDArray[np.uint8]

_CELLS = 16
_ROWS = 240


class MotionGate:
    """Remembers how one region looked, as `_CELLS` x `_CELLS` mean colours."""

    def __init__(self, threshold: float, area: Area | None = None) -> None:
        """
        Args:
            threshold: levels of 255; a smaller change of a cell's mean is not motion.
            area: what is meant by the whole frame.

        A cell holds a hundred pixels or more: a camera's noise moves its mean by less than one.
        """
        import cv2

        self._threshold = threshold
        self._whole = area
        self._shrink = cv2.resize
        self._area = cv2.INTER_AREA
        self._recorded: NDArray[np.float32] | None = None
        self._box = (0, 0, 0, 0)

    def record(self, pixels: Pixels, roi: Roi | None = None) -> None:
        """Record ``roi`` of a frame (RGB uint8 [height, width, 3]); the whole frame if None."""
        self._box = _box(pixels, roi, self._whole)
        self._recorded = self._cells(pixels)

    def reset(self) -> None:
        """Forget the recorded region."""
        self._recorded = None

    def moved(self, pixels: Pixels) -> bool:
        """Whether the region looks different in this frame, of the same size; True if none is
        recorded.

        A change of all cells alike is the camera's exposure or the lamp's flicker, not motion.
        """
        if self._recorded is None:
            return True
        change = self._cells(pixels) - self._recorded
        change -= np.median(change, axis=(0, 1))
        return bool(np.abs(change).max() > self._threshold)

    def _cells(self, pixels: Pixels) -> NDArray[np.float32]:
        left, top, right, bottom = self._box
        # In a large region some of the rows are enough: the mean of a cell hardly changes.
        step = 1 + (bottom - top) // _ROWS
        part = pixels[top:bottom:step, left:right]
        small = self._shrink(part, (_CELLS, _CELLS), interpolation=self._area)
        return np.asarray(small, np.float32)


def _box(pixels: Pixels, roi: Roi | None, whole: Area | None) -> tuple[int, int, int, int]:
    """(left, top, right, bottom) of the upright square round ``roi``, inside the frame."""
    height, width = pixels.shape[:2]
    if roi is None:
        return whole.box(width, height) if whole else (0, 0, width, height)
    half = roi.size / 2
    left = min(max(int(roi.x - half), 0), width - 1)
    top = min(max(int(roi.y - half), 0), height - 1)
    right = min(max(int(roi.x + half), left + 1), width)
    bottom = min(max(int(roi.y + half), top + 1), height)
    return left, top, right, bottom
