"""Running figures cover two seconds."""

from __future__ import annotations

import time

import pytest

from edge.pipeline.statistics import PipelineStatistics


def test_figures_of_the_last_frames() -> None:
    statistics = PipelineStatistics()
    now = time.monotonic()
    for n in range(31):
        statistics.add_frame(now - 1.02 + n / 30, now - 1 + n / 30, hand=n % 2 == 0)
    statistics.count_dropped(lambda: 4)
    figures = statistics.figures()
    assert figures.frames == statistics.frames == 31
    assert figures.fps == pytest.approx(30)
    assert figures.latency_ms == pytest.approx(20)
    assert (figures.dropped, figures.hand) == (4, True)


def test_without_frames_for_a_while_there_is_no_rate() -> None:
    statistics = PipelineStatistics()
    now = time.monotonic()
    for n in range(31):
        statistics.add_frame(now - 4 + n / 30, now - 4 + n / 30, hand=True)
    assert statistics.figures().fps == 0
    assert statistics.figures().latency_ms == 0
    assert statistics.frames == 31
