"""A root to install into."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from .scripts import CHECKOUT


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root where the program is, at the usual prefix, and nothing else."""
    if not shutil.which("bash"):
        pytest.skip("no bash")
    program = tmp_path / "root/opt/ishara/bin/ishara"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\ncd {CHECKOUT} && exec {sys.executable} -m edge "$@"\n')
    program.chmod(0o755)
    return tmp_path / "root"
