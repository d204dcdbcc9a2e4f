"""What a client that never reads costs another: delay from publishing to reading, with and without.

    python benchmarks/slow_client.py [--stuck 1] [--seconds 20]

One process publishes partials at a camera's rate, twice; in the second run STUCK clients connect
and never read. The events are as long as those of a long segment, so that the kernel's buffers
fill and the server's own queue is what is measured.
"""

from __future__ import annotations

import argparse
import socket
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

from edge.publish import Hello, Server, from_hypothesis, listen
from edge.recognize import Char, Hypothesis

RATE = 30.0
TEXT = "a segment as long as people spell " * 4


def publish(server: Server, seconds: float) -> None:
    """Partials of one long segment after the other, each captured when it is published."""
    begin = time.monotonic()
    for n in range(round(seconds * RATE)):
        time.sleep(max(0.0, begin + n / RATE - time.monotonic()))
        now = time.monotonic()
        chars = tuple(Char(letter, now, now, 1.0) for letter in TEXT)
        kind = n % 10 == 9
        server.publish(from_hypothesis(Hypothesis(1 + n // 10, chars, 0, kind, now, now), now))


def delays(stuck: int, seconds: float) -> list[float]:
    """Milliseconds from each publishing to its reading by a client that reads."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "s"
        server = Server(path, lambda: Hello(version="0", source="-", live=True, bundle="-"))
        sleepers = []
        for _ in range(stuck):
            sleeper = socket.socket(socket.AF_UNIX)
            sleeper.connect(str(path))
            sleepers.append(sleeper)
        read: list[float] = []

        def reader() -> None:
            texts = (event for event in listen(path) if "captured" in event)
            read.extend(1000 * (time.monotonic() - event["captured"]) for event in texts)

        thread = threading.Thread(target=reader)
        thread.start()
        time.sleep(0.2)
        publish(server, seconds)
        server.close()
        thread.join()
        for sleeper in sleepers:
            sleeper.close()
    return read


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--stuck", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=20.0)
    options = parser.parse_args()
    print("| clients that never read | events | p50 | p95 | max, ms |\n|---|---|---|---|---|")
    for stuck in (0, options.stuck):
        ms = np.array(delays(stuck, options.seconds))
        p50, p95 = np.percentile(ms, (50, 95))
        print(f"| {stuck} | {len(ms)} | {p50:.2f} | {p95:.2f} | {ms.max():.2f} |", flush=True)


if __name__ == "__main__":
    main()
