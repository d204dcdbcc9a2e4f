"""The folder itself: its tables, and the phrases they name.

::

    train.csv                            path, file_id, sequence_id, participant_id, phrase
    supplemental_metadata.csv            the same
    train_landmarks/FILE_ID.parquet      `models.training.aslfr.columns`
    supplemental_landmarks/FILE_ID.parquet
    character_to_prediction_index.json   59 characters

``train.csv`` has 67,208 addresses, telephone numbers and URLs of 94 signers in 68 files; the
supplement 52,958 sentences, many of them spelled by several signers.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from edge.errors import ConfigError
from models.training.aslfr.characters import COMPETITION, FILE, Characters, supported
from models.training.aslfr.columns import AXES, SETS, PointSet, columns_of
from models.training.aslfr.hand import Side, dominant
from models.training.aslfr.landmarks import Landmarks
from models.training.aslfr.parquet import Clip, clips
from models.training.aslfr.splits import Split, split

TABLES = ("train.csv", "supplemental_metadata.csv")
_FIELDS = ("path", "file_id", "sequence_id", "participant_id", "phrase")


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table: ``text`` is spelled by ``participant`` in a sequence of ``file``."""

    sequence_id: int
    participant: int
    text: str
    file: Path

    @property
    def split(self) -> Split:
        """Where its signer belongs."""
        return split(self.participant)

    @property
    def supported(self) -> bool:
        """Whether every character is one that is read."""
        return supported(self.text)


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase with its landmarks."""

    sequence_id: int
    participant: int
    text: str
    landmarks: Landmarks

    @property
    def dominant(self) -> Side:
        """The hand that spells: `models.training.aslfr.hand.dominant`."""
        return dominant(self.landmarks)


class Folder:
    """The data set at ``path``.

    Args:
        path: the unpacked folder.
        tables: which of `TABLES` to read.
        sets: which landmarks; only their columns are read from the disk.
        partial: take what is here: leave out rows whose file or sequence is missing. Otherwise
            that is an error.

    Attributes:
        rows: the lines of the tables, in their order.
        characters: the table of the folder, which is the competition's.

    Raises:
        ConfigError: something is missing or not as the competition has it.
    """

    def __init__(
        self,
        path: Path,
        tables: Iterable[str] = TABLES,
        sets: Iterable[PointSet] = SETS,
        *,
        partial: bool = False,
    ) -> None:
        self.path = Path(path)
        self.sets = tuple(sets)
        self.partial = partial
        if not self.path.is_dir():
            raise ConfigError(f"no folder {path}: give the unpacked asl-fingerspelling folder")
        self.characters = Characters.load(self.path / FILE)
        if self.characters.table != COMPETITION:
            raise ConfigError(f"{self.path / FILE} is not the competition's: download it again")
        rows = [row for name in tables for row in self._table(self.path / name)]
        here = {file: file.is_file() for file in dict.fromkeys(row.file for row in rows)}
        absent = [file for file, is_here in here.items() if not is_here]
        if absent and not partial:
            raise ConfigError(
                f"{len(absent)} of {len(here)} landmark files are missing, first {absent[0]}:"
                " download them, or read what is here with partial=True"
            )
        self.rows = tuple(row for row in rows if here[row.file])
        if not self.rows:
            raise ConfigError(f"none of the landmark files of {self.path} is here: download some")
        numbers = {row.sequence_id for row in self.rows}
        if len(numbers) != len(self.rows):
            raise ConfigError(f"{self.path}: the tables name a sequence twice: download them again")

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Phrase]:
        """All phrases."""
        return self.phrases(self.rows)

    def rows_of(self, split: Split) -> list[Row]:
        """The rows of one split."""
        return [row for row in self.rows if row.split == split]

    def phrases(self, rows: Iterable[Row]) -> Iterator[Phrase]:
        """The phrases of ``rows``, file by file, each file in its own order.

        Takes some 300 MB with all of `SETS`, half of that with the hands alone, whatever the size
        of the files.

        Raises:
            ConfigError: as `clips`, or a file lacks a sequence and this is not ``partial``.
        """
        files: dict[Path, dict[int, Row]] = {}
        for row in rows:
            files.setdefault(row.file, {})[row.sequence_id] = row
        columns = columns_of(self.sets)
        for file, wanted in files.items():
            left = set(wanted)
            for found in clips(file, columns, wanted):
                left.discard(found.sequence_id)
                row = wanted[found.sequence_id]
                yield Phrase(found.sequence_id, row.participant, row.text, self._landmarks(found))
            if left and not self.partial:
                raise ConfigError(
                    f"{file} lacks {len(left)} of {len(wanted)} sequences, first {min(left)}:"
                    " download it again, or read what is here with partial=True"
                )

    def _landmarks(self, found: Clip) -> Landmarks:
        by_axis = found.values.reshape(len(found.values), len(AXES), -1)
        points = np.ascontiguousarray(by_axis.transpose(0, 2, 1))
        return Landmarks(self.sets, points, found.frames)

    def _table(self, file: Path) -> Iterator[Row]:
        try:
            with file.open(newline="", encoding="utf-8") as lines:
                reader = csv.DictReader(lines)
                header = reader.fieldnames or ()
                if absent := [field for field in _FIELDS if field not in header]:
                    raise ConfigError(
                        f"{file} has no column {', '.join(absent)}: download it again"
                    )
                for fields in reader:
                    yield self._row(f"{file} line {reader.line_num}", fields)
        except OSError as error:
            raise ConfigError(f"cannot read {file}: {error.strerror}: download it") from error
        except (csv.Error, UnicodeDecodeError) as error:
            raise ConfigError(f"{file} is no table ({error}): download it again") from error

    def _row(self, where: str, fields: dict[str, str]) -> Row:
        if None in fields or None in fields.values():
            raise ConfigError(f"{where} does not have {len(_FIELDS)} fields: download it again")
        try:
            sequence, participant = int(fields["sequence_id"]), int(fields["participant_id"])
        except ValueError as error:
            raise ConfigError(
                f"{where}: an id is no number ({error}): download it again"
            ) from error
        text = fields["phrase"]
        if not text:
            raise ConfigError(f"{where} has no phrase: download it again")
        if unknown := self.characters.unknown(text):
            raise ConfigError(f"{where}: the phrase has {unknown!r}, which {FILE} does not")
        path = PurePosixPath(fields["path"])
        if path.is_absolute() or ".." in path.parts or path.suffix != ".parquet":
            raise ConfigError(f"{where}: {fields['path']!r} is no landmark file of this folder")
        return Row(sequence, participant, text, self.path / path)
