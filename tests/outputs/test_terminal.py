"""What `ishara run` writes: finals for a pipe, a live line for a terminal, lines as on the wire."""

from __future__ import annotations

import io
import re

import pytest

from edge.events import Bus, Hello, Published, Session
from edge.outputs.json_lines import JsonLines
from edge.outputs.terminal import Finals, StatusLine, text_sink
from edge.pipeline.statistics import Figures
from edge.pipeline.texts import text_event
from edge.recognize import Char, Hypothesis


def published(text: str, stable: int, final: bool = False) -> Published:
    chars = tuple(Char(letter, 1.0, 1.1, 0.9) for letter in text)
    event = text_event(Hypothesis(1, chars, stable, final, 1.2, 1.2), now=1.25)
    done = Session(Bus(Hello(version="", source="", live=True, bundle=""))).publish(event)
    assert done is not None
    return done


def figures(hand: bool = True) -> Figures:
    return Figures(frames=100, dropped=0, fps=29.6, latency_ms=21.4, hand=hand)


def test_json_lines_are_those_of_the_wire(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    event = published("ab", 1)
    JsonLines().write(event)
    assert capsysbinary.readouterr().out == event.line


def test_a_pipe_gets_the_finals(capsys: pytest.CaptureFixture[str]) -> None:
    sink = Finals()
    sink.write(published("hel", 2))
    sink.write(published("hello", 5, final=True))
    assert capsys.readouterr().out == "hello\n"


def test_the_status_line_has_figures_and_the_text_so_far() -> None:
    terminal = io.StringIO()
    line = StatusLine(terminal, figures)
    line.write(published("hel", 2))
    line.idle()
    last = terminal.getvalue().rsplit("\r\x1b[2K", 1)[1]
    assert re.sub(r"\x1b\[\d*m", "", last).split() == ["30", "fps", "21", "ms", "hand", "hel"]
    assert "he\x1b[2ml\x1b[0m" in last


def test_a_final_stays_above_the_status_line() -> None:
    terminal = io.StringIO()
    line = StatusLine(terminal, lambda: figures(hand=False))
    line.write(published("hel", 2))
    line.write(published("hello", 5, final=True))
    line.idle()
    kept, status = terminal.getvalue().rsplit("\n", 1)
    assert kept.endswith("> hello")
    assert "hel" not in status
    assert "no hand" in status


def test_a_long_text_keeps_to_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    terminal = io.StringIO()
    line = StatusLine(terminal, figures)
    line.write(published("abcdefghij" * 20, 195))
    line.idle()
    drawn = re.sub(r"\x1b\[\d*[mK]", "", terminal.getvalue()).strip("\r")
    assert len(drawn) < 60
    assert drawn.endswith("fghij")


def test_without_a_terminal_the_finals_are_printed() -> None:
    assert isinstance(text_sink(figures), Finals)
