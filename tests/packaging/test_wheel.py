"""The wheel: what it holds, and that the program in it runs where pip puts it."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import zipfile
from email.parser import Parser
from importlib.metadata import version
from pathlib import Path

import pytest

import edge

CHECKOUT = Path(__file__).parents[2]
BUNDLE = "ishara-stream"


def pip(*arguments: str | Path) -> None:
    command = [sys.executable, "-m", "pip", *map(str, arguments), "--no-index", "--no-deps"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not importlib.util.find_spec("pip"):
        pytest.skip("no pip in this environment to build the wheel with")
    found = importlib.util.find_spec("setuptools") and version("setuptools")
    if not found or tuple(map(int, found.split(".")[:2])) < (70, 1):
        pytest.skip(f"the wheel is built with setuptools 70.1 or later, here is {found or 'none'}")
    # The build leaves folders beside the sources, so it gets a copy of them.
    source = tmp_path_factory.mktemp("source")
    for name in ("edge", "models"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(CHECKOUT / name, source / name, symlinks=True, ignore=ignored)
    for name in ("README.md", "LICENSE", "pyproject.toml", "setup.cfg"):
        shutil.copy(CHECKOUT / name, source)
    folder = tmp_path_factory.mktemp("wheel")
    pip("wheel", "--quiet", "--no-build-isolation", "--wheel-dir", folder, source)
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def content(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_it_holds_every_module_and_nothing_of_the_other_folders(content: dict[str, bytes]) -> None:
    code = {name for name in content if not name.startswith("edge/data/")}
    info = {name for name in code if ".dist-info/" in name}
    modules = {str(file.relative_to(CHECKOUT)) for file in (CHECKOUT / "edge").rglob("*.py")}
    page = (CHECKOUT / "edge/kiosk/page").rglob("*.*")
    tables = (file for file in (CHECKOUT / "edge/ask").glob("*.*") if file.suffix != ".py")
    modules |= {str(file.relative_to(CHECKOUT)) for file in (*page, *tables)}
    assert code - info == {*modules, "edge/py.typed"} - {"edge/data/__init__.py"}


def test_its_data_are_those_of_the_checkout_and_no_weights(content: dict[str, bytes]) -> None:
    data = {
        name.removeprefix("edge/data/"): value
        for name, value in content.items()
        if name.startswith("edge/data/") and not name.endswith(".py")
    }
    models = CHECKOUT / "models"
    expected = ["landmarks.toml", "landmark_ranges.toml"]
    expected += [str(file.relative_to(models)) for file in models.glob("bundles/*/*")]
    expected += [str(file.relative_to(models)) for file in models.glob("lexicons/*")]
    assert data == {name: (models / name).read_bytes() for name in expected}
    assert f"bundles/{BUNDLE}/model.tflite" in data


def test_its_version_is_that_of_the_package(wheel: Path, content: dict[str, bytes]) -> None:
    (metadata,) = (value for name, value in content.items() if name.endswith("/METADATA"))
    assert Parser().parsestr(metadata.decode())["Version"] == edge.__version__
    assert wheel.name.startswith(f"ishara_edge-{edge.__version__}-")
    changes = (CHECKOUT / "CHANGELOG.md").read_text()
    assert f"## [{edge.__version__}]" in changes


def test_it_reads_where_pip_puts_it_for_a_target(
    wheel: Path, landmark_weights: None, tmp_path: Path
) -> None:
    target = tmp_path / "target"
    pip("install", "--quiet", "--target", target, wheel)
    environment = {**os.environ, "PYTHONPATH": str(target), "XDG_CONFIG_HOME": str(tmp_path)}

    def python(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    used = python("-c", "from edge import resources; print(resources.models())")
    assert used.stdout.strip() == str(target / "edge/data")
    source = ["--source", "signer:hi?pace=0", "--socket", str(tmp_path / "s")]
    ran = python("-m", "edge", "run", "--once", "--print", *source)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines()[-1].endswith("hi")
