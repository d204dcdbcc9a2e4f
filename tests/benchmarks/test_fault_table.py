"""The fault table: rows by kind, what failed and what was not run, the same fault in one row."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

from benchmarks.faults.__main__ import table
from benchmarks.faults.kinds import KINDS
from tests.fault_report import PROPERTY, FaultReport


def row(
    fault: str, outcome: str = "passed", figure: str = "", kind: str = "files", promise: str = "p"
) -> dict[str, str]:
    return {
        "kind": kind, "fault": fault, "promise": promise, "figure": figure, "outcome": outcome
    }  # fmt: skip


def test_rows_are_by_kind_and_faults_of_one_promise_share_one() -> None:
    lines = table(
        [
            row("a FIFO"), row("a FIFO"), row("a folder"),
            row("a|b", "failed", promise="q"), row("mounts", "skipped", "needs root", promise="r"),
            *(row("frozen", figure=f"after {s} s", kind="camera") for s in (1, 2)),
            row("black", figure="after 3 s", kind="camera"),
        ]
    ).splitlines()  # fmt: skip
    assert "6 faults injected into the real process, 1 failed, 1 not run here." in lines[0]
    headings = [line for line in lines if line.startswith("## ")]
    assert headings == [f"## {KINDS['camera']}", f"## {KINDS['files']}"]
    assert "| a FIFO<br>a folder | p | passed |" in lines
    assert "| frozen<br>black | p | after 1 s; after 2 s<br>after 3 s |" in lines
    assert "| a\\|b | q | **failed** |" in lines
    assert "| mounts | r | not run here: needs root |" in lines


def report(when: str, outcome: str, *rows: dict[str, str], why: str = "") -> SimpleNamespace:
    return SimpleNamespace(
        when=when, outcome=outcome, passed=outcome == "passed", nodeid="tests/test_it.py::it",
        user_properties=[("kind", "files"), *((PROPERTY, each) for each in rows)],
        longrepr=("file", 1, f"Skipped: {why}") if why else None,
    )  # fmt: skip


def test_a_report_has_what_failed_and_what_was_skipped(tmp_path: Path) -> None:
    made = {"kind": "files", "fault": "a FIFO", "promise": "refused", "figure": ""}
    plugin = FaultReport(tmp_path / "report.json")
    for each in (
        report("setup", "passed", made), report("call", "passed", made),
        report("teardown", "passed", made), report("setup", "skipped", made, why="needs root"),
        report("call", "failed"),
    ):  # fmt: skip
        plugin.pytest_runtest_logreport(each)  # type: ignore[arg-type]
    plugin.pytest_sessionfinish()
    found = json.loads((tmp_path / "report.json").read_text())
    assert [(each["fault"], each["figure"], each["outcome"]) for each in found] == [
        ("a FIFO", "", "passed"),
        ("a FIFO", "needs root", "skipped"),
        ("tests/test_it.py::it", "", "failed"),
    ]
