"""A Markdown table of a fault report: ``python -m benchmarks.faults REPORT.json``."""

from __future__ import annotations

import json
import platform
import sys
from pathlib import Path


def table(found: list[dict[str, str]]) -> str:
    """``found`` as ``pytest tests/faults --fault-report FILE`` writes it."""
    board = Path("/proc/device-tree/model")
    machine = board.read_text().strip("\0") if board.exists() else "not on a Raspberry Pi"
    rows = [f"| {row['fault']} | {row['promise']} | {row['figure']} |" for row in found]
    head = ["| fault | promise | measured |", "|---|---|---|"]
    return "\n".join([f"Measured on {platform.machine()}, {machine}.", "", *head, *rows])


if __name__ == "__main__":
    print(table(json.loads(Path(sys.argv[1]).read_text())))
