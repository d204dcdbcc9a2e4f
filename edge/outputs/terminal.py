"""What `ishara run` shows in its own terminal."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable
from typing import Protocol, TextIO

from edge.events import Event, Final, Hello, Partial
from edge.pipeline.statistics import Reading

# The status line is drawn this often, in seconds.
_REDRAW_S = 0.1


class Screen(Protocol):
    """Looks on while the daemon runs; all calls come from the daemon's own thread."""

    def event(self, event: Event, line: bytes) -> None:
        """``event`` has been published; ``line`` is what went over the wire."""

    def beat(self, read: Callable[[], Reading]) -> None:
        """Called several times a second, whether anything happened or not; ``read`` has figures."""

    def close(self) -> None:
        """Nothing more comes."""


class Blank:
    """Shows nothing: the screen of a service."""

    def event(self, event: Event, line: bytes) -> None: ...

    def beat(self, read: Callable[[], Reading]) -> None: ...

    def close(self) -> None: ...


class Lines(Blank):
    """Each event as on the wire."""

    def event(self, event: Event, line: bytes) -> None:
        sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()


class Finals(Blank):
    """The text of each segment, a line each: for a pipe."""

    def event(self, event: Event, line: bytes) -> None:
        if isinstance(event, Final):
            print(event.text, flush=True)


class StatusLine:
    """A live line at the bottom of a terminal, finals above it."""

    def __init__(self, terminal: TextIO) -> None:
        self._terminal = terminal
        self._text = ""
        self._drawn = 0.0

    def event(self, event: Event, line: bytes) -> None:
        match event:
            case Hello():
                self._say(f"watching {event.source}  (Ctrl-C ends)")
            case Partial():
                self._text = event.text[: event.stable] + _dim(event.text[event.stable :])
                self._drawn = 0.0
            case Final():
                self._text = ""
                self._say(f"> {event.text}")
            case _:
                pass

    def beat(self, read: Callable[[], Reading]) -> None:
        now = time.monotonic()
        if now - self._drawn < _REDRAW_S:
            return
        self._drawn = now
        reading = read()
        hand = "hand" if reading.hand else "no hand"
        figures = f"{reading.fps:4.0f} fps {reading.latency_ms:4.0f} ms  {hand:<7}"
        room = shutil.get_terminal_size().columns - len(figures) - 4
        self._terminal.write(f"\r\x1b[2K{figures}  {_tail(self._text, room)}")
        self._terminal.flush()

    def close(self) -> None:
        self._terminal.write("\r\x1b[2K")
        self._terminal.flush()

    def _say(self, line: str) -> None:
        self._terminal.write(f"\r\x1b[2K{line}\n")
        self._terminal.flush()


def _dim(text: str) -> str:
    """Provisional text looks fainter than text that has settled."""
    return f"\x1b[2m{text}\x1b[0m" if text else ""


def _tail(text: str, room: int) -> str:
    """The end of ``text`` where it does not fit; escape sequences take no room but are short."""
    return text if len(text) <= room + 8 else "..." + text[-max(1, room - 3) :]


def screen(json: bool, text: bool) -> Screen:
    """The screen that fits the options of ``ishara run`` and the terminal."""
    if json:
        return Lines()
    if not text:
        return Blank()
    return StatusLine(sys.stdout) if sys.stdout.isatty() else Finals()
