"""Recordings are read whoever wrote them, in every layout that is about."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge.recording import Reader, Row
from tests.recording.conftest import FRAMES, Write, hand, long, wide


def rows_of(path: Path, **options: Any) -> list[Row]:
    reader = Reader(path, **options)
    rows = list(iter(reader.read, None))
    reader.close()
    return rows


def check_hands(rows: list[Row], part: str = "right_hand") -> None:
    assert len(rows) == FRAMES
    for n, row in enumerate(rows):
        assert set(row.parts) == {part}
        np.testing.assert_array_equal(row.parts[part], hand(n))


def test_the_columns_of_the_competition(write: Write) -> None:
    columns = wide()
    del columns["sequence_id"]
    assert len(columns) == 1630
    check_hands(rows_of(write(columns)))


def test_without_a_right_hand(write: Write) -> None:
    columns = {k: v for k, v in wide(parts=("left_hand",)).items() if "right_hand" not in k}
    check_hands(rows_of(write(columns)), "left_hand")


@pytest.mark.parametrize("kind", [np.int64, np.int16, np.uint8, np.float32, np.float64])
def test_frame_numbers_of_any_type(write: Write, kind: type) -> None:
    columns = wide()
    columns["frame"] = (columns["frame"] * 3 + 10).astype(kind)
    rows = rows_of(write(columns))
    check_hands(rows)
    assert [row.frame for row in rows] == [10, 13, 16, 19, 22]
    np.testing.assert_allclose([row.time for row in rows], np.arange(5) * 3 / 15)


def test_columns_in_another_order(write: Write) -> None:
    columns = wide()
    check_hands(rows_of(write(dict(sorted(columns.items(), reverse=True)))))


def test_a_row_a_point_in_any_order(write: Write) -> None:
    check_hands(rows_of(write(long())))


def test_a_row_a_point_over_the_edge_of_a_piece(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.recording.long._FRAMES", 1)
    monkeypatch.setattr("edge.recording.long._POINTS", 30)
    check_hands(rows_of(write(long())))


def test_types_as_categories(write: Write) -> None:
    import pyarrow

    columns = long()
    columns["type"] = pyarrow.array(columns["type"]).dictionary_encode()
    check_hands(rows_of(write(columns)))


def test_what_was_not_found_may_be_nan_null_or_zero(write: Write) -> None:
    columns = wide()
    for name in columns:
        if name.startswith(("x_right", "y_right", "z_right")):
            values: list[float | None] = columns[name].tolist()
            values[1], values[2], values[3] = float("nan"), None, 0.0
            columns[name] = values
        elif name.startswith(("x_left", "y_left", "z_left")):
            columns[name] = [None] * FRAMES  # as pandas writes it: a column without a type
    found = [set(row.parts) for row in rows_of(write(columns))]
    assert found == [{"right_hand"}, set(), set(), set(), {"right_hand"}]


def test_one_point_that_is_missing_is_no_hand(write: Write) -> None:
    columns = wide()
    columns["z_right_hand_20"][2] = np.inf
    found = [set(row.parts) for row in rows_of(write(columns))]
    assert found == [{"right_hand"}, {"right_hand"}, set(), {"right_hand"}, {"right_hand"}]


def test_several_sequences_follow_with_a_gap(write: Write) -> None:
    columns = wide(6)
    columns["sequence_id"] = np.array([5, 5, 5, 3, 3, 3])
    columns["frame"] = np.array([0, 1, 2, 40, 41, 42])
    rows = rows_of(write(columns), fps=10.0)
    np.testing.assert_allclose([row.time for row in rows], [0, 0.1, 0.2, 1.7, 1.8, 1.9])
    assert [row.sequence for row in rows] == [5, 5, 5, 3, 3, 3]
    only = rows_of(write(columns), fps=10.0, sequence=3)
    np.testing.assert_allclose([row.time for row in only], [0, 0.1, 0.2])
    np.testing.assert_array_equal(only[0].parts["right_hand"], hand(3))


def test_a_long_gap_in_a_sequence_is_shortened(write: Write) -> None:
    columns = wide(3)
    columns["frame"] = np.array([0, 1, 100000], np.int64)
    assert [row.time for row in rows_of(write(columns), fps=10.0)] == pytest.approx([0, 0.1, 1.6])


def test_pose_and_face_are_read_where_they_fit(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(wide(parts=("right_hand", "pose", "face")))
    assert set(rows_of(path)[0].parts) == {"right_hand", "pose", "face"}
    monkeypatch.setattr("edge.recording.wide.MOST_BYTES", 60_000)
    assert set(rows_of(path)[0].parts) == {"right_hand"}


def test_many_small_row_groups(write: Write) -> None:
    check_hands(rows_of(write(wide(), row_group_size=1)))
