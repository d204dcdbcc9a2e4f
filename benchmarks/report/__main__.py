"""Re-makes the report from its JSON."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.report import Report, remake


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.report", description=__doc__)
    parser.add_argument("file", type=Path, metavar="FILE.json")
    parser.add_argument("--out", type=Path, metavar="DIR", help="default: the folder of the JSON")
    options = parser.parse_args(arguments)
    try:
        report = Report.load(options.file)
    except (OSError, ValueError) as error:
        print(f"{options.file}: {error}", file=sys.stderr)
        return 2
    for path in remake(report, options.out or options.file.parent):
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
