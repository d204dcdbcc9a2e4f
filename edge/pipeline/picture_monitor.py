"""What is wrong with a camera's pictures: black, or the same over and over."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from edge.camera import Frame

Fault = Literal["", "black", "same"]

LIMIT_S = 1.5
"""Seconds of such pictures after which they are a fault: a dark moment is none."""

STEP = 16
"""Every so many pixels are looked at, each way."""

DARK = 10
"""Mean grey level below which a picture is black. A covered lens is not quite 0."""


class Judge:
    """Looks at each frame of a camera.

    Two pictures of a real sensor are never the same, for its noise: what repeats to the last bit
    is a driver that hands out an old buffer.

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
        sample = frame.pixels[::STEP, ::STEP].copy()
        kind: Fault = ""
        if sample.mean() < DARK:
            kind = "black"
            self.black += 1
        elif self._last is not None and np.array_equal(sample, self._last):
            kind = "same"
            self.same += 1
        self._last = sample
        if kind != self._kind:
            self._kind, self._since = kind, frame.captured
        return kind if frame.captured - self._since >= LIMIT_S else ""
