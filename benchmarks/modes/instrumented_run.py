"""Runs ``ishara`` as its command line does, and notes when each frame came and was recognised.

    python -m benchmarks.modes.instrumented_run OUT.json SECONDS run --source ...

The socket has texts, not frames. This notes in the same process when each frame arrived and when
it was recognised, at a few microseconds a frame, and writes them to a file at the end. With
SECONDS above 0 the landmark stage sleeps that long for each frame.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from edge import cli
from edge.camera.frame import Frame
from edge.pipeline.slot import Slot
from edge.pipeline.statistics import PipelineStatistics


def instrument(given: list[Any], done: list[Any], slow: float) -> None:
    """Note (index, captured, given) of each frame, and (captured, recognised, hand)."""
    put, take, frame = Slot.put, Slot.take, PipelineStatistics.add_frame

    def noted_put(slot: Slot[Any], item: Any) -> None:
        if isinstance(item, Frame):
            given.append((item.index, item.captured, time.monotonic()))
        put(slot, item)

    def slowed_take(slot: Slot[Any], timeout: float | None = None) -> Any:
        item = take(slot, timeout)
        if isinstance(item, Frame):
            time.sleep(slow)
        return item

    def noted_frame(
        statistics: PipelineStatistics, captured: float, now: float, hand: bool
    ) -> None:
        done.append((captured, now, hand))
        frame(statistics, captured, now, hand)

    Slot.put, PipelineStatistics.add_frame = noted_put, noted_frame  # type: ignore[method-assign]
    if slow:
        Slot.take = slowed_take  # type: ignore[method-assign]


def main() -> int:
    out, slow, *arguments = sys.argv[1:]
    given: list[Any] = []
    done: list[Any] = []
    instrument(given, done, float(slow))
    try:
        return cli.main(arguments)
    finally:
        Path(out).write_text(json.dumps({"given": given, "done": done}), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
