"""The pace of a recording: when each of its frames is due."""

from __future__ import annotations

import math
import threading
import time

MAX_STEP_S = 2.0
"""Seconds a time stamp may jump ahead; a longer jump means a broken clip."""

LATE_S = 0.05
"""Seconds a frame may always be late. Where others want the processor too, threads wake up late by
tens of milliseconds; a limit of one interval threw away most of a clip of 120 frames a second."""

MAX_SKIP_S = 1.0
"""Seconds without a frame after which a late one is shown, so that a slow machine sees some."""


class Pace:
    """Plays time stamps against the monotonic clock.

    A frame stamped ``pts`` is due ``pts`` seconds after the first one, and counts as captured at
    that moment, even if it comes late: latency measured from the intended time does not hide the
    wait of a program that fell behind (coordinated omission). A frame later than one interval,
    and than `LATE_S`, is skipped, so nothing queues.

    Call `admit` for each frame in turn; for those it admits, `wait`.
    """

    def __init__(self, interval: float, paced: bool = True) -> None:
        """``interval``: usual seconds between frames. Not ``paced``: each frame is due at once."""
        self._interval = interval
        self._most_late_s = max(interval, LATE_S)
        self._paced = paced
        self._stopped = threading.Event()
        self._start: float | None = None
        self._stamp = 0.0
        self._media_s = 0.0
        self._last_shown = 0.0

    def admit(self, pts: float) -> bool:
        """Whether to show the next frame, stamped ``pts`` seconds; False if it is late.

        A time stamp that does not advance, is not a number, or jumps by more than `MAX_STEP_S`
        counts as one interval after the previous frame.
        """
        now = time.monotonic()
        if self._start is None:
            self._start = self._last_shown = now
        else:
            step = pts - self._stamp
            self._media_s += step if 0 < step <= MAX_STEP_S else self._interval
        self._stamp = pts if math.isfinite(pts) else self._stamp + self._interval
        late = now - (self._start + self._media_s)
        return not self._paced or late <= self._most_late_s or now - self._last_shown > MAX_SKIP_S

    def wait(self) -> tuple[float, float] | None:
        """(time, captured) of the admitted frame, as in `Frame`, once it is due.

        Unpaced, ``time`` is seconds since the first frame. None after `stop`.
        """
        assert self._start is not None, "admit comes first"
        due = self._start + self._media_s
        if self._paced:
            self._stopped.wait(max(0.0, due - time.monotonic()))
        if self._stopped.is_set():
            return None
        self._last_shown = time.monotonic()
        return (due, due) if self._paced else (self._media_s, self._last_shown)

    def stop(self) -> None:
        """End a `wait` in another thread, and every later one, at once."""
        self._stopped.set()
