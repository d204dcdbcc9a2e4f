"""The pace of a recording: when each of its frames is due."""

from __future__ import annotations

import math
import threading
import time

MAX_STEP = 2.0
"""Seconds a time stamp may jump ahead; a longer jump is a broken clip or a wait too long."""

PATIENCE = 1.0
"""Seconds after which a frame is shown although it is late, so that a slow machine sees some."""


class Pace:
    """Plays time stamps against the monotonic clock.

    A frame stamped ``pts`` is due ``pts`` seconds after the first one, and counts as captured at
    that moment, even where it comes late: latency measured from the intended time does not hide
    the wait of a program that fell behind (coordinated omission). A frame later than one
    interval is to be skipped, so nothing queues.

    Call `admit` for each frame in turn; for those it admits, `wait`.
    """

    def __init__(self, interval: float, paced: bool = True) -> None:
        """``interval``: usual seconds between frames; ``paced`` False: frames are due at once."""
        self._interval = interval
        self._paced = paced
        self._stopped = threading.Event()
        self._start: float | None = None
        self._stamp = 0.0
        self._line = 0.0
        self._shown = 0.0

    def admit(self, pts: float) -> bool:
        """Whether to show the next frame, stamped ``pts`` seconds; False if it is late.

        A time stamp that does not advance, is no number, or jumps by more than `MAX_STEP` counts
        as one interval after the frame before it.
        """
        now = time.monotonic()
        if self._start is None:
            self._start = self._shown = now
        else:
            step = pts - self._stamp
            self._line += step if 0 < step <= MAX_STEP else self._interval
        self._stamp = pts if math.isfinite(pts) else self._stamp + self._interval
        late = now - (self._start + self._line)
        return not self._paced or late <= self._interval or now - self._shown > PATIENCE

    def wait(self) -> tuple[float, float] | None:
        """(time, captured) of the admitted frame, as in `Frame`, once it is due.

        Unpaced, ``time`` is seconds since the first frame. None if stopped meanwhile.
        """
        assert self._start is not None, "admit comes first"
        due = self._start + self._line
        if self._paced:
            self._stopped.wait(max(0.0, due - time.monotonic()))
        if self._stopped.is_set():
            return None
        self._shown = time.monotonic()
        return (due, due) if self._paced else (self._line, self._shown)

    def stop(self) -> None:
        """End a `wait` in another thread, and all later ones, at once."""
        self._stopped.set()
