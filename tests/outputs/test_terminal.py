"""What `ishara run` shows: lines as on the wire, finals for a pipe, a live line for a terminal."""

from __future__ import annotations

import io
import re

import pytest

from edge.events.protocol import Event, encode
from edge.outputs.terminal import Blank, Finals, Lines, StatusLine, screen
from edge.pipeline.statistics import Reading
from edge.pipeline.texts import from_hypothesis
from edge.recognize import Char, Hypothesis


def event(text: str, stable: int, final: bool = False) -> Event:
    chars = tuple(Char(letter, 1.0, 1.1, 0.9) for letter in text)
    return from_hypothesis(Hypothesis(1, chars, stable, final, 1.2, 1.2), now=1.25)


def reading(hand: bool = True) -> Reading:
    return Reading(frames=100, dropped=0, fps=29.6, latency_ms=21.4, hand=hand)


def test_lines_are_those_of_the_wire(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    line = encode(event("ab", 1))
    Lines().event(event("ab", 1), line)
    assert capsysbinary.readouterr().out == line


def test_a_pipe_gets_the_finals(capsys: pytest.CaptureFixture[str]) -> None:
    shown = Finals()
    shown.event(event("hel", 2), b"")
    shown.event(event("hello", 5, final=True), b"")
    assert capsys.readouterr().out == "hello\n"


def test_the_status_line_has_figures_and_the_text_so_far() -> None:
    terminal = io.StringIO()
    line = StatusLine(terminal)
    line.event(event("hel", 2), b"")
    line.beat(reading)
    last = terminal.getvalue().rsplit("\r\x1b[2K", 1)[1]
    assert re.sub(r"\x1b\[\d*m", "", last).split() == ["30", "fps", "21", "ms", "hand", "hel"]
    assert "he\x1b[2ml\x1b[0m" in last


def test_a_final_stays_above_the_status_line() -> None:
    terminal = io.StringIO()
    line = StatusLine(terminal)
    line.event(event("hel", 2), b"")
    line.event(event("hello", 5, final=True), b"")
    line.beat(lambda: reading(hand=False))
    kept, status = terminal.getvalue().rsplit("\n", 1)
    assert kept.endswith("> hello")
    assert "hel" not in status
    assert "no hand" in status


def test_a_long_text_keeps_to_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    terminal = io.StringIO()
    line = StatusLine(terminal)
    line.event(event("abcdefghij" * 20, 195), b"")
    line.beat(reading)
    drawn = re.sub(r"\x1b\[\d*[mK]", "", terminal.getvalue()).strip("\r")
    assert len(drawn) < 60
    assert drawn.endswith("fghij")


def test_the_screen_fits_the_options() -> None:
    assert isinstance(screen(json=True, text=False), Lines)
    assert isinstance(screen(json=False, text=True), Finals)
    assert type(screen(json=False, text=False)) is Blank
