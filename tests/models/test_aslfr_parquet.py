"""Landmark files: what is read of them, and what is refused."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge.errors import ConfigError
from models.training import aslfr
from tests.models.test_aslfr_format import (
    TRAIN,
    arrow,
    make,
    needs_pyarrow,
    parquet,
    write_landmarks,
    write_tiny_folder,
)


def clip(file: Path) -> list[aslfr.Clip]:
    return list(aslfr.clips(file, ["x_pose_0"]))


@needs_pyarrow
def test_a_file_that_is_no_landmark_file(tmp_path: Path) -> None:
    file = tmp_path / "1.parquet"
    with pytest.raises(ConfigError, match="is missing"):
        clip(file)
    file.write_bytes(b"PAR1 no more")
    with pytest.raises(ConfigError, match="cannot be read") as caught:
        clip(file)
    assert "\n" not in str(caught.value)


@needs_pyarrow
@pytest.mark.parametrize(
    ("arrays", "says"),
    [
        ({"x_pose_0": [0.5], "frame": [0]}, "no column sequence_id"),
        ({"x_pose_0": ["a"], "frame": [0], "sequence_id": [1]}, "x_pose_0 is string, not float"),
        ({"x_pose_0": [0.5], "frame": [0.0], "sequence_id": [1]}, "frame is double, not int"),
        (
            {"x_pose_0": [0.5, 0.5], "frame": [0, None], "sequence_id": [1, 1]},
            "frame is missing in some rows",
        ),
        (
            {"x_pose_0": [0.5, 0.5], "frame": [1, 1], "sequence_id": [1, 1]},
            "frames of sequence 1 do not ascend",
        ),
        (
            {"x_pose_0": [0.5] * 3, "frame": [0, 0, 1], "sequence_id": [1, 2, 1]},
            "rows of sequence 1 lie apart",
        ),
    ],
)
def test_a_landmark_file_that_is_not_as_it_should_be(
    tmp_path: Path, arrays: dict[str, Any], says: str
) -> None:
    file = tmp_path / "1.parquet"
    parquet.write_table(arrow.table(arrays), file)
    with pytest.raises(ConfigError, match=says):
        clip(file)


@needs_pyarrow
def test_nulls_are_nan_and_columns_keep_the_order_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "1.parquet"
    arrays = {"sequence_id": [9, 9], "frame": [4, 6], "x_pose_0": [None, 1.0], "y_pose_0": [2.0, 3]}
    parquet.write_table(arrow.table(arrays), file)
    (only,) = aslfr.clips(file, ["y_pose_0", "x_pose_0"])
    np.testing.assert_array_equal(only.values, np.array([[2, np.nan], [3, 1]], np.float32))
    assert (only.sequence_id, only.frames.tolist()) == (9, [4, 6])


@needs_pyarrow
def test_an_endless_sequence_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.training.aslfr.parquet.LONGEST", 20)
    monkeypatch.setattr("models.training.aslfr.parquet._ROWS", 8)
    write_landmarks(tmp_path / "1.parquet", [make(1, 1, "a", 21)])
    with pytest.raises(ConfigError, match="over 20 frames"):
        clip(tmp_path / "1.parquet")


@needs_pyarrow
def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    rows, length = 1_000_000, 1000
    numbers = np.arange(rows)
    names = ["x_pose_0", "y_pose_0", "z_pose_0"]
    arrays: dict[str, Any] = {name: np.sin(numbers * 1.1).astype(np.float32) for name in names}
    arrays |= {"frame": numbers % length, "sequence_id": numbers // length}
    file = tmp_path / "1.parquet"
    parquet.write_table(arrow.table(arrays), file, row_group_size=rows, use_dictionary=False)
    del arrays
    before = arrow.total_allocated_bytes()
    allocated = 0
    for _ in aslfr.clips(file, names):
        allocated = max(allocated, arrow.total_allocated_bytes() - before)
    assert allocated < 3 * rows * 4 / 2  # half of what is in the columns


def test_without_pyarrow_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(ConfigError, match="pip install"):
        clip(tmp_path / "1.parquet")


@needs_pyarrow
def test_a_column_may_be_asked_for_twice(tmp_path: Path) -> None:
    write_landmarks(tmp_path / "1.parquet", [make(1, 1, "a", 3)])
    (only,) = aslfr.clips(tmp_path / "1.parquet", ["frame", "x_pose_0", "frame"])
    np.testing.assert_array_equal(only.values[:, [0, 2]], [[0, 0], [1, 1], [2, 2]])


@needs_pyarrow
def test_a_competition_model_gets_its_columns(tmp_path: Path) -> None:
    root = write_tiny_folder(tmp_path)
    selected = aslfr.selected_columns(root / "inference_args.json")
    first, _ = aslfr.clips(root / "train_landmarks" / "101.parquet", selected)
    want = TRAIN[0][0].parts["right_hand"][..., :2].transpose(0, 2, 1).reshape(23, 42)
    np.testing.assert_array_equal(first.values, want)
