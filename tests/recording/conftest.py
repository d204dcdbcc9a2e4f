"""Files in the layouts that others write."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from edge.recording.layout import COLUMNS

pytest.importorskip("pyarrow", reason="recordings need pyarrow")

import pyarrow
from pyarrow import parquet

Write = Callable[..., Path]
FRAMES = 5


def hand(seed: int) -> NDArray[np.float32]:
    """A hand of 21 points, another for each seed."""
    return np.random.default_rng(seed).random((21, 3)).astype(np.float32)


def wide(frames: int = FRAMES, parts: tuple[str, ...] = ("right_hand",)) -> dict[str, Any]:
    """The columns of the competition; all of ``parts`` are `hand` of the frame's number."""
    columns: dict[str, Any] = {
        "sequence_id": np.full(frames, 7, np.int64),
        "frame": np.arange(frames, dtype=np.int16),
    }
    for name in COLUMNS:
        axis, rest = name.split("_", 1)
        part, _, point = rest.rpartition("_")
        if part in parts:
            columns[name] = np.array(
                [hand(n)[int(point) % 21, "xyz".index(axis)] for n in range(frames)]
            )
        else:
            columns[name] = np.full(frames, np.nan, np.float32)
    return columns


def long(frames: int = FRAMES, parts: tuple[str, ...] = ("right_hand",)) -> dict[str, Any]:
    """The columns of the competition on isolated signs, the points of each frame shuffled."""
    rows: list[tuple[Any, ...]] = []
    for n in range(frames):
        points = [(n, part, k, *hand(n)[k].tolist()) for part in parts for k in range(21)]
        np.random.default_rng(n).shuffle(points)  # type: ignore[arg-type]
        rows += [
            (int(f), str(p), int(k), float(x), float(y), float(z)) for f, p, k, x, y, z in points
        ]
    names = ("frame", "type", "landmark_index", "x", "y", "z")
    return dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes columns as a parquet file."""

    def written(columns: dict[str, Any], name: str = "file.parquet", **options: Any) -> Path:
        path = tmp_path / name
        parquet.write_table(pyarrow.table(columns), path, **options)
        return path

    return written
