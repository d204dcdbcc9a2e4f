"""What is wrong with a camera's pictures: black, or the same over and over."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from edge.camera import Frame

Fault = Literal["", "black", "same"]

FAULT_AFTER_S = 1.5
"""Seconds of such pictures after which they are a fault: a dark moment is not one."""

SAMPLE_STEP = 16
"""Every so many pixels are compared, in both directions."""

BLACK_LEVEL = 10
"""Mean grey level below which a picture is black. A covered lens is not quite 0."""


class PictureMonitor:
    """Examines each frame of a camera.

    Noise makes any two pictures of a real sensor differ: what repeats to the last bit is a
    driver that hands out an old buffer.

    Attributes:
        black, same: how many such frames there were.
    """

    def __init__(self) -> None:
        self.black = self.same = 0
        self._last: NDArray[np.uint8] | None = None
        self._kind: Fault = ""
        self._since = 0.0

    def __call__(self, frame: Frame) -> Fault:
        """The fault of ``frame`` and those before it; empty where there is none (yet)."""
        sample = frame.pixels[::SAMPLE_STEP, ::SAMPLE_STEP].copy()
        kind: Fault = ""
        if sample.mean() < BLACK_LEVEL:
            kind = "black"
            self.black += 1
        elif self._last is not None and np.array_equal(sample, self._last):
            kind = "same"
            self.same += 1
        self._last = sample
        if kind != self._kind:
            self._kind, self._since = kind, frame.captured
        return kind if frame.captured - self._since >= FAULT_AFTER_S else ""
