"""A Markdown table of a fault report: ``python -m benchmarks.faults REPORT.json``."""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Iterable
from pathlib import Path

from benchmarks.faults.kinds import KINDS

Row = dict[str, str]


def table(found: list[Row]) -> str:
    """``found`` as ``pytest -m fault --fault-report FILE`` writes it, a table for each kind.

    Faults of one promise share a row; where one figure is for all of them, it stands once.
    """
    board = Path("/proc/device-tree/model")
    machine = board.read_text().strip("\0") if board.exists() else "not on a Raspberry Pi"
    lines = [f"Measured on {platform.machine()}, {machine}. {summary(found)}"]
    for kind, heading in KINDS.items():
        promises: dict[str, dict[str, list[Row]]] = {}
        for row in found:
            if row["kind"] == kind:
                promises.setdefault(row["promise"], {}).setdefault(row["fault"], []).append(row)
        if promises:
            lines += ["", f"## {heading}", "", "| fault | promise | measured |", "|---|---|---|"]
        for promise, faults in promises.items():
            figures = [figure(rows) for rows in faults.values()]
            seen = figures[:1] if len(set(figures)) == 1 else figures
            lines.append(f"| {cell(faults)} | {cell([promise])} | {cell(seen)} |")
    return "\n".join(lines)


def summary(found: list[Row]) -> str:
    """How many faults were injected, and how many of them failed or could not be."""
    outcomes: dict[tuple[str, str], set[str]] = {}
    for row in found:
        outcomes.setdefault((row["kind"], row["fault"]), set()).add(row["outcome"])
    failed = sum("failed" in each for each in outcomes.values())
    skipped = sum(each == {"skipped"} for each in outcomes.values())
    return (
        f"{len(outcomes)} faults injected into the real process, {failed} failed"
        f"{f', {skipped} not run here' if skipped else ''}."
    )


def figure(rows: list[Row]) -> str:
    """What was seen in all tests of one fault."""
    outcomes = [row["outcome"] for row in rows]
    if "failed" in outcomes:
        return "**failed**"
    seen = list(dict.fromkeys(row["figure"] for row in rows if row["outcome"] == "passed"))
    if not seen:
        return f"not run here: {rows[0]['figure']}"
    return "; ".join(seen) if any(seen) else "passed"


def cell(lines: Iterable[str]) -> str:
    return "<br>".join(line.replace("|", "\\|").replace("\n", " ") for line in lines)


if __name__ == "__main__":
    print(table(json.loads(Path(sys.argv[1]).read_text())))
