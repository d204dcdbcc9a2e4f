"""The bus: numbers events, keeps the snapshot for newcomers, and gives each event to the sinks."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from edge.events.protocol import Answer, Broadcast, Hello, Partial, State, View, encode


@dataclass(frozen=True, slots=True)
class Published:
    """An event as it was published: ``line`` is its NDJSON, with the line feed.

    ``seq`` is the event's number; that of the newest event, for a `Hello` and a `View`, which have
    none.
    """

    event: Hello | Broadcast | View
    line: bytes
    seq: int


class Sink(Protocol):
    """What takes events: a socket server, a terminal, a file."""

    def put(self, published: Published) -> None:
        """Take an event; called in the publisher's thread, and must return at once."""


class Bus:
    """Any thread may publish. Sinks get every event in the order of its number.

    `put` of the sinks is called under the bus's lock, so that the order is the same for all.
    """

    def __init__(self, hello: Hello) -> None:
        """``hello`` says what is read; `introduce` replaces it."""
        self._lock = threading.Lock()
        self._hello = hello
        self._sinks: list[Sink] = []
        self._seq = 0
        self._state: State | None = None
        self._partial: Partial | None = None

    @property
    def hello(self) -> Hello:
        """The first event of every connection."""
        return self._hello

    def introduce(self, hello: Hello) -> None:
        """Greet newcomers with this from now on; those who are there get nothing."""
        self._hello = hello

    def attach(self, sink: Sink, replay: bool = False) -> None:
        """Give ``sink`` every event from now on; with ``replay``, the hello and snapshot first."""
        with self._lock:
            for published in self._snapshot() if replay else ():
                sink.put(published)
            self._sinks.append(sink)

    def publish(self, event: Broadcast) -> Published:
        """Number ``event`` and give it to every sink.

        Raises:
            ValueError: a number in it is not finite.
        """
        with self._lock:
            numbered = replace(event, seq=self._seq + 1)
            published = Published(numbered, encode(numbered), numbered.seq)
            self._seq = numbered.seq
            if isinstance(numbered, State):
                self._state = numbered
            elif not isinstance(numbered, Answer):  # which is of an earlier segment
                self._partial = numbered if isinstance(numbered, Partial) else None
            for sink in self._sinks:
                sink.put(published)
            return published

    def unnumbered(self, view: View) -> Published:
        """``view`` as a sink takes it; it is given to none here."""
        return Published(view, encode(view), self._seq)

    def forget_text(self) -> None:
        """Take the text of the open segment out of the snapshot."""
        with self._lock:
            self._partial = None

    def snapshot(self, now: float) -> list[Published]:
        """What a newcomer must know at ``now`` monotonic seconds: hello, state, open segment.

        No event has a number between the last of these and the next one published.
        """
        with self._lock:
            return list(self._snapshot(now))

    def _snapshot(self, now: float | None = None) -> Iterator[Published]:
        yield Published(self._hello, encode(self._hello), self._seq)
        if self._state:
            yield Published(self._state, encode(self._state), self._seq)
        if self._partial:
            event = self._partial
            if now is not None:
                event = replace(event, age_ms=age_ms(event.captured, now))
            yield Published(event, encode(event), self._seq)


def age_ms(captured: float, now: float) -> float:
    """Milliseconds from ``captured`` to ``now``, both monotonic seconds."""
    return round((now - captured) * 1000, 1)
