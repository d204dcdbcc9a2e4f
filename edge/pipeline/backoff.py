"""How long to wait before the next attempt."""

from __future__ import annotations


class Backoff:
    """Delays in seconds that double from ``first`` up to ``most``."""

    def __init__(self, first: float = 0.5, most: float = 8.0) -> None:
        self._first, self._most = first, most
        self._next = first

    def next(self) -> float:
        """The delay before the attempt to come."""
        delay, self._next = self._next, min(self._most, self._next * 2)
        return delay

    def reset(self) -> None:
        """It worked: the next delay is the first again."""
        self._next = self._first
