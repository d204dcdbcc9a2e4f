"""Prints the comparison as Markdown; ``--json FILE`` keeps the samples."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.baselines.comparison import DATA, compare


def markdown(found: dict[str, Any]) -> str:
    """Two tables, who was skipped, and the remarks."""
    machine = found["machine"]
    lines = [
        f"{machine['architecture']}, {machine['cpu']}, core {machine['core']} of "
        f"{machine['cores']}, {found['rounds']} rounds."
        f"{'' if machine['raspberry_pi'] else ' Not a Raspberry Pi: trust the ratios alone.'}\n",
        "| ours over theirs | ours | theirs | median | least-greatest | n |",
        "|---|---|---|---|---|---|",
    ]
    for pair in found["pairs"]:
        if pair["ratios"]:
            low, high = f"{pair['low']:.3g}", f"{pair['high']:.3g}"
            cells = f"{pair['median']:.3g} | {low}-{high} | {len(pair['ratios'])} |"
            lines.append(f"| {pair['name']} | {pair['ours']} | {pair['theirs']} | {cells}")
    lines += ["\n| figure | who | median | unit | n |", "|---|---|---|---|---|"]
    for entry in sorted(found["baselines"], key=lambda entry: str(entry["what"])):
        if samples := entry["samples"]:
            cells = f"{np.median(samples):.4g} | {entry['unit']} | {len(samples)} |"
            lines.append(f"| {entry['what']} | {entry['name']} | {cells}")
    skipped = [entry for entry in found["baselines"] if entry["skipped"]]
    lines += ["", *(f"- {entry['name']}: skipped: {entry['skipped']}" for entry in skipped)]
    lines += [f"- {remark}" for remark in found["remarks"]]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.baselines", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="its video folder has real clips")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, help="as many rounds as fit, at least one")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error("--rounds must be at least 1")
    found = compare(options.data, options.rounds, seconds=options.seconds)
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(markdown(found))


if __name__ == "__main__":
    main()
