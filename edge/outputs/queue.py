"""A bounded queue of events: what is superseded is dropped first, a final last."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable

from edge.events import Answer, Final, Hello, Partial, Published, Revised, State, View


class EventQueue:
    """Between a publisher, who never waits, and one reader.

    When it is full, partials that a later event of their segment supersedes are dropped, then all
    partials and views, then the oldest event.

    Attributes:
        dropped: events that were dropped though nothing superseded them.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._waiting: deque[Published] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._in_work = False  # what was taken last may not be written yet
        self.dropped = 0

    def put(self, published: Published) -> None:
        """Add an event; after `close` it is ignored."""
        with self._changed:
            if self._closed:
                return
            self._waiting.append(published)
            if len(self._waiting) > self._limit:
                self._shrink()
            self._changed.notify_all()

    def take(self, timeout: float | None = None) -> Published | None:
        """The oldest event, waiting at most ``timeout`` seconds; None where there is none.

        The one taken before counts as written.
        """
        with self._changed:
            self._in_work = False
            self._changed.notify_all()
            if not self._waiting and not self._closed:
                self._changed.wait(timeout)
            if not self._waiting:
                return None
            self._in_work = True
            published = self._waiting.popleft()
            self._changed.notify_all()
            return published

    def take_all(self) -> list[Published]:
        """All that waits, oldest first."""
        with self._changed:
            waiting, self._waiting = list(self._waiting), deque()
            self._changed.notify_all()
            return waiting

    def wait_for_room(self, timeout: float) -> bool:
        """Wait until at most half is full, at most ``timeout`` seconds; whether that is so."""
        with self._changed:
            return self._changed.wait_for(
                lambda: self._closed or len(self._waiting) <= self._limit // 2, timeout
            )

    def wait_until_written(self, timeout: float) -> bool:
        """Wait until nothing waits and nothing is being written; whether that is so."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting and not self._in_work, timeout)

    def close(self) -> None:
        """Take nothing more; what waits can still be taken."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def finished(self) -> bool:
        """Closed and empty."""
        with self._changed:
            return self._closed and not self._waiting

    def _shrink(self) -> None:
        self._waiting = deque(current(self._waiting))
        if len(self._waiting) > self._limit:
            kept = [p for p in self._waiting if not isinstance(p.event, Partial | View)]
            self._waiting = deque(kept)
        while len(self._waiting) > self._limit:
            self._waiting.popleft()
            self.dropped += 1


def current(waiting: Iterable[Published]) -> list[Published]:
    """``waiting`` without the partials that a later event of their segment supersedes."""
    later: set[int] = set()
    kept: list[Published] = []
    for published in reversed(list(waiting)):
        segment = segment_of(published)
        if not (isinstance(published.event, Partial) and segment in later):
            kept.append(published)
        if segment is not None:
            later.add(segment)
    return kept[::-1]


def segment_of(published: Published) -> int | None:
    """Number of the segment that the event is about; None for a state or hello."""
    match published.event:
        case Partial(segment=segment) | Final(segment=segment) | Revised(segment=segment):
            return segment
        case Answer() | State() | Hello() | View():
            return None
