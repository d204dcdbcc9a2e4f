"""How many requests a client may make: a token bucket."""

from __future__ import annotations

from typing import Literal

RATE = 50.0
"""Requests a second on average."""
BURST = 100
"""Requests at once; this many in a row beyond the rate end the connection."""

EFFECT_RATE = 0.2
"""Effects a second that a user may have on all others, of a kind, on average."""
EFFECT_BURST = 10
"""Effects at once: someone goes through the fields of a form."""

Verdict = Literal["allowed", "refused", "abusive"]


class RateLimiter:
    """A bucket of ``burst`` tokens, filled at ``rate`` a second; every request takes one."""

    def __init__(self, now: float, rate: float = RATE, burst: int = BURST) -> None:
        self._rate, self._burst = rate, burst
        self._tokens = float(burst)
        self._filled = now
        self._refused = 0

    def allow(self, now: float) -> Verdict:
        """The verdict on a request at ``now`` monotonic seconds; an abusive one ends it all."""
        self._tokens = min(float(self._burst), self._tokens + (now - self._filled) * self._rate)
        self._filled = now
        if self._tokens >= 1:
            self._refused = self._refused if self._tokens < self._burst else 0
            self._tokens -= 1
            return "allowed"
        self._refused += 1
        return "refused" if self._refused < self._burst else "abusive"
