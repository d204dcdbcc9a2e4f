"""The text on the standard output: a live line for a terminal, finals for a pipe."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable
from typing import Protocol, TextIO

from edge.errors import output_lost
from edge.events import Final, Hello, Partial, Published
from edge.outputs.threaded import ThreadedSink

REDRAW_S = 0.1
"""Seconds between two drawings of the status line."""

_ELLIPSIS = "..."


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
        if isinstance(event := published.event, Final) and event.text:
            try:
                print(event.text, flush=True)
            except OSError as error:
                raise output_lost(error) from error


class StatusLine(ThreadedSink):
    """A live line at the bottom of a terminal, finals above it."""

    def __init__(self, terminal: TextIO, figures: Callable[[], Figures]) -> None:
        super().__init__("terminal")
        self._terminal = terminal
        self._figures = figures
        self._text, self._stable = "", 0
        self._drawn = 0.0

    def write(self, published: Published) -> None:
        match published.event:
            case Hello(source=source):
                self._print_line(f"watching {source}  (Ctrl-C ends)")
            case Partial(text=text, stable=stable):
                self._text, self._stable = text, stable
                self._drawn = 0.0
            case Final(text=text):
                self._text, self._stable = "", 0
                self._print_line(f"> {text}" if text else "? (none of the words)")
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
        # A line that reaches the last column wraps in some terminals, and scrolls at each redraw.
        width = max(1, shutil.get_terminal_size().columns - 1)
        settled, provisional = _tail(self._text, self._stable, width - len(figures) - 2)
        line = f"{figures}  {settled}{_faint(provisional)}" if settled or provisional else figures
        self._draw(line if len(figures) <= width else figures[:width])

    def close(self) -> None:
        self._draw("")

    def _print_line(self, line: str) -> None:
        self._draw(f"{line}\n")

    def _draw(self, line: str) -> None:
        try:
            self._terminal.write(f"\r\x1b[2K{line}")
            self._terminal.flush()
        except OSError as error:
            raise output_lost(error) from error


def _faint(text: str) -> str:
    """Provisional text looks fainter than text that will not change."""
    return f"\x1b[2m{text}\x1b[0m" if text else ""


def _tail(text: str, stable: int, room: int) -> tuple[str, str]:
    """(settled, provisional) end of ``text`` in at most ``room`` columns, after an ellipsis where
    it does not fit; the first ``stable`` characters of ``text`` are settled."""
    if len(text) > room:
        if room <= len(_ELLIPSIS):
            return "", ""
        cut = len(text) - (room - len(_ELLIPSIS))
        text, stable = _ELLIPSIS + text[cut:], max(0, stable - cut) + len(_ELLIPSIS)
    return text[:stable], text[stable:]


def text_sink(figures: Callable[[], Figures]) -> ThreadedSink:
    """The sink of ``ishara run --print`` that fits the standard output.

    A terminal that knows no escape sequences (``TERM`` is ``dumb``, or is not set) gets the finals.
    """
    live = sys.stdout.isatty() and os.environ.get("TERM", "") not in ("", "dumb")
    return StatusLine(sys.stdout, figures) if live else Finals()
