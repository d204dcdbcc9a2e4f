"""Writes a recording of landmarks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge import new_file
from edge.errors import Shortage, clear, first_line
from edge.recording.layout import COLUMNS, FRAME, PARTS, SEQUENCE, About, FoundParts, columns_of
from edge.recording.parquet import pyarrow

ROWS = 5000
"""Frames that are written at once: three minutes of a camera. Each time costs 0.1 MB of description
of the columns; the frames that wait have 3 MB of hands, 33 MB with all parts."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    sequence: int
    frame: int
    parts: FoundParts


class Writer:
    """A new file that only its owner may read. It can be read once it was closed.

    Attributes:
        rows: frames that were added.
    """

    def __init__(self, path: Path | str) -> None:
        """
        Raises:
            UserError: it cannot be made, or is there already; no pyarrow.
        """
        self._arrow = pyarrow()
        self._parquet = pyarrow("pyarrow.parquet")
        self._path = path
        self.rows = 0
        self._times: list[float] = []
        self._waiting: list[_Waiting] = []
        schema = [(SEQUENCE, self._arrow.int64()), (FRAME, self._arrow.int32())]
        schema += [(name, self._arrow.float32()) for name in COLUMNS]
        self._schema = self._arrow.schema(schema)
        self._file = os.fdopen(new_file.create(path), "wb")
        self._writer: Any = self._parquet.ParquetWriter(
            self._file, self._schema, write_statistics=False
        )

    def add(self, sequence: int, frame: int, time: float, parts: FoundParts) -> None:
        """Add a frame.

        Args:
            sequence: from 0; does not fall.
            frame: number in its sequence, ascending, below 2^31.
            time: seconds of its capture, on any time line.
            parts: what was found; `edge.recording.layout`.

        Raises:
            Shortage: it cannot be written any more.
        """
        self._times.append(time)
        self._waiting.append(_Waiting(sequence, frame, parts))
        self.rows += 1
        if len(self._waiting) >= ROWS:
            self._flush()

    def close(self, size: tuple[int, int]) -> None:
        """End the file; may be called more than once.

        Args:
            size: (width, height) of the pictures in pixels.

        Raises:
            Shortage: it cannot be written any more.
        """
        if self._file.closed:
            return
        try:
            self._flush()
            times = np.array(self._times, np.float64)
            about = About(size, times - times[0] if len(times) else times)
            with _writing(self._path):
                self._writer.add_key_value_metadata(about.metadata())
                self._writer.close()
                self._file.close()
        finally:
            with suppress(OSError):
                self._file.close()

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        nothing = np.full(len(waiting), np.nan, np.float32)
        columns: dict[str, NDArray[Any]] = {
            SEQUENCE: np.array([row.sequence for row in waiting], np.int64),
            FRAME: np.array([row.frame for row in waiting], np.int32),
        }
        for part, count in PARTS.items():
            if not any(part in row.parts for row in waiting):
                continue
            absent = np.full((count, 3), np.nan, np.float32)
            points = np.stack([row.parts.get(part, absent) for row in waiting])
            for n, names in enumerate(columns_of(part)):
                for axis, name in enumerate(names):
                    columns[name] = points[:, n, axis]
        arrays = [self._arrow.array(columns.get(name, nothing)) for name in self._schema.names]
        with _writing(self._path):
            self._writer.write_table(self._arrow.Table.from_arrays(arrays, schema=self._schema))


@contextmanager
def _writing(path: Path | str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        name = clear(str(path))
        raise Shortage(f"{name} cannot be written any more: {first_line(error)}") from error
