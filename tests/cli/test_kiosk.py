"""``ishara kiosk`` before there is a page: options, and the library that it needs."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from edge.cli import main


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = main(["kiosk", *arguments])
    return code, capsys.readouterr().err


@pytest.mark.skipif(bool(importlib.util.find_spec("aiohttp")), reason="aiohttp is installed")
def test_without_its_library_it_says_what_to_install(capsys: pytest.CaptureFixture[str]) -> None:
    code, line = said(capsys)
    assert code == 78
    assert line.count("\n") == 1
    assert "pip install 'ishara-edge[kiosk]'" in line


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("--port", "70000"), "--port 70000 is none"),
        (("--socket", "/" + "x" * 200), "a Unix socket at most"),
        (("--notice", "x" * 300), "at most 200 characters"),
        (("--token-file", "/nonexistent"), "token file /nonexistent cannot be read"),
    ],
)
def test_options_that_cannot_be_are_refused(
    arguments: tuple[str, ...], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, error = said(capsys, *arguments)
    assert code == 2
    assert line in error


def test_the_daemon_loads_nothing_of_it() -> None:
    script = "import sys, edge.daemon; sys.exit(any('kiosk' in name for name in sys.modules))"
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=Path(__file__).parents[2], check=False, timeout=300
    )
    assert ran.returncode == 0
