"""What the tests of faults saw, as JSON: ``pytest -m fault --fault-report FILE``.

A test of a fault is marked ``fault(kind, fault, promise)``, which gives a row of the report, or
only ``fault(kind)`` where it writes rows with figures itself, with the fixture `record`. In the
text of ``fault``, ``{name}`` is the parameter of that name.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.faults.kinds import KINDS

PROPERTY = "fault"


def kind_of(item: pytest.Item) -> str:
    """The kind of fault that ``item`` tests.

    Raises:
        pytest.UsageError: it names none, or one that the table does not have.
    """
    marker = item.get_closest_marker("fault")
    kind = marker.args[0] if marker else ""
    if kind not in KINDS:
        raise pytest.UsageError(f"{item.nodeid}: no kind of fault: {kind!r}")
    return str(kind)


def mark(item: pytest.Item) -> None:
    """Give the report of ``item`` the rows that its markers name."""
    for marker in item.iter_markers("fault"):
        if not item.user_properties:
            item.user_properties.append(("kind", kind_of(item)))
        if len(marker.args) > 1:
            kind, fault, promise = marker.args
            parameters = getattr(item, "callspec", None)
            if parameters:
                fault = fault.format(**parameters.params)
            add(item, fault, promise, kind=kind)


def add(item: pytest.Item, fault: str, promise: str, figure: str = "", kind: str = "") -> None:
    row = {"kind": kind or kind_of(item), "fault": fault, "promise": promise, "figure": figure}
    item.user_properties.append((PROPERTY, row))


class FaultReport:
    """A plugin that writes the report at the end."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._rows: list[dict[str, Any]] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "teardown" or (report.when == "setup" and report.passed):
            return
        rows: list[Any] = [value for name, value in report.user_properties if name == PROPERTY]
        kinds = [value for name, value in report.user_properties if name == "kind"]
        if not rows and kinds and not report.passed:  # before it came to its rows
            rows = [{"kind": kinds[0], "fault": report.nodeid, "promise": "", "figure": ""}]
        for row in rows:
            why = report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
            figure = row["figure"] or why.removeprefix("Skipped: ")
            self._rows.append({**row, "figure": figure, "outcome": report.outcome})

    def pytest_sessionfinish(self) -> None:
        self._file.write_text(json.dumps(self._rows, indent=1) + "\n")
