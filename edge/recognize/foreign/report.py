"""What ``ishara models`` says of a foreign bundle."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from edge import runtime
from edge.errors import ConfigError
from edge.recognize.foreign.folder import ForeignBundle, examine, load
from edge.recognize.foreign.model import QUESTIONS, ForeignModel
from edge.recognize.listing import characters, line, operators

Report = dict[str, Any]
KIND = "foreign"


def check(folder: Path, complain: Callable[[str], object]) -> Report | None:
    """The report of a bundle that will run; None where it will not.

    Args:
        complain: gets one line about each thing that is wrong.

    Raises:
        Shortage: the system lacks something now.
    """
    bundle = examine(folder, complain)
    if bundle is None:
        return None
    try:
        return _report(bundle)
    except ConfigError as error:
        complain(str(error).removeprefix(f"bundle {folder}: "))
        return None


def inspect(folder: Path) -> Report:
    """The report of the foreign bundle in ``folder``.

    Raises:
        ConfigError: it will not run.
    """
    return _report(load(folder))


def _report(bundle: ForeignBundle) -> Report:
    model = ForeignModel(bundle)
    frames = model.frames or QUESTIONS[-1]
    rows = np.random.default_rng(0).random((frames, len(bundle.columns.names)), np.float32)
    began = time.process_time()
    model.read(rows)
    spent_ms = 1000 * (time.process_time() - began)
    parts = bundle.columns.parts
    return {
        "name": bundle.name, "folder": str(bundle.folder), "kind": KIND,
        "columns": len(bundle.columns.names), "parts": bundle.columns.counts,
        "missing": "0" if bundle.columns.missing == 0 else "NaN",
        "holistic": parts.holistic, "alphabet": bundle.alphabet,
        "model": bundle.model.path.name, "bytes": len(bundle.model.data),
        "sha256": bundle.sha256, "frames": model.frames,
        "placeholders": sorted(model.placeholders - {""}),
        "milliseconds": round(spent_ms, 1), "of_frames": frames,
        "operators": operators(runtime.load(bundle.model)),
    }  # fmt: skip


def lines(report: Report) -> Iterator[str]:
    """The report for people."""
    yield f"{report['name']} (a model of others: {KIND}) in {report['folder']}"
    yield line("reads", characters(report["alphabet"]))
    parts = ", ".join(f"{part} {count}" for part, count in report["parts"].items())
    yield line("takes", f"{report['columns']} columns ({parts}), {report['missing']} for missing")
    yield line("frames", f"{report['frames']} at once" if report["frames"] else "any number")
    how = "the holistic tracker" if report["holistic"] else "the hand tracker"
    yield line("landmarks", f"by {how}")
    size = f"{report['bytes'] / 1e6:.2f} MB"
    yield line("model", f"{report['model']}, {size}, SHA-256 {report['sha256'][:12]}...")
    time_ms = f"{report['milliseconds']:.0f} ms of processor time"
    yield line("speed", f"{time_ms} for {report['of_frames']} frames, here")
    said = ", ".join(map(repr, report["placeholders"])) or "nothing"
    yield line("to nothing", f"it says {said}, which is never published")
    if report["operators"] is None:
        yield line("operators", "this TFLite runtime does not list them")
    else:
        yield line("operators", ", ".join(f"{k} {n}" for k, n in report["operators"].items()))
