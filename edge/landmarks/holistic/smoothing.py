"""Smoothing over time: the one-euro filter (https://gery.casiez.net/1euro/) and a low pass."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.landmarks.roi import Floats


class LowPass:
    """Exponential smoothing: each value has the weight ``alpha``."""

    def __init__(self, alpha: float) -> None:
        self._alpha = alpha
        self._last: Floats | None = None

    def reset(self) -> None:
        """Forget all values."""
        self._last = None

    def __call__(self, values: Floats) -> Floats:
        """``values`` of any shape, smoothed; the shape is that of the values before."""
        if self._last is None:
            self._last = values
        else:
            self._last = self._last + np.float32(self._alpha) * (values - self._last)
        return self._last


class OneEuro:
    """Smooths what moves slowly, and follows what moves fast."""

    def __init__(self, min_cutoff: float, beta: float, derivative_cutoff: float = 1.0) -> None:
        """
        Args:
            min_cutoff: Hz, of values at rest.
            beta: Hz for each unit a second.
            derivative_cutoff: Hz, of the speed.
        """
        self._min_cutoff = min_cutoff
        self._beta = beta
        self._derivative_cutoff = derivative_cutoff
        self.reset()

    def reset(self) -> None:
        """Forget all values."""
        self._raw: Floats | None = None
        self._smooth = self._speed = np.zeros(0, np.float32)
        self._time = -math.inf

    def __call__(self, values: Floats, time: float, unit: float) -> Floats:
        """``values`` of any shape at ``time``, smoothed.

        Args:
            time: seconds; values that are not later than those before come back as they are.
            unit: of the values, above 0: speeds are in units a second.
        """
        interval = time - self._time
        if self._raw is None:
            self._smooth, self._speed = values, np.zeros_like(values)
        elif interval <= 0:
            return values
        else:
            speed = (values - self._raw) / np.float32(unit * interval)
            self._speed = self._speed + _alpha(self._derivative_cutoff, interval) * (
                speed - self._speed
            )
            cutoff = self._min_cutoff + self._beta * np.abs(self._speed)
            self._smooth = self._smooth + _alpha(cutoff, interval) * (values - self._smooth)
        self._raw, self._time = values, time
        smooth: Floats = self._smooth.astype(np.float32)
        return smooth


def _alpha(cutoff: NDArray[Any] | float, interval: float) -> Floats:
    """The weight of a new value."""
    turn = np.float32(2 * math.pi * interval) * np.asarray(cutoff, np.float32)
    return turn / (1 + turn)
