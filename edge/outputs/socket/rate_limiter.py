"""How many requests a client may make: a token bucket."""

from __future__ import annotations

from typing import Literal

RATE = 50.0
"""Requests a second on average."""
BURST = 100
"""Requests at once; this many in a row beyond the rate end the connection."""

Verdict = Literal["allowed", "refused", "abusive"]


class RateLimiter:
    """A bucket of `BURST` tokens, filled at `RATE`; every request takes one."""

    def __init__(self, now: float) -> None:
        self._tokens = float(BURST)
        self._filled = now
        self._refused = 0

    def allow(self, now: float) -> Verdict:
        """The verdict on a request at ``now`` monotonic seconds; an abusive one ends it all."""
        self._tokens = min(float(BURST), self._tokens + (now - self._filled) * RATE)
        self._filled = now
        if self._tokens >= 1:
            self._refused = self._refused if self._tokens < BURST else 0
            self._tokens -= 1
            return "allowed"
        self._refused += 1
        return "refused" if self._refused < BURST else "abusive"
