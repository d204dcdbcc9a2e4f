"""A row a point: the layout of the competition on isolated signs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.recording.layout import AXES, FRAME, HANDS, PARTS, SEQUENCE, FoundParts, found
from edge.recording.parquet import MOST_BYTES, Table, broken, too_large
from edge.recording.wide import Numbered

KIND = "type"
POINT = "landmark_index"

_POINTS = sum(PARTS.values())
_FRAMES = 64
"""At a time."""

Rows = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]
"""Sequence and frame [n, 2], part [n], point [n] and coordinates [n, 3] of successive rows."""


def is_long(table: Table) -> bool:
    """Whether a table has this layout."""
    return KIND in table.names and POINT in table.names


class Long:
    """Reads all parts.

    Attributes:
        parts: that are read.
    """

    def __init__(self, path: Path | str, table: Table) -> None:
        """
        Raises:
            UserError: columns are missing, of another type, or have too much.
        """
        self._path, self._table = path, table
        self.parts = tuple(PARTS)
        for name in (FRAME, *AXES):
            if name not in table.names:
                raise broken(path, f"it has no column {name}")
        self._keys = [name for name in (SEQUENCE, FRAME) if name in table.names]
        for name in (*self._keys, POINT):
            table.check_whole(name)
        for name in AXES:
            table.check_numbers(name)
        table.check_texts(KIND)
        self._columns = [*self._keys, KIND, POINT, *AXES]
        if (most := table.bytes_of(self._columns)) > MOST_BYTES:
            raise too_large(path, most)

    def frames(self, wanted: int | None = None) -> Iterator[Numbered]:
        """All frames, in the order of the file, ``wanted`` or not.

        Raises:
            UserError: something in it is not as it should be.
        """
        waiting: list[Rows] = []  # of the last frame, which may go on in the next piece
        for rows in self._rows():
            keys = rows[0]
            ends = [*(np.flatnonzero((np.diff(keys, axis=0) != 0).any(1)) + 1).tolist(), len(keys)]
            start = 0
            for end in ends:
                if waiting and (waiting[0][0][0] != keys[start]).any():
                    yield self._frame(waiting)
                    waiting = []
                waiting.append(tuple(array[start:end] for array in rows))  # type: ignore[arg-type]
                if sum(len(piece[0]) for piece in waiting) > _POINTS:
                    raise broken(
                        self._path, f"frame {keys[start][1]} has more than {_POINTS} points"
                    )
                start = end
        if waiting:
            yield self._frame(waiting)

    def _rows(self) -> Iterator[Rows]:
        table = self._table
        names = list(PARTS)
        for batch in table.pieces(self._columns, _FRAMES * _POINTS):
            keys = np.zeros((batch.num_rows, 2), np.int64)
            for n, name in zip((0, 1) if len(self._keys) == 2 else (1,), self._keys, strict=True):
                keys[:, n] = table.whole(batch, name)
            numbers, texts = table.texts(batch, KIND)
            known = np.array([names.index(t) if t in PARTS else -1 for t in texts] + [-1], np.int64)
            points = np.stack([table.numbers(batch, axis) for axis in AXES], axis=1)
            yield keys, known[numbers], table.whole(batch, POINT), points

    def _frame(self, pieces: list[Rows]) -> Numbered:
        keys, kinds, numbers, points = (
            np.concatenate([piece[n] for piece in pieces]) for n in range(4)
        )
        parts: dict[str, NDArray[np.float32]] = {}
        for kind, (part, count) in enumerate(PARTS.items()):
            of_part = kinds == kind
            where = numbers[of_part]
            if ((where < 0) | (where >= count)).any():
                raise broken(self._path, f"a point of {part} is not numbered 0 to {count - 1}")
            values = np.full((count, 3), np.nan, np.float32)
            values[where] = points[of_part]
            if found(values, part in HANDS):
                parts[part] = values
        found_parts: FoundParts = parts
        return int(keys[0, 0]), int(keys[0, 1]), found_parts
