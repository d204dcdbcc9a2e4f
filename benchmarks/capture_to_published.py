"""How old a text event is when it is published: `age_ms` of every event, in real time.

    python benchmarks/capture_to_published.py

Starts ``ishara run`` with the signer at 30 frames a second, as a user would. The signer is drawn
on the same machine, which a camera would not ask of it.
"""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np

SIGNERS = 4
TEXT = "quick brown fox jumps"


def main() -> None:
    ages: list[float] = []
    dropped = 0
    for seed in range(SIGNERS):
        source = f"signer:{TEXT}?seed={seed}"
        run = [sys.executable, "-m", "edge", "run", "--source", source, "--once", "--json"]
        done = subprocess.run(run, stdout=subprocess.PIPE, text=True, check=True)
        events = [json.loads(line) for line in done.stdout.splitlines()]
        # A final that no frame brings about, at the end of the source, has the last frame's age.
        ages += [event["age_ms"] for event in events if event["type"] == "partial"]
        dropped += max(event["dropped"] for event in events if event["type"] == "state")
    p50, p95 = np.percentile(ages, (50, 95))
    print("| events | p50 | p95 | max, ms | frames dropped |\n|---|---|---|---|---|")
    print(f"| {len(ages)} | {p50:.1f} | {p95:.1f} | {max(ages):.1f} | {dropped} |")


if __name__ == "__main__":
    main()
