"""Installing, and removing what was installed."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path

import pytest

from edge.config import Config, parse

from .scripts import (
    ALL,
    CHECKOUT,
    SYSTEMD,
    UNITS,
    done,
    install,
    needs_bash,
    refused,
    script,
    settings,
    tree,
)


def test_installing_twice_changes_nothing_more(root: Path) -> None:
    install(root, *ALL)
    once = tree(root)
    said = install(root, *ALL)
    assert tree(root) == once
    assert " write " not in said


def test_every_path_the_units_name_is_there(root: Path) -> None:
    install(root, *ALL)
    assert (root / "usr/local/bin/ishara").readlink() == Path("/opt/ishara/bin/ishara")
    named = set()
    for unit in [*(root / UNITS).rglob("*.service"), *(root / UNITS).rglob("*.conf")]:
        for values in settings(unit).values():
            named |= {
                path for value in values for path in re.findall(r"(?<![\w%])/\w[\w./-]*", value)
            }
    assert "/opt/ishara/bin/ishara" in named
    for path in named:
        if path in ("/etc/ishara/mqtt.env", "/v1"):  # the owner's, and none
            continue
        ours = path.startswith(("/opt/", "/srv/"))
        assert os.access(root / path[1:] if ours else path, os.X_OK), path


def test_what_is_installed_can_be_read_by_the_service(root: Path) -> None:
    mask = os.umask(0o077)
    try:
        install(root)
    finally:
        os.umask(mask)
    ours = (root / "usr/local/share/ishara/installed").read_text().splitlines()
    for path in [*(line[2:] for line in ours), "/etc/ishara", "/etc/ishara/ishara.toml"]:
        mode = (root / path[1:]).lstat().st_mode
        wanted = 0o755 if stat.S_ISDIR(mode) else 0o644
        assert stat.S_ISLNK(mode) or stat.S_IMODE(mode) == wanted, path


def test_the_configuration_is_the_defaults_and_then_the_owners(root: Path) -> None:
    install(root)
    file = root / "etc/ishara/ishara.toml"
    assert parse(file.read_text()) == Config()
    file.write_text("# mine\n")
    install(root)
    assert file.read_text() == "# mine\n"


def test_what_is_not_asked_for_is_not_there_and_goes_away(root: Path) -> None:
    install(root)
    plain = tree(root)
    assert not [
        path for path in plain if re.search(r"coral|loopback|\.socket$|ask|mqtt|type", path)
    ]
    install(root, *ALL)
    assert (root / UNITS / "ishara.service.d/coral.conf").is_file()
    install(root)
    left = {path for path in tree(root) if path not in plain}
    assert all((root / path).is_dir() for path in left)
    done("uninstall", "--root", root)
    assert not [path for path in left if (root / path).exists()]


def test_another_prefix_is_in_the_unit(root: Path) -> None:
    (root / "opt/ishara").rename(root / "opt/reader")
    install(root, "--prefix", "/opt/reader")
    (start,) = settings(root / UNITS / "ishara.service")["ExecStart"]
    assert start.startswith("/opt/reader/bin/ishara ")
    assert (root / "usr/local/bin/ishara").readlink() == Path("/opt/reader/bin/ishara")


def test_a_dry_run_says_everything_and_does_nothing(root: Path) -> None:
    before = tree(root)
    said = install(root, *ALL, "--dry-run")
    assert tree(root) == before
    install(root, *ALL)
    after = tree(root)
    for path in after.keys() - before.keys() - {"usr/local/share/ishara/installed"}:
        assert f" {root / path}\n" in said, path
    said = done("uninstall", "--root", root, "--purge", "--dry-run")
    assert tree(root) == after
    assert f"would: rm {root / UNITS / 'ishara.service'}\n" in said
    with tempfile.TemporaryDirectory() as empty:
        done("install", "--root", f"{empty}/new", "--python", sys.executable, "--dry-run")
        assert not Path(empty, "new").exists()


def test_uninstalling_leaves_the_configuration_and_nothing_else(root: Path) -> None:
    (root / "usr/local/bin").mkdir(parents=True)
    (root / "usr/local/bin/other").write_text("not ours")
    before = tree(root)
    install(root, *ALL)
    (root / "etc/ishara/ishara.toml").write_text("# mine\n")
    done("uninstall", "--root", root)
    left = {path: what for path, what in tree(root).items() if path not in before}
    assert set(left) == {"etc", "etc/ishara", "etc/ishara/ishara.toml"}
    assert (root / "etc/ishara/ishara.toml").read_text() == "# mine\n"
    assert {path: what for path, what in tree(root).items() if path in before} == before
    assert "not installed here" in done("uninstall", "--root", root, "--purge")
    assert set(tree(root)) == {*before, "etc"}


def test_a_unit_removed_by_hand_hinders_no_uninstalling(root: Path, tmp_path: Path) -> None:
    """With a systemctl that fails on what is not there, in mounts of its own: for root only."""
    for folder in ("usr/local", "etc"):  # not made by the installer: a mount cannot be removed
        (root / folder).mkdir(parents=True)
    install(root)
    (root / UNITS / "ishara.service").unlink()
    stub = tmp_path / "stub"
    stub.mkdir()
    (stub / "systemctl").write_text('#!/bin/sh\n[ "$1" != disable ]\n')
    (stub / "systemctl").chmod(0o755)
    inside = (
        f"mount --bind {root}/usr/local /usr/local && mount --bind {root}/etc /etc"
        f" && mount -t tmpfs none /run && mkdir -p /run/systemd/system || exit 77;"
        f" PATH={stub}:/usr/bin:/bin bash {SYSTEMD}/uninstall"
    )
    command = ["unshare", "--mount", "--propagation", "private", "sh", "-c", inside]
    if os.geteuid() or not shutil.which("unshare"):
        pytest.skip("mounting is not permitted")
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if ran.returncode == 77 or "unshare failed" in ran.stderr:
        pytest.skip("mounting is not permitted")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert not [path for path in (root / "usr/local").rglob("*") if path.is_file()]


def test_a_command_of_that_name_that_is_not_ours_stays(root: Path) -> None:
    other = root / "usr/local/bin/ishara"
    other.parent.mkdir(parents=True)
    other.write_text("somebody's")
    assert "stays" in install(root)
    done("uninstall", "--root", root)
    assert other.read_text() == "somebody's"


@needs_bash
def test_a_failed_install_can_be_uninstalled(tmp_path: Path) -> None:
    """The Python named makes a folder that is no virtual environment, and fails."""
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\n[ "$3" = venv ] || exit 0\nmkdir -p "$5" && exit 1\n')
    python.chmod(0o755)
    root = tmp_path / "root"
    assert script("install", "--root", root, "--python", python).returncode == 1
    assert (root / "opt/ishara").is_dir()
    (root / "opt/ishara/pyvenv.cfg").touch()
    done("uninstall", "--root", root)
    assert tree(root) == {}


@needs_bash
@pytest.mark.parametrize("camera", [True, False])
@pytest.mark.parametrize("saw_system", [True, False])
def test_the_venv_sees_the_systems_packages_where_picamera2_is(
    tmp_path: Path, camera: bool, saw_system: bool
) -> None:
    """One made before picamera2 was installed, or after it went, is made again."""
    python = tmp_path / "python"
    missing = "" if camera else 'case "$3" in *picamera2*) exit 1 ;; esac'
    python.write_text(f"#!/bin/sh\n{missing}\n")
    python.chmod(0o755)
    venv = tmp_path / "root/opt/ishara"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin/python").symlink_to(python)
    (venv / "pyvenv.cfg").write_text(f"include-system-site-packages = {saw_system}\n".lower())
    said = done("install", "--root", tmp_path / "root", "--python", python, "--dry-run")
    (made,) = [line for line in said.splitlines() if " -m venv " in line]
    assert ("--system-site-packages" in made) == camera
    assert ("--clear" in made) == (camera != saw_system)
    assert "[metrics]" not in said


@needs_bash
def test_the_loopback_brings_prometheus_client_library(tmp_path: Path) -> None:
    new = ("install", "--root", tmp_path / "root", "--python", sys.executable, "--dry-run")
    said = done(*new, "--loopback")
    assert "/tmp/ishara-edge[metrics]\n" in said
    assert f" -r {SYSTEMD}/lock/metrics.txt\n" in said
    assert "metrics.txt" not in done(*new)


@needs_bash
def test_the_extras_that_options_need_are_installed(tmp_path: Path) -> None:
    new = ("install", "--root", tmp_path / "root", "--python", sys.executable, "--dry-run")
    assert "/tmp/ishara-edge\n" in done(*new, "--ask", "--type")
    assert "/tmp/ishara-edge[mqtt]\n" in (said := done(*new, "--mqtt"))
    assert f" -r {SYSTEMD}/lock/mqtt.txt\n" in said
    assert "/tmp/ishara-edge[metrics,mqtt]\n" in done(*new, "--mqtt", "--loopback")


def test_documents_that_are_there_stay(root: Path) -> None:
    install(root, "--ask")
    (root / "srv/ishara/documents/pool.md").write_text("# Pool")
    install(root)
    assert not (root / UNITS / "ishara-ask.service").exists()
    done("uninstall", "--root", root, "--purge")
    assert (root / "srv/ishara/documents/pool.md").read_text() == "# Pool"


@needs_bash
def test_a_prefix_that_cannot_be_is_refused(root: Path) -> None:
    (root / "opt/full").mkdir()
    (root / "opt/full/precious").touch()
    wrong = {
        "/home/pi/ishara": "cannot see",
        "/opt/a b": "only letters",
        "/opt/full": "something else",
    }
    before = tree(root)
    for prefix, said in wrong.items():
        line = refused("install", "--root", root, "--python", sys.executable, "--prefix", prefix)
        assert said in line
    assert "there is no" in refused("install", "--root", root, "--no-venv", "--prefix", "/opt/full")
    assert tree(root) == before


@needs_bash
def test_a_python_that_cannot_be_is_refused(tmp_path: Path) -> None:
    def python(body: str) -> Path:
        path = tmp_path / "python"
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
        return path

    where = ("--root", tmp_path / "root", "--python")
    assert "sudo apt install python3" in refused("install", *where, tmp_path / "none")
    old = python('[ "$1" = --version ] && echo Python 3.9.2; exit 1')
    assert "3.11 to 3.13" in refused("install", *where, old)
    bare = python('case "$3" in *venv*) exit 1 ;; esac')
    assert "sudo apt install python3-venv" in refused("install", *where, bare)
    assert not (tmp_path / "root").exists()


@needs_bash
def test_bad_options_are_refused() -> None:
    assert "unknown option --corral" in refused("install", "--corral")
    assert "--root needs a path" in refused("install", "--root")
    assert "leave it out" in refused("uninstall", "--root", "/")


@pytest.fixture
def public() -> Iterator[Path]:
    """The scripts where every user can read them."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(SYSTEMD, Path(folder) / "systemd")
        subprocess.run(["chmod", "-R", "a+rX", folder], check=True)
        yield Path(folder) / "systemd"


@needs_bash
@pytest.mark.parametrize("name", ["install", "uninstall"])
def test_only_root_may_change_the_system(public: Path, name: str) -> None:
    command = ["bash", str(public / name)]
    nobody = 65534 if os.geteuid() == 0 else None
    ran = subprocess.run(command, capture_output=True, text=True, user=nobody, check=False)
    assert ran.returncode == 1
    assert ran.stderr == f"{name}: only root may do this: sudo systemd/{name}\n"


def test_the_installer_copies_all_that_is_packaged() -> None:
    copied = re.search(r'"\$checkout"/\{([^}]+)\}', (SYSTEMD / "install").read_text())
    assert copied is not None
    setup = ConfigParser()
    setup.read(CHECKOUT / "setup.cfg")
    packaged = [setup["metadata"]["license_files"], "README.md", "pyproject.toml", "setup.cfg"]
    # The data of the package are links, which lead into another folder of the checkout.
    links = [path for path in (CHECKOUT / "edge/data").iterdir() if path.is_symlink()]
    packaged += [str(path.resolve().relative_to(CHECKOUT)) for path in links]
    for path in packaged:
        assert path.split("/")[0] in copied[1].split(","), path
