"""The text on the standard output: a live line for a terminal, finals for a pipe."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable
from typing import Protocol, TextIO

from edge.events import Final, Hello, Partial, Published
from edge.outputs.threaded import ThreadedSink

REDRAW_S = 0.1
"""Seconds between two drawings of the status line."""


class Figures(Protocol):
    """What the status line shows: frames a second, milliseconds to text, a hand in view."""

    @property
    def fps(self) -> float: ...
    @property
    def latency_ms(self) -> float: ...
    @property
    def hand(self) -> bool: ...


class Finals(ThreadedSink):
    """The text of each segment, a line each: for a pipe."""

    def __init__(self) -> None:
        super().__init__("finals")

    def write(self, published: Published) -> None:
        if isinstance(event := published.event, Final):
            print(event.text, flush=True)


class StatusLine(ThreadedSink):
    """A live line at the bottom of a terminal, finals above it."""

    def __init__(self, terminal: TextIO, figures: Callable[[], Figures]) -> None:
        super().__init__("terminal")
        self._terminal = terminal
        self._figures = figures
        self._text = ""
        self._drawn = 0.0

    def write(self, published: Published) -> None:
        match published.event:
            case Hello(source=source):
                self._print_line(f"watching {source}  (Ctrl-C ends)")
            case Partial(text=text, stable=stable):
                self._text = text[:stable] + _faint(text[stable:])
                self._drawn = 0.0
            case Final(text=text):
                self._text = ""
                self._print_line(f"> {text}")
            case _:
                pass

    def idle(self) -> None:
        now = time.monotonic()
        if now - self._drawn < REDRAW_S:
            return
        self._drawn = now
        shown = self._figures()
        hand = "hand" if shown.hand else "no hand"
        figures = f"{shown.fps:4.0f} fps {shown.latency_ms:4.0f} ms  {hand:<7}"
        room = shutil.get_terminal_size().columns - len(figures) - 4
        self._terminal.write(f"\r\x1b[2K{figures}  {_tail(self._text, room)}")
        self._terminal.flush()

    def close(self) -> None:
        self._terminal.write("\r\x1b[2K")
        self._terminal.flush()

    def _print_line(self, line: str) -> None:
        self._terminal.write(f"\r\x1b[2K{line}\n")
        self._terminal.flush()


def _faint(text: str) -> str:
    """Provisional text looks fainter than text that will not change."""
    return f"\x1b[2m{text}\x1b[0m" if text else ""


def _tail(text: str, room: int) -> str:
    """The end of ``text`` where it does not fit; escape sequences take no room but are short."""
    return text if len(text) <= room + 8 else "..." + text[-max(1, room - 3) :]


def text_sink(figures: Callable[[], Figures]) -> ThreadedSink:
    """The sink of ``ishara run --print`` that fits the standard output."""
    return StatusLine(sys.stdout, figures) if sys.stdout.isatty() else Finals()
