"""The page on a Pi's screen: what the installer puts there, and what the units promise."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .scripts import SYSTEMD, done, install, needs_bash, refused, settings, tree
from .test_units import SYSTEM_UNITS, needs_analyze

USER_UNITS = Path("usr/local/lib/systemd/user")
KIOSK = ("--kiosk", "--kiosk-user", "pi")


def with_desktop(root: Path) -> None:
    (root / "usr/bin").mkdir(parents=True)
    (root / "usr/bin/labwc").touch()


def test_without_a_desktop_cage_shows_it_and_with_one_the_desktop(root: Path) -> None:
    install(root, *KIOSK)
    wanted = root / "etc/systemd/user/default.target.wants/ishara-screen-cage.service"
    assert wanted.readlink() == Path("/") / USER_UNITS / "ishara-screen-cage.service"
    assert (root / USER_UNITS / "ishara-screen-cage.service").is_file()
    assert not (root / "etc/xdg").exists()
    with_desktop(root)
    install(root, *KIOSK)
    assert (root / "etc/xdg/autostart/ishara-screen.desktop").is_file()
    assert (root / USER_UNITS / "ishara-screen.service").is_file()
    assert not wanted.is_symlink()
    assert not (root / USER_UNITS / "ishara-screen-cage.service").exists()


def test_it_is_shown_to_its_user_only(root: Path) -> None:
    install(root, *KIOSK)
    drop_in = root / USER_UNITS / "ishara-screen-cage.service.d/user.conf"
    assert settings(drop_in) == {"ConditionUser": ["pi"]}
    assert drop_in.stat().st_mode & 0o777 == 0o644


def test_installing_it_twice_changes_nothing_and_what_is_not_wanted_goes(root: Path) -> None:
    install(root)
    plain = tree(root)
    install(root, *KIOSK)
    once = tree(root)
    assert " write " not in install(root, *KIOSK)
    assert tree(root) == once
    install(root)
    left = {path for path in tree(root) if path not in plain}
    assert all((root / path).is_dir() for path in left)


def test_uninstalling_leaves_nothing_of_it(root: Path) -> None:
    with_desktop(root)
    before = tree(root)
    install(root, *KIOSK)
    done("uninstall", "--root", root)
    left = set(tree(root)) - set(before)
    assert left == {"etc", "etc/ishara", "etc/ishara/ishara.toml"}


@needs_bash
def test_who_cannot_be_at_the_screen_is_refused(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SUDO_USER", raising=False)
    where = ("install", "--root", root, "--no-venv")
    before = tree(root)
    assert "--kiosk-user NAME" in refused(*where, "--kiosk")
    assert "Chromium does not run as root" in refused(*where, "--kiosk-user", "root")
    assert "no name of a user" in refused(*where, "--kiosk-user", "a b; rm")
    assert "--kiosk-user needs a name" in refused(*where, "--kiosk-user")
    assert tree(root) == before
    monkeypatch.setenv("SUDO_USER", "pi")
    assert install(root, "--kiosk")


@needs_bash
def test_the_kiosk_brings_its_pinned_library(tmp_path: Path) -> None:
    new = ("install", "--root", tmp_path / "root", "--python", sys.executable, "--dry-run")
    said = done(*new, *KIOSK)
    assert "/tmp/ishara-edge[kiosk]\n" in said
    assert f" -r {SYSTEMD}/lock/kiosk.txt\n" in said
    said = done(*new, *KIOSK, "--loopback")
    assert "/tmp/ishara-edge[metrics,kiosk]\n" in said
    assert "kiosk.txt" not in done(*new)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("DynamicUser", "yes"),
        ("Group", "ishara"),
        ("IPAddressDeny", "any"),
        ("IPAddressAllow", "localhost"),
        ("RestrictAddressFamilies", "AF_UNIX AF_INET AF_INET6"),
        ("PrivateDevices", "yes"),
        ("ProtectSystem", "strict"),
        ("ProtectHome", "yes"),
        ("CapabilityBoundingSet", ""),
        ("LimitCORE", "0"),
        ("MemorySwapMax", "0"),
    ],
)
def test_the_page_is_served_from_a_sandbox(key: str, value: str) -> None:
    assert settings(SYSTEMD / "kiosk/ishara-kiosk.service")[key] == [value]


@needs_analyze
def test_systemd_finds_no_fault_in_the_services(root: Path) -> None:
    install(root, *KIOSK)
    (root / "usr/lib/systemd/system").mkdir(parents=True)
    for target in SYSTEM_UNITS.glob("*.target"):
        shutil.copy(target, root / "usr/lib/systemd/system", follow_symlinks=False)
    shutil.copy(SYSTEM_UNITS / "modprobe@.service", root / "usr/lib/systemd/system")
    (root / "bin").mkdir()
    shutil.copy("/bin/kill", root / "bin/kill")
    command = ["systemd-analyze", f"--root={root}", "verify", "ishara-kiosk.service"]
    checked = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")


@needs_analyze
def test_the_exposure_of_the_page_is_low(root: Path) -> None:
    install(root, *KIOSK)
    command = ["systemd-analyze", f"--root={root}", "security", "--offline=yes"]
    command += ["--threshold=15", "--no-pager", "ishara-kiosk.service"]
    judged = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert judged.returncode == 0, judged.stdout + judged.stderr


@needs_bash
def test_the_browser_keeps_nothing_and_asks_nobody(tmp_path: Path) -> None:
    """With a stub for Chromium, and something that listens where the page would be."""
    (tmp_path / "chromium").write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    (tmp_path / "chromium").chmod(0o755)
    script = f"""
import os, socket, subprocess
with socket.create_server(("127.0.0.1", 0)) as server:
    page = "http://127.0.0.1:%d/?size=large" % server.getsockname()[1]
    environment = {{"XDG_RUNTIME_DIR": "{tmp_path}", "ISHARA_PAGE": page}}
    environment["PATH"] = "{tmp_path}:/usr/bin:/bin"
    subprocess.run(["bash", "{SYSTEMD}/kiosk/screen"], env=environment, check=True, timeout=30)
"""
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    said = ran.stdout.splitlines()
    assert said[:1] == ["--kiosk"]
    assert said[1].endswith("/?size=large")
    (profile,) = (line for line in said if line.startswith("--user-data-dir="))
    assert profile.startswith(f"--user-data-dir={tmp_path}/ishara-screen.")
    assert not list(tmp_path.glob("ishara-screen.*"))
    assert "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1" in said
    assert "--disable-background-networking" in said


@needs_bash
def test_a_screen_without_a_browser_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "bash").symlink_to(shutil.which("bash") or "")
    ran = subprocess.run(
        ["bash", str(SYSTEMD / "kiosk/screen")],
        env={"PATH": str(tmp_path)}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert ran.returncode == 78
    assert ran.stderr == "there is no Chromium: sudo apt install chromium\n"


def test_the_screen_shows_the_page_where_it_is_served() -> None:
    from edge.kiosk.serve import PORT

    text = (SYSTEMD / "kiosk/screen").read_text()
    assert re.findall(r"http://127\.0\.0\.1:(\d+)/", text) == [str(PORT)]
