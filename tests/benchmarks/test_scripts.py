"""The scripts run as files, from any folder, and as modules."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
SCRIPTS = (
    "benchmark", "clients", "contact_sheet", "finding", "landmark_parity", "signer_check", "soak",
    "whole_path", "worst_client",
)  # fmt: skip


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_runs_from_any_folder(name: str, tmp_path: Path) -> None:
    script = CHECKOUT / "benchmarks" / f"{name}.py"
    done = subprocess.run(
        [sys.executable, script, "--help"], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("usage:")


def test_the_benchmark_runs_as_a_module_too() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.benchmark", "--help"],
        cwd=CHECKOUT, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "at least one of each" in " ".join(done.stdout.split())


@pytest.mark.parametrize("wrong", [["nothing"], ["stages", "--seconds", "0"]])
def test_wrong_arguments_are_a_usage_error(wrong: list[str]) -> None:
    script = CHECKOUT / "benchmarks" / "benchmark.py"
    done = subprocess.run([sys.executable, script, *wrong], capture_output=True, text=True)
    assert done.returncode == 2
    assert "none of stages" in done.stderr or "0 is not above 0" in done.stderr
