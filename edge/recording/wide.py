"""A row a frame: the layout of the fingerspelling competition."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from edge.recording.layout import FRAME, HANDS, PARTS, SEQUENCE, FoundParts, columns_of, found
from edge.recording.parquet import MOST_BYTES, Table, broken, too_large

ROWS = 256
"""Rows at a time: 1.7 MB of all columns."""

Numbered = tuple[int, int, FoundParts]
"""(sequence, frame, parts) of a frame."""


class Wide:
    """Reads the parts that a table has.

    Attributes:
        columns: that are read.
        parts: that are read. Pose and face only where they fit into memory: a file of the
            competition with a thousand sequences has 1 GB of them.
    """

    def __init__(self, path: Path | str, table: Table) -> None:
        """
        Raises:
            UserError: the table has another layout, columns of another type, or too much.
        """
        self._path, self._table = path, table
        present = set(table.names)
        if FRAME not in present:
            raise broken(path, f"it has no column {FRAME}")
        self._keys = [name for name in (SEQUENCE, FRAME) if name in present]
        for name in self._keys:
            table.check_whole(name)
        self._points = {part: _present(part, present) for part in PARTS}
        for hand in HANDS:
            _check_hand(path, hand, self._points[hand])
        if not any(self._points[hand] for hand in HANDS):
            raise broken(path, "it has no hand: no columns such as x_right_hand_0")
        self.parts = tuple(part for part, points in self._points.items() if points)
        if table.bytes_of(self.columns) > MOST_BYTES:
            self.parts = tuple(part for part in self.parts if part in HANDS)
            if (most := table.bytes_of(self.columns)) > MOST_BYTES:
                raise too_large(path, most)
        for name in self.columns:
            if name not in self._keys:
                table.check_numbers(name)

    @property
    def columns(self) -> list[str]:
        names = (name for part in self.parts for _, _, name in self._points[part])
        return [*self._keys, *names]

    def frames(self, wanted: int | None = None) -> Iterator[Numbered]:
        """All frames, in the order of the file; those of other sequences than ``wanted`` may be
        without their parts.

        Raises:
            UserError: something in it is not as it should be.
        """
        for batch in self._table.pieces(self.columns, ROWS):
            yield from self._of_batch(batch, wanted)

    def _of_batch(self, batch: Any, wanted: int | None) -> Iterator[Numbered]:
        count = batch.num_rows
        sequences = np.zeros(count, np.int64)
        if SEQUENCE in self._keys:
            sequences = self._table.whole(batch, SEQUENCE)
        numbers = self._table.whole(batch, FRAME)
        if wanted is not None and wanted not in sequences:
            yield from ((int(s), int(n), {}) for s, n in zip(sequences, numbers, strict=True))
            return
        values = {}
        for part in self.parts:
            points = np.full((count, PARTS[part], 3), np.nan, np.float32)
            for point, axis, name in self._points[part]:
                points[:, point, axis] = self._table.numbers(batch, name)
            values[part] = points
        for row in range(count):
            parts = {
                part: points[row]
                for part, points in values.items()
                if found(points[row], part in HANDS)
            }
            yield int(sequences[row]), int(numbers[row]), parts


def _present(part: str, names: set[str]) -> list[tuple[int, int, str]]:
    """(point, axis, column) of the columns of ``part`` that there are."""
    return [
        (point, axis, name)
        for point, columns in enumerate(columns_of(part))
        for axis, name in enumerate(columns)
        if name in names
    ]


def _check_hand(path: Path | str, hand: str, there: Sequence[tuple[int, int, str]]) -> None:
    wanted = [name for columns in columns_of(hand) for name in columns]
    names = {name for _, _, name in there}
    absent = [name for name in wanted if name not in names]
    if absent and there:
        raise broken(
            path, f"it has no column {absent[0]} ({len(absent)} of {len(wanted)} of {hand} missing)"
        )
