"""Runs the installer's scripts, and reads what they leave."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
SYSTEMD = CHECKOUT / "systemd"
UNITS = Path("usr/local/lib/systemd/system")

needs_bash = pytest.mark.skipif(not shutil.which("bash"), reason="no bash")

Settings = dict[str, list[str]]


def settings(unit: Path) -> Settings:
    """The values of every ``Key=`` of a unit file, in their order."""
    found: Settings = defaultdict(list)
    for line in unit.read_text().splitlines():
        if match := re.match(r"([A-Za-z]+)=(.*)", line):
            found[match[1]].append(match[2])
    return found


def script(name: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = ["bash", str(SYSTEMD / name), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def done(name: str, *arguments: str | Path) -> str:
    """What the script said; it must succeed, and complain of nothing."""
    ran = script(name, *arguments)
    assert (ran.returncode, ran.stderr) == (0, "")
    return ran.stdout


def refused(name: str, *arguments: str | Path) -> str:
    """The one line with which the script refuses."""
    ran = script(name, *arguments)
    assert ran.returncode == 1
    (line,) = ran.stderr.splitlines()
    return line


def tree(root: Path) -> dict[str, tuple[int, str]]:
    """Mode and content of all that is below ``root``."""

    def content(path: Path) -> str:
        if path.is_symlink():
            return os.readlink(path)
        return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"

    return {
        str(path.relative_to(root)): (path.lstat().st_mode, content(path))
        for path in sorted(root.rglob("*"))
    }


ALL = ("--coral", "--loopback", "--socket", "--ask", "--mqtt", "--type")


def install(root: Path, *options: str) -> str:
    return done("install", "--root", root, "--no-venv", *options)
