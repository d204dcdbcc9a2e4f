"""A tiny folder in exactly the competition's format, and that it is."""

from __future__ import annotations

import csv
import importlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from models.training.aslfr.characters import COMPETITION
from models.training.aslfr.columns import COLUMNS, INDEX, PARTS

Floats = NDArray[np.float32]

try:
    arrow: Any = importlib.import_module("pyarrow")
    parquet: Any = importlib.import_module("pyarrow.parquet")
except ImportError as error:
    arrow = parquet = None
    REASON = f"no pyarrow: {error}"
else:
    REASON = ""
needs_pyarrow = pytest.mark.skipif(bool(REASON), reason=REASON)


@dataclass(frozen=True)
class Made:
    """One made-up phrase: ``parts`` are float32 [T, n, 3], NaN where nothing was found."""

    sequence_id: int
    participant: int
    text: str
    parts: dict[str, Floats] = field(default_factory=dict)

    def values(self) -> Floats:
        """[T, 1629], in the order of the columns."""
        whole = np.concatenate([self.parts[part] for part in PARTS], axis=1)
        return whole.transpose(0, 2, 1).reshape(len(whole), -1)


def make(
    sequence_id: int, participant: int, text: str, length: int, hand: str = "right_hand"
) -> Made:
    """A phrase of ``length`` frames: one hand, lost in every fifth, the other one never found."""
    rng = np.random.default_rng(sequence_id)
    parts = {}
    for part, count in PARTS.items():
        shape = (length, count, 3)
        parts[part] = (0.5 + rng.normal(0, 0.1, shape)).astype(np.float32)
        if part.endswith("_hand"):
            parts[part][slice(None) if part != hand else slice(4, None, 5)] = np.nan
    return Made(sequence_id, participant, text, parts)


TRAIN = (
    [make(101, 3, "3 creekhouse", 23), make(102, 7, "988-021", 8, "left_hand")],
    [make(201, 3, "a/b.com", 5)],
)
SUPPLEMENT = ([make(301, 7, "this is fine", 12)],)


def write_landmarks(
    file: Path, phrases: Sequence[Made], row_group: int = 10, leave_out: Iterable[str] = ()
) -> None:
    """A landmark file as pandas writes a data frame whose index is ``sequence_id``."""
    values = np.concatenate([phrase.values() for phrase in phrases])
    lengths = [len(phrase.values()) for phrase in phrases]
    arrays = {"frame": np.concatenate([np.arange(n, dtype=np.int16) for n in lengths])}
    arrays |= {name: values[:, n] for n, name in enumerate(COLUMNS[1:])}
    arrays[INDEX] = np.repeat([phrase.sequence_id for phrase in phrases], lengths)
    for name in leave_out:
        del arrays[name]
    index = {"name": INDEX, "field_name": INDEX, "pandas_type": "int64", "numpy_type": "int64"}
    pandas = {"index_columns": [INDEX], "columns": [index | {"metadata": None}]}
    table = arrow.table(arrays).replace_schema_metadata({"pandas": json.dumps(pandas)})
    file.parent.mkdir(parents=True, exist_ok=True)
    parquet.write_table(table, file, row_group_size=row_group)


def write_table(file: Path, folder: str, files: Sequence[Sequence[Made]]) -> None:
    """``train.csv`` or ``supplemental_metadata.csv``; a file's id is its first sequence's."""
    with file.open("w", newline="", encoding="utf-8") as lines:
        out = csv.writer(lines)
        out.writerow(["path", "file_id", "sequence_id", "participant_id", "phrase"])
        for phrases in files:
            name = phrases[0].sequence_id
            for phrase in phrases:
                path = f"{folder}/{name}.parquet"
                out.writerow([path, name, phrase.sequence_id, phrase.participant, phrase.text])


def write_tiny_folder(
    path: Path,
    train: Sequence[Sequence[Made]] = TRAIN,
    supplement: Sequence[Sequence[Made]] = SUPPLEMENT,
    row_group: int = 10,
) -> Path:
    """The competition's folder with ``train`` and ``supplement``, each a list of files."""
    root = path / "asl-fingerspelling"
    root.mkdir()
    tables = [
        ("train.csv", "train_landmarks", train),
        ("supplemental_metadata.csv", "supplemental_landmarks", supplement),
    ]
    for table, folder, files in tables:
        write_table(root / table, folder, files)
        for phrases in files:
            file = root / folder / f"{phrases[0].sequence_id}.parquet"
            write_landmarks(file, phrases, row_group)
    table_of = {char: n for n, char in enumerate(COMPETITION)}
    (root / "character_to_prediction_index.json").write_text(json.dumps(table_of))
    selected = [f"{axis}_right_hand_{n}" for axis in "xy" for n in range(21)]
    (root / "inference_args.json").write_text(json.dumps({"selected_columns": selected}))
    return root


@needs_pyarrow
def test_the_files_are_as_the_competition_writes_them(tmp_path: Path) -> None:
    root = write_tiny_folder(tmp_path)
    assert sorted(entry.name for entry in root.iterdir()) == [
        "character_to_prediction_index.json",
        "inference_args.json",
        "supplemental_landmarks",
        "supplemental_metadata.csv",
        "train.csv",
        "train_landmarks",
    ]
    assert (root / "train.csv").read_text().splitlines()[:2] == [
        "path,file_id,sequence_id,participant_id,phrase",
        "train_landmarks/101.parquet,101,101,3,3 creekhouse",
    ]
    table = parquet.read_table(root / "train_landmarks" / "101.parquet")
    assert table.num_rows == 23 + 8
    names = table.column_names
    assert (len(names), names[-1]) == (1631, "sequence_id")
    assert (names[0], names[1], names[-2]) == ("frame", "x_face_0", "z_right_hand_20")
    assert str(table.schema.field("x_face_0").type) == "float"
    assert table["frame"].to_pylist() == [*range(23), *range(8)]
    made = TRAIN[0][1]
    assert table["y_left_hand_5"][23].as_py() == made.parts["left_hand"][0, 5, 1]
    assert np.isnan(table["x_right_hand_0"][23].as_py())
