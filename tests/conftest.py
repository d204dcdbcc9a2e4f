"""What several tests need: the weights, and a process started as a user would start it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from edge.landmarks import derived, weights
from tests import fault_report
from tests.clients import Serve

# A deadline measures the machine: a busy one misses it. The same examples at each run; `make
# test-random` draws others, and more of them.
settings.register_profile("fixed", deadline=None, derandomize=True)
settings.register_profile("random", deadline=None, max_examples=1000)
settings.load_profile(os.environ.get("ISHARA_HYPOTHESIS", "fixed"))

MARKERS = {
    "pi": "needs a Raspberry Pi with a camera; run with -m pi",
    "quiet": "measures time: needs a machine that does nothing else; run with -m quiet",
}

Ishara = Callable[..., "subprocess.Popen[str]"]
Record = Callable[..., None]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fault-report", metavar="FILE", help="write what was seen of faults as JSON")


def pytest_configure(config: pytest.Config) -> None:
    for name, meaning in MARKERS.items():
        config.addinivalue_line("markers", f"{name}: {meaning}")
    config.addinivalue_line("markers", "fault(kind, fault, promise): a row of the fault table")
    file = config.getoption("--fault-report")
    if file and not hasattr(config, "workerinput"):  # pytest-xdist's workers write none
        config.pluginmanager.register(fault_report.FaultReport(Path(file)))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.option.markexpr:
        items[:] = [item for item in items if not MARKERS.keys() & set(item.keywords)]
    for item in items:
        fault_report.mark(item)


@pytest.fixture
def record(request: pytest.FixtureRequest) -> Record:
    """Writes a row of the fault report: what was done, what is promised, what was seen."""

    def write(fault: str, promise: str, figure: str, kind: str = "") -> None:
        fault_report.add(request.node, fault, promise, figure, kind)
        print(f"{fault}: {figure}")

    return write


@pytest.fixture(scope="session")
def landmark_weights() -> None:
    absent = [name for name, state in (*weights.check(), *derived.check()) if state != "ok"]
    if absent:
        pytest.skip(f"landmark weights not fetched: {', '.join(absent)} (ishara models fetch)")


@pytest.fixture(scope="session")
def holistic_weights(landmark_weights: None) -> None:
    """Those of the holistic tracker too."""
    found = (*weights.check("holistic"), *derived.check("holistic"))
    if absent := [name for name, state in found if state != "ok"]:
        pytest.skip(f"landmark weights not fetched: {', '.join(absent)} (ishara models fetch)")


@pytest.fixture
def ishara(tmp_path: Path) -> Iterator[Ishara]:
    """Starts ``ishara ARGUMENTS`` with a runtime directory of its own; ends it after the test."""
    started: list[subprocess.Popen[str]] = []
    runtime = tmp_path / "run"
    runtime.mkdir(mode=0o700, exist_ok=True)
    environment = {**os.environ, "XDG_RUNTIME_DIR": str(runtime), "XDG_CONFIG_HOME": str(tmp_path)}
    environment.pop("RUNTIME_DIRECTORY", None)

    def start(*arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "edge", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    started = Serve(tmp_path)
    yield started
    started.close()
