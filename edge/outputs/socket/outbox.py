"""The lines that wait for one client: bounded, partials dropped first."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

MAX_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class _Entry:
    line: bytes
    segment: int | None
    partial: bool


class Outbox:
    """A queue of at most ``limit`` lines and `MAX_BYTES` bytes, not counting the one being sent.

    When it is full, partials that a later line of their segment made worthless go first, then
    all partials; when that is not enough, `put` says so.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._waiting: deque[_Entry] = deque()
        self._bytes = 0
        self._sending = b""

    def put(self, line: bytes, segment: int | None = None, partial: bool = False) -> bool:
        """Queue a line; False where there is no room for it and it may not be dropped.

        Args:
            line: complete, with its line feed.
            segment: of the text in it, if any.
            partial: it may be dropped.
        """
        entry = _Entry(line, segment, partial)
        if not self._room(entry):
            self._keep(self._worthwhile())
        if not self._room(entry) and partial:
            return True
        if not self._room(entry):
            self._keep([waiting for waiting in self._waiting if not waiting.partial])
        if not self._room(entry):
            return False
        self._waiting.append(entry)
        self._bytes += len(line)
        return True

    def head(self) -> bytes:
        """What to send next: the rest of a line begun, else the next line; empty at the end."""
        if not self._sending and self._waiting:
            self._sending = self._waiting.popleft().line
            self._bytes -= len(self._sending)
        return self._sending

    def sent(self, count: int) -> None:
        """``count`` bytes of `head` are gone."""
        self._sending = self._sending[count:]

    def finish(self, lines: bytes, drop: bool) -> None:
        """End with ``lines``; ``drop`` all that waits but the rest of a line begun."""
        waiting = [] if drop else [entry for entry in self._waiting if not entry.partial]
        self._keep([*waiting, _Entry(lines, None, False)])

    def __len__(self) -> int:
        return len(self._waiting) + bool(self._sending)

    def _room(self, entry: _Entry) -> bool:
        return len(self._waiting) < self._limit and self._bytes + len(entry.line) <= MAX_BYTES

    def _keep(self, entries: list[_Entry]) -> None:
        self._waiting = deque(entries)
        self._bytes = sum(len(entry.line) for entry in entries)

    def _worthwhile(self) -> list[_Entry]:
        """All but the partials followed by another line of their segment."""
        later: set[int | None] = set()
        kept: list[_Entry] = []
        for entry in reversed(self._waiting):
            if not (entry.partial and entry.segment in later):
                kept.append(entry)
            if entry.segment is not None:
                later.add(entry.segment)
        return kept[::-1]
