"""What `ishara run` writes: finals for a pipe, a live line for a terminal, lines as on the wire."""

from __future__ import annotations

import io
import os
import pty
import re
import subprocess
import sys

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


@pytest.mark.parametrize("columns", [80, 60, 40, 20, 3])
def test_no_text_and_no_width_scrolls_at_a_redraw(
    monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    text = "abcdefghij" * 20
    for length in range(len(text)):
        for stable in (0, length // 2, length):
            terminal = io.StringIO()
            line = StatusLine(terminal, figures)
            line.write(published(text[:length], stable))
            line.idle()
            drawn = re.sub(r"\x1b\[\d*[mK]", "", terminal.getvalue()).strip("\r")
            assert len(drawn) < columns
            assert "\n" not in drawn
            if columns >= 40:
                assert drawn.endswith(text[max(0, length - 3) : length])
                assert ("..." in drawn) == (len(figures_only()) + 2 + length >= columns)


def figures_only() -> str:
    terminal = io.StringIO()
    StatusLine(terminal, figures).idle()
    return terminal.getvalue().rsplit("\r\x1b[2K", 1)[1]


@pytest.mark.parametrize("term", ["dumb", "", None, "xterm"])
def test_a_terminal_without_escapes_gets_none(term: str | None) -> None:
    program = (
        "import sys; from edge.outputs.terminal import text_sink;"
        "from tests.outputs.test_terminal import figures, published;"
        "sink = text_sink(figures); sink.write(published('ab', 1));"
        "sink.idle(); sink.write(published('abc', 3, final=True)); sink.idle(); sink.close()"
    )
    environment = {key: value for key, value in os.environ.items() if key != "TERM"}
    reading, writing = pty.openpty()
    subprocess.run(
        [sys.executable, "-c", program], stdout=writing, check=True, timeout=120,
        env=environment if term is None else {**environment, "TERM": term},
    )  # fmt: skip
    os.close(writing)
    said = os.read(reading, 4096)
    os.close(reading)
    assert b"abc\r\n" in said
    assert (b"\x1b" in said) == (term == "xterm")


def test_without_a_terminal_the_finals_are_printed() -> None:
    assert isinstance(text_sink(figures), Finals)
