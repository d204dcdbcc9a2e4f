"""The filters: what they do to what rests, jumps and moves."""

from __future__ import annotations

import math

import numpy as np
import pytest

from edge.landmarks.holistic.smoothing import LowPass, OneEuro


def test_a_low_pass_takes_its_share_of_each_value() -> None:
    smooth = LowPass(0.1)
    assert smooth(np.array([1.0], np.float32)) == 1
    assert smooth(np.array([0.0], np.float32)) == pytest.approx(0.9)
    assert smooth(np.array([0.0], np.float32)) == pytest.approx(0.81)
    smooth.reset()
    assert smooth(np.array([5.0], np.float32)) == 5


def test_the_one_euro_filter_is_that_of_its_authors() -> None:
    """Written out for one number: alpha of a cutoff, the speed's own cutoff, and beta."""

    def alpha(cutoff: float, interval: float) -> float:
        return 1 / (1 + 1 / (2 * math.pi * cutoff * interval))

    values, times, unit = [0.0, 3.0, 3.5, -2.0], [0.0, 0.1, 0.15, 0.4], 10.0
    smooth, speed, expected = values[0], 0.0, [values[0]]
    for n in (1, 2, 3):
        interval = times[n] - times[n - 1]
        now = (values[n] - values[n - 1]) / unit / interval
        speed += alpha(1.0, interval) * (now - speed)
        smooth += alpha(0.05 + 80 * abs(speed), interval) * (values[n] - smooth)
        expected.append(smooth)
    filtered = OneEuro(0.05, 80.0)
    found = [
        float(filtered(np.array([value], np.float32), time, unit)[0])
        for value, time in zip(values, times, strict=True)
    ]
    assert found == pytest.approx(expected, rel=1e-5)


def test_jitter_is_smoothed_and_motion_is_followed() -> None:
    rng = np.random.default_rng(0)
    filtered, jitter = OneEuro(0.05, 80.0), rng.normal(0, 1, (60, 5)).astype(np.float32)
    smooth = np.array([filtered(row, n / 30, 1e6) for n, row in enumerate(jitter)])
    assert (
        np.abs(np.diff(smooth[5:], axis=0)).mean()
        < 0.1 * np.abs(np.diff(jitter[5:], axis=0)).mean()
    )
    filtered.reset()
    way = np.linspace(0, 1000, 60, dtype=np.float32)
    followed = [float(filtered(np.array([x]), n / 30, 100.0)[0]) for n, x in enumerate(way)]
    assert followed[-1] > 990


def test_a_time_that_does_not_advance_changes_nothing() -> None:
    filtered = OneEuro(0.05, 80.0)
    filtered(np.zeros(2, np.float32), 1.0, 1.0)
    assert filtered(np.ones(2, np.float32), 1.0, 1.0).tolist() == [1, 1]
    assert filtered(np.ones(2, np.float32), 0.5, 1.0).tolist() == [1, 1]
    assert 0 < filtered(np.full(2, 0.1, np.float32), 1.1, 1.0)[0] < 0.1
