"""Each example, run as its first line says, with a daemon as a user starts it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from edge.client import connect
from tests.clients import eventually

EXAMPLES = Path(__file__).parents[2] / "examples"

Spawn = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def spawn(tmp_path: Path, landmark_weights: None) -> Iterator[Spawn]:
    """Starts programs with a runtime directory of their own, where ``ishara`` is a command."""
    commands = tmp_path / "bin"
    commands.mkdir()
    ishara = commands / "ishara"
    ishara.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m edge "$@"\n')
    ishara.chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{commands}:{os.environ['PATH']}",
        "PYTHONPATH": str(EXAMPLES.parent),
        "XDG_RUNTIME_DIR": str(tmp_path),
        "XDG_CONFIG_HOME": str(tmp_path),
    }
    environment.pop("RUNTIME_DIRECTORY", None)
    with ExitStack() as stack:

        def start(*command: str | Path) -> subprocess.Popen[str]:
            process = stack.enter_context(
                subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
            )
            stack.callback(process.kill)
            return process

        yield start


@pytest.fixture
def daemon(spawn: Spawn, tmp_path: Path) -> subprocess.Popen[str]:
    """Spells "ab" again and again; listens already."""
    process = spawn("ishara", "run", "--source", "signer:ab?pace=0")
    connect(tmp_path / "ishara" / "ishara.sock", wait=True, timeout=60).close()
    return process


def installed(program: str) -> str:
    if (path := shutil.which(program)) is None:
        pytest.skip(f"{program} is not installed")
    return path


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def test_print_text_in_python(daemon: subprocess.Popen[str], spawn: Spawn) -> None:
    printing = spawn(sys.executable, EXAMPLES / "print_text.py")
    assert first_line(printing) == "ab\n"
    daemon.terminate()
    assert printing.wait() == 0, "it ends with the daemon"


def test_print_text_in_node(daemon: subprocess.Popen[str], spawn: Spawn) -> None:
    printing = spawn(installed("node"), EXAMPLES / "print_text.mjs")
    assert first_line(printing) == "ab\n"
    daemon.terminate()
    assert printing.wait() == 0


def test_listen_in_the_shell(daemon: subprocess.Popen[str], spawn: Spawn) -> None:
    installed("jq")
    time_of_day, text = first_line(spawn("sh", EXAMPLES / "listen.sh")).split()
    assert time_of_day.count(":") == 2
    assert text == "ab"


def test_caption(daemon: subprocess.Popen[str], spawn: Spawn, tmp_path: Path) -> None:
    file = tmp_path / "caption.txt"
    spawn(sys.executable, EXAMPLES / "caption.py", file)
    assert eventually(lambda: file.exists() and file.read_text() == "ab\n", 60)
    daemon.terminate()
    assert eventually(lambda: file.read_text() == "", 60)


def test_every_example_is_described() -> None:
    described = (EXAMPLES / "README.md").read_text()
    for example in EXAMPLES.iterdir():
        assert example.name == "README.md" or f"({example.name})" in described
