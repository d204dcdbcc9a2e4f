from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from edge.pipeline.suspend_monitor import SuspendMonitor


class Clocks:
    """Both clocks of a machine, and how long each reading of one takes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monotonic, self.boot = 500.0, 900.0
        self.readings: Iterator[float] = iter(())
        monkeypatch.setattr(time, "clock_gettime", self.read)

    def read(self, clock: int) -> float:
        self.wait(next(self.readings, 1e-6))
        return self.boot if clock == time.CLOCK_BOOTTIME else self.monotonic

    def wait(self, seconds: float) -> None:
        self.monotonic += seconds
        self.boot += seconds


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    return Clocks(monkeypatch)


def test_each_suspend_is_told_once(clocks: Clocks) -> None:
    monitor = SuspendMonitor()
    for seconds in (6.0, 0.7, 86400.0):
        clocks.wait(3.0)
        assert monitor.suspended_s() == 0
        clocks.boot += seconds
        assert monitor.suspended_s() == pytest.approx(seconds, abs=0.01)
        assert monitor.suspended_s() == 0


def test_time_that_passes_is_no_suspend(clocks: Clocks) -> None:
    monitor = SuspendMonitor()
    for _ in range(100):
        clocks.wait(3600.0)
        assert monitor.suspended_s() == 0


@pytest.mark.parametrize("stopped", [0, 1, 2])
def test_a_process_stopped_between_two_readings_is_no_suspend(clocks: Clocks, stopped: int) -> None:
    monitor = SuspendMonitor()
    clocks.readings = iter([5.0 if k == stopped else 1e-6 for k in range(3)])
    assert monitor.suspended_s() == 0
    assert monitor.suspended_s() == 0


def test_the_clocks_of_this_machine_are_read() -> None:
    assert SuspendMonitor().suspended_s() == 0
