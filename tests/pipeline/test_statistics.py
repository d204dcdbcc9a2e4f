"""The running figures look back two seconds, not for ever."""

from __future__ import annotations

import time

import pytest

from edge.pipeline.statistics import Vitals


def test_figures_of_the_last_frames() -> None:
    vitals = Vitals()
    now = time.monotonic()
    for n in range(31):
        vitals.frame(now - 1.02 + n / 30, now - 1 + n / 30, hand=n % 2 == 0)
    vitals.drop(4)
    reading = vitals.read()
    assert reading.frames == vitals.frames == 31
    assert reading.fps == pytest.approx(30)
    assert reading.latency_ms == pytest.approx(20)
    assert (reading.dropped, reading.hand) == (4, True)


def test_without_frames_for_a_while_there_is_no_rate() -> None:
    vitals = Vitals()
    now = time.monotonic()
    for n in range(31):
        vitals.frame(now - 4 + n / 30, now - 4 + n / 30, hand=True)
    assert vitals.read().fps == 0
    assert vitals.read().latency_ms == 0
    assert vitals.frames == 31
