"""Feeds what reads files and sockets with made-up inputs, and records what came of it.

python -m tests.fuzz --inputs 1000000 --seed 0 --out fuzz.json

``--target bundle --inputs 100000`` gives so many bundles to the child that tries them, and then to
the daemon; without being named, that target does not run.

Needs the fuzz extra (Atheris, x86-64). Every target has a process of its own, one after the
other; one that dies, hangs on an input or takes a gigabyte of memory is a finding.
"""

from __future__ import annotations

import argparse
import json
import math
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.fuzz.targets import TARGETS

Record = dict[str, Any]


def fuzz(name: str, inputs: int, seed: int) -> Record:
    """What a worker recorded for the target ``name``."""
    with tempfile.TemporaryDirectory() as folder:
        out, findings = Path(folder) / "record.json", Path(folder) / "findings"
        findings.mkdir()
        command = [sys.executable, "-m", "tests.fuzz.worker", name, str(inputs), str(seed)]
        command += [] if TARGETS[name].guided else ["--unguided"]
        done = subprocess.run(
            [*command, str(out), str(findings)],
            capture_output=True, text=True, errors="replace", check=False,
        )  # fmt: skip
        record: Record = {"target": name, "inputs": 0, "findings": []}
        if out.is_file():
            record = json.loads(out.read_text())
        if done.returncode or record["inputs"] < inputs:
            last_lines = (done.stderr.strip().splitlines() or ["nothing"])[-12:]
            what = f"the process ended ({done.returncode}) after {record['inputs']} inputs"
            if (number := Path(findings / "number")).is_file():
                what = f"the process ended ({done.returncode}) at input {number.read_text()}"
            record["findings"].append({"what": what, "where": name, "stderr": last_lines})
        return record


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--inputs", type=int, default=1_000_000, help="over all targets")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--target", choices=TARGETS, action="append", help="only these")
    parser.add_argument("--out", type=Path, help="record as JSON")
    args = parser.parse_args()
    names = args.target or [name for name, target in TARGETS.items() if target.usual]
    whole = sum(TARGETS[name].share for name in names)
    records = []
    for name in names:
        record = fuzz(name, math.ceil(args.inputs * TARGETS[name].share / whole), args.seed)
        records.append(record)
        print({k: v for k, v in record.items() if k != "findings"}, flush=True)
        for finding in record["findings"]:
            print("  FOUND", finding, flush=True)
    total = {
        "inputs": sum(record["inputs"] for record in records),
        "findings": sum(len(record["findings"]) for record in records),
        "seed": args.seed, "python": platform.python_version(), "machine": platform.machine(),
        "targets": records,
    }  # fmt: skip
    print(f"{total['inputs']} inputs, {total['findings']} findings")
    if args.out:
        args.out.write_text(json.dumps(total, indent=2) + "\n")
    return 1 if total["findings"] else 0


if __name__ == "__main__":
    sys.exit(main())
