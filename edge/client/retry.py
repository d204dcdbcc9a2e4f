"""When to try again to connect."""

from __future__ import annotations

from edge.client.errors import ClientError, NotAllowed, NotIshara

FIRST_DELAY_S = 0.1
MAX_DELAY_S = 2.0
PERMISSION_GRACE_S = 2.0
"""A daemon that starts gives its socket to a group a moment after it has made it."""


class Attempts:
    """The attempts to reach one daemon; times are monotonic seconds.

    Delays double from `FIRST_DELAY_S` to `MAX_DELAY_S`.
    """

    def __init__(self, began: float, timeout: float | None = None) -> None:
        """``timeout``: seconds after which to give up; None for never."""
        self._began = began
        self._timeout = timeout
        self._delay = FIRST_DELAY_S

    def delay(self, error: ClientError, now: float) -> float | None:
        """Seconds until the next attempt, after one that failed with ``error``; None: give up."""
        elapsed = now - self._began
        if isinstance(error, NotIshara):
            return None
        if isinstance(error, NotAllowed) and elapsed > PERMISSION_GRACE_S:
            return None
        if self._timeout is None:
            return self.next_delay()
        return min(self.next_delay(), self._timeout - elapsed) if elapsed < self._timeout else None

    def next_delay(self) -> float:
        """Seconds until the next attempt, however many there were."""
        delay, self._delay = self._delay, min(2 * self._delay, MAX_DELAY_S)
        return delay
