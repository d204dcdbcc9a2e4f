"""What is written is read again, to the bit, by us and by others."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from edge.errors import Shortage, UserError
from edge.recording import PARTS, Reader, Writer
from edge.recording.layout import COLUMNS
from tests.recording.conftest import hand


def part(name: str, seed: int) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(size=(PARTS[name], 3)).astype(np.float32)


def test_all_parts_come_back(tmp_path: Path) -> None:
    path = tmp_path / "new.parquet"
    rows = [{name: part(name, n) for name in PARTS if (n + len(name)) % 3} for n in range(7)]
    times = [5.0, 5.04, 5.07, 5.1, 5.13, -2.0, -1.9]
    writer = Writer(path)
    for n, parts in enumerate(rows):
        writer.add(n // 5, n % 5 * 2, times[n], parts)
    writer.close((1280, 720))
    writer.close((1280, 720))
    reader = Reader(path)
    assert reader.size == (1280, 720)
    for n, parts in enumerate(rows):
        row = reader.read()
        assert row is not None
        assert (row.sequence, row.frame) == (n // 5, n % 5 * 2)
        assert set(row.parts) == set(parts)
        for name, points in parts.items():
            np.testing.assert_array_equal(row.parts[name], points)
    assert reader.read() is None
    times_read = [row.time for row in iter(Reader(path).read, None)]
    assert times_read == pytest.approx([0, 0.04, 0.07, 0.1, 0.13, 1.63, 1.73])
    assert [row.time for row in iter(Reader(path, fps=10.0).read, None)] == pytest.approx(
        [0, 0.2, 0.4, 0.6, 0.8, 2.3, 2.5]
    )


def test_the_layout_is_that_of_the_competition(tmp_path: Path) -> None:
    from pyarrow import parquet

    writer = Writer(path := tmp_path / "new.parquet")
    writer.add(0, 0, 0.0, {"left_hand": hand(1)})
    writer.close((640, 480))
    table = parquet.read_table(path)
    assert tuple(table.column_names) == ("sequence_id", "frame", *COLUMNS)
    assert len(COLUMNS) == 1629
    assert {str(field.type) for field in table.schema} == {"int64", "int32", "float"}
    assert np.isnan(table["x_face_467"][0].as_py())
    assert np.isnan(table["z_right_hand_20"][0].as_py())
    assert table["y_left_hand_4"][0].as_py() == hand(1)[4, 1]


def test_only_its_owner_may_read_it_and_nothing_is_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "new.parquet"
    Writer(path).close((640, 480))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(UserError, match="is there already"):
        Writer(path)


def test_many_frames_take_little_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge.recording.writer.ROWS", 3)
    writer = Writer(path := tmp_path / "new.parquet")
    for n in range(10):
        writer.add(0, n, n / 30, {"right_hand": hand(n)})
        assert len(writer._waiting) < 3
    writer.close((640, 480))
    rows = list(iter(Reader(path).read, None))
    np.testing.assert_array_equal(
        [row.parts["right_hand"] for row in rows], [hand(n) for n in range(10)]
    )


def test_a_full_disk_is_a_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("edge.recording.writer.ROWS", 1)
    writer = Writer(tmp_path / "new.parquet")
    with open("/dev/full", "wb", buffering=0) as full:
        os.dup2(full.fileno(), writer._file.fileno())
    with pytest.raises(Shortage, match="cannot be written any more: No space left"):
        writer.add(0, 0, 0.0, {"right_hand": hand(0)})
