"""The real process on a terminal: its line, its width, and one that knows no escapes."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import threading
from pathlib import Path

import pytest

from .conftest import Record

pytestmark = pytest.mark.fault("terminal")

# Settled text that was too long for a line of 80 columns: 54 to 59 characters.
TEXT = "abcdefghijklmnopqrstuvwxy" * 2 + "abcdefghij"


def on_a_terminal(folder: Path, text: str, columns: int, **environment: str) -> tuple[int, str]:
    """(exit code, what it wrote) of ``ishara run --print`` on a terminal of that width."""
    reading, writing = pty.openpty()
    fcntl.ioctl(writing, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    said = bytearray()

    def read() -> None:
        while True:
            try:
                data = os.read(reading, 4096)
            except OSError:  # nobody writes any more
                return
            said.extend(data)

    reader = threading.Thread(target=read)
    reader.start()
    kept = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    done = subprocess.run(
        [sys.executable, "-m", "edge", "run", "--print", "--once", "--socket", str(folder / "s"),
         "--source", f"signer:{text}?speed=6&pace=0"],
        stdout=writing, stderr=subprocess.PIPE, env={**kept, **environment}, timeout=300,
        check=False,
    )  # fmt: skip
    os.close(writing)
    reader.join(60)
    os.close(reading)
    return done.returncode, said.decode()


@pytest.mark.parametrize("columns", [80, 40])
def test_a_long_text_scrolls_no_line(
    landmark_weights: None, record: Record, tmp_path: Path, columns: int
) -> None:
    code, said = on_a_terminal(tmp_path, TEXT, columns, TERM="xterm")
    assert code == 0
    drawn = [re.sub(r"\x1b\[\d*[mK]", "", line) for line in said.split("\r\x1b[2K")]
    live = [line for line in drawn if not line.endswith("\n")]
    longest = max(len(line.rstrip("\r\n")) for line in live)
    assert len(max(drawn, key=len)) > 54, "the final is longer than what was shown of it"
    assert longest < columns
    assert said.count("\n") == sum(line.endswith("\n") for line in drawn), "only finals scroll"
    record(f"a text of {len(TEXT)} letters on a terminal of {columns} columns",
           "no redraw scrolls", f"longest line {longest}")  # fmt: skip


@pytest.mark.fault("terminal", "TERM={term!r}", "no escape sequence; the finals")
@pytest.mark.parametrize("term", ["dumb", ""])
def test_a_terminal_that_knows_no_escapes_gets_the_finals(
    landmark_weights: None, tmp_path: Path, term: str
) -> None:
    code, said = on_a_terminal(tmp_path, "abc", 80, TERM=term)
    assert (code, said) == (0, "abc\r\n")


@pytest.mark.fault("terminal", '`ishara run --source "signer:{text}"`', "read as spelled")
@pytest.mark.parametrize("text", ["my name is sam"])
def test_the_first_words_are_read(landmark_weights: None, tmp_path: Path, text: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "edge", "run", "--print", "--once", "--socket", str(tmp_path / "s"),
         "--source", f"signer:{text}?pace=0"],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, text, "")
