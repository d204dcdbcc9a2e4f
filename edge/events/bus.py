"""What has been published: its numbers, what a new client must know, what a pause holds back."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from dataclasses import replace

from edge.events.protocol import Broadcast, Hello, Partial, State, Status
from edge.pipeline.texts import age_ms

_QUIET = frozenset({"starting", "searching", "reading"})
"""States that a pause covers."""
_PAGE = os.sysconf("SC_PAGE_SIZE")


class Board:
    """The newest events, numbered. Whoever uses it holds the server's lock.

    Attributes:
        paused: texts are held back.
        state: the newest state that was sent.
        partial: the newest text of a segment that goes on.
    """

    def __init__(self) -> None:
        self.paused = False
        self.state: State | None = None
        self.partial: Partial | None = None
        self._seq = 0
        self._real: State | None = None  # as the publisher has it, pause or not
        self._captured: float | None = None  # of the newest text
        self._barred: int | None = None  # a segment that began in a pause
        self._began = time.monotonic()

    def post(self, event: Broadcast) -> Broadcast | None:
        """``event`` with its number; None where a pause holds it back."""
        if isinstance(event, State):
            return self._post_state(event)
        if self.paused:
            self._barred = event.segment if isinstance(event, Partial) and event.text else None
            return None
        if event.segment == self._barred:
            return None
        numbered = replace(event, seq=self._next())
        self._captured = event.captured
        self.partial = numbered if isinstance(numbered, Partial) else None
        return numbered

    def pause(self, on: bool) -> State | None:
        """Hold texts back, or no longer. Returns the state to send; None where nothing changed."""
        if self.paused == on:
            return None
        self.paused = on
        self.partial = None
        real = self._real or State(state="starting")
        return self._number(replace(real, state="paused") if on else real)

    def forget(self) -> None:
        """No new client gets the text of the segment being read."""
        self.partial = None

    def snapshot(self, now: float) -> list[Broadcast]:
        """What a client that comes ``now`` must know."""
        partial = self.partial and replace(self.partial, age_ms=age_ms(self.partial.captured, now))
        return [event for event in (self.state, partial) if event is not None]

    def complete(self, status: Status, clients: int, now: float) -> Status:
        """``status`` with what only the server knows."""
        paused = self.paused and status.state in _QUIET
        return replace(
            status,
            state="paused" if paused else status.state,
            age_ms=None if self._captured is None else age_ms(self._captured, now),
            clients=clients,
        )

    def status(self, hello: Hello) -> Status:
        """As far as it can be told from what was published."""
        real = self._real or State(state="starting")
        return Status(
            state=real.state,
            uptime_s=round(time.monotonic() - self._began, 1),
            fps=real.fps,
            dropped=real.dropped,
            last_error=real.reason,
            rss_mb=_rss_mb(),
            bundle=hello.bundle,
            source=hello.source,
        )

    def _post_state(self, event: State) -> State | None:
        self._real = event
        if self.paused and event.state in _QUIET:
            if self.state and self.state.state == "paused":
                return None
            event = replace(event, state="paused")
        return self._number(event)

    def _number(self, event: State) -> State:
        self.state = replace(event, seq=self._next())
        return self.state

    def _next(self) -> int:
        self._seq += 1
        return self._seq


def _rss_mb() -> float:
    """Resident megabytes of this process; 0 where there is no descriptor to find out."""
    with suppress(OSError), open("/proc/self/statm", encoding="ascii") as file:
        return round(int(file.read().split()[1]) * _PAGE / 1e6, 1)
    return 0.0
