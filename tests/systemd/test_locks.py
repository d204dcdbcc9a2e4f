"""What root installs is pinned: by version, and by the SHA-256 of each wheel."""

from __future__ import annotations

import re
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from .scripts import CHECKOUT, SYSTEMD, done, needs_bash

LOCK = SYSTEMD / "lock"
PYTHONS = ("3.11", "3.12", "3.13")
SETUP = ConfigParser()
SETUP.read(CHECKOUT / "setup.cfg")


def pinned(name: str) -> dict[str, Version]:
    """The versions in a lock, by the names of the packages; each must have hashes."""
    text = (LOCK / name).read_text()
    entries = re.findall(
        r"^(\S+)==(\S+) \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", text, re.M
    )
    versions = {canonicalize_name(package): Version(version) for package, version, _ in entries}
    lines = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
    assert len(versions) == len(lines) > 0, "a package without a hash"
    return versions


def fits(wanted: str, versions: dict[str, Version], machine: str, python: str) -> bool:
    requirement = Requirement(wanted)
    there = {"python_version": python, "platform_machine": machine}
    if requirement.marker and not requirement.marker.evaluate(there):
        return True
    version = versions.get(canonicalize_name(requirement.name))
    return version is not None and version in requirement.specifier


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_the_lock_of_a_python_is_what_the_program_asks_for(python: str, machine: str) -> None:
    versions = pinned(f"python{python}.txt")
    for wanted in SETUP["options"]["install_requires"].split("\n"):
        assert not wanted or fits(wanted, versions, machine, python), wanted
    asked = [*(LOCK / "constraints.txt").read_text().splitlines()]
    for wanted in asked:
        # The marker may leave it out, and so may the packages.
        name = canonicalize_name(Requirement(wanted).name) if wanted[0] != "#" else ""
        assert name not in versions or fits(wanted, versions, machine, python), wanted


def test_the_other_locks_are_what_is_asked_for() -> None:
    for wanted in SETUP["options.extras_require"]["metrics"].split("\n"):
        assert not wanted or fits(wanted, pinned("metrics.txt"), "x86_64", "3.11")
    for extra in ("mqtt", "kiosk"):
        for wanted in SETUP["options.extras_require"][extra].split("\n"):
            for python in PYTHONS:
                for machine in ("x86_64", "aarch64"):
                    assert not wanted or fits(wanted, pinned(f"{extra}.txt"), machine, python)
    (needed,) = re.findall(r'requires = \["([^"]+)"\]', (CHECKOUT / "pyproject.toml").read_text())
    assert fits(needed, pinned("build.txt"), "x86_64", "3.11")


@pytest.fixture
def said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    """What the installer would do on the machine of the test."""
    (tmp_path / "uname").write_text(f"#!/bin/sh\necho {request.param}\n")
    (tmp_path / "uname").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    where = ("--root", tmp_path / "root", "--python", sys.executable)
    return done("install", *where, "--loopback", "--dry-run")


@pytest.mark.fault(
    "directory",
    "a package that is not pinned, on {said}",
    "nothing is installed but by version and SHA-256",
)
@needs_bash
@pytest.mark.parametrize("said", ["x86_64", "aarch64"], indirect=True)
def test_nothing_is_installed_that_is_not_pinned(said: str) -> None:
    packages, program = (line for line in said.splitlines() if " pip install " in line)
    python = "{}.{}".format(*sys.version_info)
    assert "--require-hashes --no-deps --only-binary :all:" in packages
    files = [Path(name).name for name in re.findall(r" -r (\S+)", packages)]
    assert files == [f"python{python}.txt", "build.txt", "metrics.txt"]
    # Nor is anything fetched to build the program.
    assert "--no-deps --no-index --no-build-isolation" in program


@needs_bash
@pytest.mark.parametrize("said", ["armv7l", "riscv64"], indirect=True)
def test_a_machine_without_a_lock_is_told(said: str) -> None:
    (program,) = (line for line in said.splitlines() if " pip install " in line)
    assert "--no-index" not in program
    assert re.search(r"nobody has pinned the packages for Python 3\.\d+ on \w+: the newest", said)
