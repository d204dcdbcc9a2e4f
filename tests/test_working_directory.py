"""No Python that is started here takes anything from the working directory."""

from __future__ import annotations

import ast
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edge import proof
from edge.errors import ConfigError, UserError
from edge.files import Contents
from edge.landmarks import download
from edge.landmarks.origin import Origin
from edge.recognize.accelerator import AcceleratorProcess, Unusable
from edge.recognize.bundle import load
from edge.recognize.delegate import probe
from edge.recognize.hand_features import WIDTH
from tests.clients import eventually
from tests.faults.accelerated import bundle
from tests.hostile import NAMES, Hostile
from tests.systemd.scripts import SYSTEMD

EDGE = Path(download.__file__).parents[1]
ORIGIN = Origin("ishara-no-such==1.0", "manylinux2014_x86_64", "3.11")


@pytest.fixture
def hostile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hostile:
    made = Hostile(tmp_path / "hostile")
    monkeypatch.chdir(made.folder)
    return made


def test_a_python_that_trusts_it_would_run_what_lies_there(hostile: Hostile) -> None:
    subprocess.run([sys.executable, "-c", "import signal, venv"], check=False)
    assert {"signal", "venv"} <= set(hostile.ran.split()) <= set(NAMES)


@pytest.mark.fault(
    "directory",
    "the probe of an accelerator's library, PYTHONPATH={pythonpath!r}",
    "what lies there does not run",
)
@pytest.mark.parametrize("pythonpath", ["", ":", "."])
def test_the_probe_of_an_accelerators_library(
    hostile: Hostile, monkeypatch: pytest.MonkeyPatch, pythonpath: str
) -> None:
    monkeypatch.setenv("PYTHONPATH", pythonpath)
    assert "libm.so.6 cannot be loaded" in probe("libm.so.6")
    assert hostile.ran == ""


@pytest.mark.fault("directory", "an accelerator's process", "what lies there does not run")
def test_the_process_of_an_accelerator_finds_its_bundle_by_a_relative_path(
    hostile: Hostile, tmp_path: Path
) -> None:
    made = replace(load(bundle(tmp_path / "bundle")), folder=Path("../bundle"))
    process = AcceleratorProcess(made, "libnone-of-it")
    features = np.zeros(WIDTH, np.float32)
    with pytest.raises(Unusable, match="libnone-of-it"):
        eventually(lambda: process.step(features, forget=False) is not None, 60)
    process.end()
    assert hostile.ran == ""


@pytest.mark.parametrize("pythonpath", ["", ":", "."])
def test_the_process_in_which_a_model_is_tried(
    hostile: Hostile, monkeypatch: pytest.MonkeyPatch, pythonpath: str
) -> None:
    monkeypatch.setenv("PYTHONPATH", pythonpath)
    monkeypatch.syspath_prepend(str(hostile.folder))  # as after `python -m edge` there
    with pytest.raises(ConfigError, match="cannot be loaded"):
        proof.prove(Contents(Path("model"), b"no model"))
    assert hostile.ran == ""


@pytest.fixture
def unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    """No index is asked: nothing here needs the network."""
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")


@pytest.mark.fault("directory", "`ishara models fetch` with pip", "what lies there does not run")
@pytest.mark.usefixtures("unreachable")
def test_the_fetch_with_pip(hostile: Hostile, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="could not be downloaded"):
        download.download(ORIGIN, tmp_path)
    assert hostile.ran == ""


@pytest.mark.fault(
    "directory",
    "`ishara models fetch` without pip, PATH={path!r}",
    "what lies there does not run",
)
@pytest.mark.usefixtures("unreachable")
@pytest.mark.parametrize("path", ["", ":/none", ".", "../hostile"])
def test_the_fetch_without_pip(
    hostile: Hostile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(download.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setenv("PATH", path)
    with pytest.raises(UserError, match="could not be downloaded"):
        download.download(ORIGIN, tmp_path)
    assert hostile.ran == ""


@pytest.mark.fault(
    "directory",
    "`sudo systemd/install`, PYTHONPATH={pythonpath!r}",
    "what lies there does not run",
)
@pytest.mark.usefixtures("unreachable")
@pytest.mark.parametrize("pythonpath", ["", ":", "."])
def test_the_installer(
    hostile: Hostile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pythonpath: str
) -> None:
    """Without an index it gets as far as pip: the virtual environment is made."""
    monkeypatch.setenv("PYTHONPATH", pythonpath)
    monkeypatch.setenv("PYTHONSTARTUP", str(hostile.folder / "site.py"))
    root = tmp_path / "root"
    command = ["bash", str(SYSTEMD / "install"), "--root", str(root), "--python", sys.executable]
    said = subprocess.run([*command, "--dry-run"], capture_output=True, text=True, check=True)
    assert "Nothing was done." in said.stdout
    if not pythonpath:
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 1
        assert "No matching distribution found for" in done.stderr
        assert (root / "opt/ishara/bin/python").exists()
    assert hostile.ran == ""


def test_every_python_is_started_so() -> None:
    """``-m`` and ``-c`` search the working directory first, unless ``-P`` or ``-I`` is given."""
    starts = []
    for file in EDGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.List) and node.elts:
                words = [ast.unparse(word) for word in node.elts]
                if words[0] == "sys.executable":
                    starts.append(words[1])
    assert len(starts) >= 3
    assert set(starts) <= {"'-P'", "'-I'"}
    for name in ("install", "uninstall", "common.sh"):
        for line in (SYSTEMD / name).read_text().splitlines():
            for started in ('"$python" ', '"$tree/bin/python" '):
                if started in line and "--version" not in line:
                    assert f"{started}-I " in line or "command -v" in line, line
