"""The events that a program has not taken yet."""

from __future__ import annotations

from collections import deque

from edge.events.protocol import Event, Partial


class EventQueue:
    """At most ``limit`` events; beyond, the oldest partial goes first, then the oldest event.

    Attributes:
        dropped: how many went.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._events: deque[Event] = deque()
        self.dropped = 0

    def put(self, event: Event) -> None:
        self._events.append(event)
        if len(self._events) > self._limit:
            oldest = next((e for e in self._events if isinstance(e, Partial)), self._events[0])
            self._events.remove(oldest)
            self.dropped += 1

    def take(self) -> Event | None:
        """The oldest; None where there is none."""
        return self._events.popleft() if self._events else None

    def __len__(self) -> int:
        return len(self._events)
