"""Whether the machine was suspended, which its monotonic clock does not show."""

from __future__ import annotations

import time

SUSPENDED_S = 0.5
"""Seconds that the two clocks must part for a suspend to be believed."""

_READ_S = 0.01
"""Seconds that reading the clocks may take: a thread that is stopped in between reads nonsense."""

_MAX_READS = 10


class SuspendMonitor:
    """Compares the clock that goes on in a suspend with the one that stands still.

    Frames of before and after a suspend follow each other closely on the monotonic clock, though
    minutes may have passed.
    """

    def __init__(self) -> None:
        self._offset_s = _offset_s()

    def suspended_s(self) -> float:
        """Seconds that the machine was suspended since the last call; 0 where it was not."""
        before, self._offset_s = self._offset_s, _offset_s()
        parted = self._offset_s - before
        return parted if parted >= SUSPENDED_S else 0.0


def _offset_s() -> float:
    """Seconds by which CLOCK_BOOTTIME is ahead of CLOCK_MONOTONIC."""
    for _ in range(_MAX_READS):
        began = time.clock_gettime(time.CLOCK_MONOTONIC)
        boot = time.clock_gettime(time.CLOCK_BOOTTIME)
        ended = time.clock_gettime(time.CLOCK_MONOTONIC)
        if ended - began < _READ_S:
            break
    return boot - ended
