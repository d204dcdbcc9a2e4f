"""When failed reads mean that a camera is lost: one of them does not."""

from __future__ import annotations

import threading
import time

from edge.errors import CameraLost

MOST = 5
"""Failed reads in a row after which a camera is lost."""

LIMIT_S = 1.0
"""Seconds from the beginning of the first of them after which it is lost, however few they were.
Less than a stage waits for a frame (`edge.pipeline.camera_stage.FRAME_TIMEOUT_S`)."""

WAIT_S = 0.05
"""Seconds before another attempt, from the second on: a device that fails at once is given time,
one whose picture was damaged gives the next one."""


class FailedReads:
    """Counts the failed reads of a device, in the thread that reads it.

    Call `begin` before each attempt, then `succeeded` or `failed`.
    """

    def __init__(self, name: str, closed: threading.Event) -> None:
        """``name``: of the device, for people. ``closed``: ends the wait before an attempt."""
        self._name = name
        self._closed = closed
        self._count = 0
        self._began = 0.0

    def begin(self) -> None:
        """An attempt begins."""
        if not self._count:
            self._began = time.monotonic()

    def succeeded(self) -> None:
        """It gave a picture."""
        self._count = 0

    def failed(self, reason: str) -> None:
        """It did not, for ``reason``, which may be empty; waits until the next attempt is due.

        Raises:
            CameraLost: so many failed that the device is lost.
        """
        self._count += 1
        if self._count >= MOST or time.monotonic() - self._began >= LIMIT_S:
            detail = f" ({reason})" if reason else ""
            raise CameraLost(f"{self._name} gives no more frames{detail}")
        if self._count > 1:
            self._closed.wait(WAIT_S)
