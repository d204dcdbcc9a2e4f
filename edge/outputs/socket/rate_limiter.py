"""How many requests a client may make."""

from __future__ import annotations

from typing import Literal

RATE = 50.0
"""Requests a second, for ever."""
BURST = 100
"""Requests at once; and so many beyond the rate, in one go, end the connection."""

Verdict = Literal["granted", "refused", "over"]


class Budget:
    """A bucket of `BURST` tokens, filled at `RATE`; every request takes one."""

    def __init__(self, now: float) -> None:
        self._tokens = float(BURST)
        self._filled = now
        self._refused = 0

    def take(self, now: float) -> Verdict:
        """Whether a request at ``now`` monotonic seconds is granted, refused, or the last one."""
        self._tokens = min(float(BURST), self._tokens + (now - self._filled) * RATE)
        self._filled = now
        if self._tokens >= 1:
            self._refused = self._refused if self._tokens < BURST else 0
            self._tokens -= 1
            return "granted"
        self._refused += 1
        return "refused" if self._refused < BURST else "over"
