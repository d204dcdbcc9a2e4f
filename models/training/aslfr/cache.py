"""Prepared phrases on disk: reading the landmark files in every epoch would take far too long.

::

    CACHE/SETS/FOLDER-FILE.npy   float32 [ticks, 3 x points + sets]: points, then presence
    CACHE/SETS/FOLDER-FILE.npz   which ticks are whose, and of which landmark file this was made

The arrays are mapped into memory, never loaded. A file that was made of another landmark file, or
by another version, is made again. With several training processes ``python -m models.training.aslfr
prepare`` should fill the cache beforehand.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.errors import ConfigError
from models.training.aslfr.folder import Folder, Row
from models.training.aslfr.prepare import READ, SETS_OF, Ready, Sets, prepare
from models.training.aslfr.splits import Split

_VERSION = 1
"""Of what `prepare` makes."""
Location = tuple[Path, int, int, int]
"""Of a phrase: array, first tick, ticks, ticks with a hand."""
_TABLE = ("ids", "starts", "ticks", "seen")


class Cache:
    """The phrases of a `Folder` by their rows.

    Args:
        folder: its ``sets`` must be ``READ[sets]``, see `open_folder`.
        path: where to keep the arrays; created if missing.

    Raises:
        ConfigError: as `Folder.phrases`, or ``path`` cannot be written.
    """

    def __init__(
        self, folder: Folder, path: Path, sets: Sets, report: Callable[[str], None] | None = None
    ) -> None:
        self.folder, self.sets = folder, sets
        self._where = Path(path) / sets
        self._maps: dict[Path, NDArray[np.float32]] = {}
        self._locations: dict[int, Location] = {}
        by_file: dict[Path, list[Row]] = {}
        for row in folder.rows:
            by_file.setdefault(row.file, []).append(row)
        for n, (file, rows) in enumerate(by_file.items(), 1):
            locations = self._read(file)
            lacks = not {row.sequence_id for row in rows} <= (locations or {}).keys()
            if locations is None or (lacks and not folder.partial):
                if report is not None:
                    report(f"preparing {file.name}, {n} of {len(by_file)}")
                locations = self._make(file, rows)
            self._locations |= locations

    def __getstate__(self) -> dict[str, Any]:
        """Without the maps: another process maps the files itself."""
        return self.__dict__ | {"_maps": {}}

    def rows_of(self, split: Split) -> list[Row]:
        """The rows of one split that are here."""
        return [row for row in self.folder.rows_of(split) if row.sequence_id in self._locations]

    def ticks(self, row: Row) -> int:
        """How many ticks the phrase has; 0 where no hand was ever found."""
        return self._locations[row.sequence_id][2]

    def seen(self, row: Row) -> int:
        """In how many ticks of the phrase there is a hand."""
        return self._locations[row.sequence_id][3]

    def load(self, row: Row) -> Ready:
        """The phrase, a copy."""
        file, start, ticks, _ = self._locations[row.sequence_id]
        if file not in self._maps:
            self._maps[file] = np.load(file, mmap_mode="r")
        found = np.array(self._maps[file][start : start + ticks])
        points, present = np.split(found, [-len(SETS_OF[self.sets])], axis=1)
        return Ready(points.reshape(ticks, points.shape[1] // 3, 3), present > 0.5)

    def _names(self, file: Path) -> tuple[Path, Path]:
        stem = f"{file.parent.name}-{file.stem}"
        return self._where / f"{stem}.npy", self._where / f"{stem}.npz"

    def _read(self, file: Path) -> dict[int, Location] | None:
        array, index = self._names(file)
        try:
            with np.load(index) as stored:
                if stored["stamp"].tolist() != _stamp(file):
                    return None
                rows = zip(*(stored[name].tolist() for name in _TABLE), strict=True)
                locations = {number: (array, *location) for number, *location in rows}
            length = len(np.load(array, mmap_mode="r"))
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None
        whole = all(start + ticks <= length for _, start, ticks, _ in locations.values())
        return locations if whole else None

    def _make(self, file: Path, rows: list[Row]) -> dict[int, Location]:
        array, index = self._names(file)
        ids, ticks, seen = [], [], []
        sets = SETS_OF[self.sets]
        joints = sum(s.points for s in sets)
        parts = [np.zeros((0, 3 * joints + len(sets)), dtype=np.float32)]
        for phrase in self.folder.phrases(rows):
            ready = prepare(phrase.landmarks, self.sets)
            ids.append(phrase.sequence_id)
            ticks.append(len(ready.points))
            seen.append(ready.seen)
            flat = ready.points.reshape(-1, 3 * joints)
            parts.append(np.concatenate([flat, ready.present], axis=1, dtype=np.float32))
        starts = np.cumsum([0, *ticks])[:-1]
        try:
            self._where.mkdir(parents=True, exist_ok=True)
            _write_whole(array, lambda to: np.save(to, np.concatenate(parts)))
            table = {"ids": ids, "starts": starts, "ticks": ticks, "seen": seen}
            whose: dict[str, Any] = {name: np.array(table[name], np.int64) for name in _TABLE}
            _write_whole(index, lambda to: np.savez(to, stamp=_stamp(file), **whose))
        except OSError as error:
            raise ConfigError(
                f"cannot write {array} ({error.strerror}): give another folder for the cache"
            ) from error
        locations = zip(ids, starts.tolist(), ticks, seen, strict=True)
        return {number: (array, *location) for number, *location in locations}


def open_folder(path: Path, sets: Sets, partial: bool = False) -> Folder:
    """The data set at ``path`` with what ``sets`` needs; its supplement if that is here.

    Raises:
        ConfigError: as `Folder`.
    """
    tables = ["train.csv", "supplemental_metadata.csv"]
    if not (Path(path) / tables[1]).is_file():
        tables.pop()
    return Folder(path, tables, READ[sets], partial=partial)


def _stamp(file: Path) -> list[int]:
    status = file.stat()
    return [_VERSION, status.st_size, status.st_mtime_ns]


def _write_whole(file: Path, write: Callable[[Any], object]) -> None:
    """Whole or not at all, whoever else writes the same."""
    part = file.with_name(f"{file.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as to:
            write(to)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
