"""The log: what systemd's journal gets, and what a terminal."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest


def logged(*arguments: str, ours: bool = True) -> tuple[int, list[str]]:
    """(exit code, lines on stderr) of a child whose stderr is a journal stream, or is not."""
    reader, writer = os.pipe()
    found = os.fstat(writer)
    number = found.st_ino if ours else found.st_ino + 1
    environment = {**os.environ, "JOURNAL_STREAM": f"{found.st_dev}:{number}"}
    with os.fdopen(reader) as stream:
        child = subprocess.Popen(
            [sys.executable, *arguments], stderr=writer, stdout=subprocess.DEVNULL, env=environment
        )
        os.close(writer)
        lines = stream.read().splitlines()
    return child.wait(timeout=60), lines


_EVERY_LEVEL = """
import logging
from edge.system import journal
journal.configure("debug")
log = logging.getLogger("a.b")
for level in ("debug", "info", "warning", "error", "critical"):
    getattr(log, level)("one\\ntwo")
journal.complain("why")
raise ValueError("no\\nmore")
"""


def test_the_journal_gets_priorities_and_no_times() -> None:
    code, lines = logged("-c", _EVERY_LEVEL)
    expected = [f"<{n}>{text}" for n in (7, 6, 4, 3, 2) for text in ("a.b: one", "two")]
    assert lines[:10] == expected
    assert lines[10:13] == [
        "<3>why",
        "<2>edge.system.journal: crashed",
        "<2>Traceback (most recent call last):",
    ]
    assert lines[-2:] == ["<2>ValueError: no", "<2>more"]
    assert code == 1


def test_a_terminal_does_not() -> None:
    code, lines = logged("-c", _EVERY_LEVEL, ours=False)
    assert lines[:2] == ["DEBUG a.b: one", "two"]
    assert "ishara: why" in lines
    assert not [line for line in lines if line.startswith("<")]
    assert code == 1


_ELSEWHERE = """
import logging
from edge.runtime import runtime_log
from edge.system import journal
journal.configure("info")
with runtime_log():
    logging.getLogger("a").warning("meanwhile")
"""


def test_what_is_logged_while_a_model_is_loaded_is_not_lost() -> None:
    assert logged("-c", _ELSEWHERE) == (0, ["<4>a: meanwhile"])


def test_a_refusal_is_one_line_of_priority_error() -> None:
    code, lines = logged("-m", "edge", "run", "--config", "/no/such.toml")
    assert (code, lines) == (
        78,
        ["<3>configuration /no/such.toml cannot be read: No such file or directory"],
    )


@pytest.mark.fault("privacy", "everything is logged", "no text in it")
def test_no_text_is_logged(landmark_weights: None, tmp_path: Path) -> None:
    run = ("run", "--source", "signer:quartz?pace=0", "--once", "--socket", f"{tmp_path}/s")
    code, lines = logged("-m", "edge", "--log", "debug", *run)
    assert code == 0
    assert lines
    assert not [line for line in lines if not re.match(r"<[2-7]>\S", line)]
    # The source is named as it was asked for.
    assert not [line for line in lines if "quar" in line.replace("signer:quartz", "")]
