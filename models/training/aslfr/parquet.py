"""Landmark files: parquet, a row a frame, read in small pieces and only the columns asked for.

A file of the data set has some thousand sequences, 160,000 rows and 1,630 columns: 1 GB unpacked.
It holds about 1 MB a column (a page and its dictionary), however long a file or a row group is.
"""

from __future__ import annotations

import importlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.errors import ConfigError
from models.training.aslfr.columns import FRAME, INDEX

_ROWS = 4096
"""Rows at a time."""
_BUFFER = 1 << 16
"""Bytes read ahead, per column."""
LONGEST = 20_000
"""Frames of a sequence, eleven minutes; the longest of the first file has 672."""

Piece = tuple[NDArray[Any], NDArray[Any], NDArray[np.float32]]
"""Sequence [n], frame [n] and values [n, columns] of successive rows."""


@dataclass(frozen=True, slots=True)
class Clip:
    """The rows of one sequence.

    Attributes:
        frames: int64 [T], ascending.
        values: float32 [T, columns], in the order asked for; NaN where nothing was found.
    """

    sequence_id: int
    frames: NDArray[np.int64]
    values: NDArray[np.float32]


def clips(
    file: Path, columns: Sequence[str], wanted: Collection[int] | None = None
) -> Iterator[Clip]:
    """The sequences of ``file``, or those ``wanted``, in its order.

    With all columns of a competition model (`selected_columns`) the values of a clip are what such
    a model takes.

    Raises:
        ConfigError: pyarrow or the file is missing, the file is no parquet file, lacks a column,
            has one of another type, or its rows are not in order.
    """
    seen: set[int] = set()
    pieces: list[Piece] = []
    for ids, frames, values in _pieces(file, columns):
        ends = [*(np.flatnonzero(np.diff(ids)) + 1).tolist(), len(ids)]
        start = 0
        for end in ends:
            number = int(ids[start])
            if pieces and number != pieces[0][0][0]:
                yield _joined(file, pieces)
                pieces = []
            if not pieces and number in seen:
                raise ConfigError(f"{file}: rows of sequence {number} lie apart: download it again")
            if wanted is None or number in wanted:
                pieces.append((ids[start:end], frames[start:end], values[start:end]))
                if sum(len(piece[0]) for piece in pieces) > LONGEST:
                    raise ConfigError(f"{file}: sequence {number} has over {LONGEST} frames")
                seen.add(number)
            start = end
    if pieces:
        yield _joined(file, pieces)


def _joined(file: Path, pieces: list[Piece]) -> Clip:
    number = int(pieces[0][0][0])
    frames = np.concatenate([piece[1] for piece in pieces]).astype(np.int64)
    if (np.diff(frames) <= 0).any():
        raise ConfigError(
            f"{file}: the frames of sequence {number} do not ascend: download it again"
        )
    return Clip(number, frames, np.concatenate([piece[2] for piece in pieces]))


def _pieces(file: Path, columns: Sequence[str]) -> Iterator[Piece]:
    try:
        parquet = importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        reason = str(error).split("\n")[0]
        raise ConfigError(
            f"landmark files need pyarrow ({reason}): pip install -e .[training]"
        ) from error
    if not file.is_file():
        raise ConfigError(f"{file} is missing: download it, or read what is here with partial=True")
    names = list(dict.fromkeys((INDEX, FRAME, *columns)))
    try:
        with parquet.ParquetFile(file, buffer_size=_BUFFER, pre_buffer=False) as source:
            _check(file, source.schema_arrow, names)
            for batch in source.iter_batches(_ROWS, columns=names, use_threads=False):
                arrays = {name: _array(file, batch, name) for name in names}
                values = np.empty((batch.num_rows, len(columns)), dtype=np.float32)
                for n, name in enumerate(columns):
                    values[:, n] = arrays[name]
                if len(values):
                    yield arrays[INDEX], arrays[FRAME], values
    except (OSError, ValueError) as error:
        reason = str(error).split("\n")[0]
        raise ConfigError(f"{file} cannot be read ({reason}): download it again") from error


def _array(file: Path, batch: Any, name: str) -> NDArray[Any]:
    column = batch.column(batch.schema.get_field_index(name))
    if column.null_count and name in (INDEX, FRAME):
        raise ConfigError(f"{file}: {name} is missing in some rows: download it again")
    array: NDArray[Any] = column.to_numpy(zero_copy_only=False)  # a null becomes NaN
    return array


def _check(file: Path, schema: Any, names: list[str]) -> None:
    types = {field.name: str(field.type) for field in schema}
    if absent := [name for name in names if name not in types]:
        raise ConfigError(
            f"{file} has no column {absent[0]} ({len(absent)} of {len(names)} are missing):"
            " is it a landmark file of the competition?"
        )
    for name in names:
        wanted = ("int", "uint") if name in (INDEX, FRAME) else ("float", "double", "halffloat")
        if not types[name].startswith(wanted):
            raise ConfigError(f"{file}: column {name} is {types[name]}, not {wanted[0]}")
