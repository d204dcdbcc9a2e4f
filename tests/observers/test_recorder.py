"""What a recorder writes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from edge.camera import Frame
from edge.errors import UserError
from edge.landmarks import Hand, Landmarks

pytest.importorskip("pyarrow", reason="recordings need pyarrow")

from edge.observers.recorder import Recorder
from edge.recording import Reader, Row
from tests.recording.conftest import hand


def record(path: Path, frames: list[tuple[Frame, Landmarks]]) -> list[Row]:
    recorder = Recorder(path)
    failed: list[BaseException] = []
    recorder.start(failed.append)
    for frame, landmarks in frames:
        recorder.see(frame, landmarks)
    recorder.stop()
    assert recorder.join(60)
    assert not failed
    return list(iter(Reader(path).read, None))


def seen(
    index: int, *hands: Hand, time: float | None = None, size: tuple[int, int] = (640, 480)
) -> tuple[Frame, Landmarks]:
    time = index / 30 if time is None else time
    frame = Frame(np.zeros((size[1], size[0], 3), np.uint8), time, time, index)
    return frame, Landmarks(hands, size, time, time, index)


def one(points: NDArray[np.float32], right: float) -> Hand:
    return Hand(points, 1.0, right, 1)


def test_hands_stand_at_their_side(tmp_path: Path) -> None:
    rows = record(
        tmp_path / "a.parquet",
        [
            seen(0, one(hand(0), 0.8)),
            seen(1, one(hand(1), 0.2)),
            seen(2),
            seen(3, one(hand(2), 0.7), one(hand(3), 0.9)),
        ],
    )
    assert [set(row.parts) for row in rows] == [
        {"right_hand"}, {"left_hand"}, set(), {"left_hand", "right_hand"},
    ]  # fmt: skip
    np.testing.assert_array_equal(rows[3].parts["right_hand"], hand(3))
    np.testing.assert_array_equal(rows[3].parts["left_hand"], hand(2))


def test_a_stall_or_another_source_begins_a_sequence(tmp_path: Path) -> None:
    frames = [seen(5), seen(7), seen(8, time=9.0), seen(0, time=0.0), seen(1)]
    rows = record(tmp_path / "a.parquet", frames)
    assert [(row.sequence, row.frame) for row in rows] == [(0, 5), (0, 7), (1, 8), (2, 0), (2, 1)]


def test_a_hand_keeps_its_shape_in_a_picture_of_another_size(tmp_path: Path) -> None:
    rows = record(
        tmp_path / "a.parquet",
        [seen(0, one(hand(0), 1.0)), seen(1, one(hand(0), 1.0), size=(1280, 480))],
    )
    np.testing.assert_allclose(rows[1].parts["right_hand"], hand(0) * [2, 1, 2], rtol=1e-6)


def test_what_came_with_a_recording_is_written_again(tmp_path: Path) -> None:
    frame, landmarks = seen(0)
    parts = {"pose": np.random.default_rng(0).random((33, 3)).astype(np.float32)}
    frame = Frame(frame.pixels, 0.0, 0.0, 0, parts)
    rows = record(tmp_path / "a.parquet", [(frame, landmarks)])
    np.testing.assert_array_equal(rows[0].parts["pose"], parts["pose"])


def test_without_a_frame_there_is_no_file(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "a.parquet")
    recorder.start(lambda failure: None)
    recorder.stop()
    assert recorder.join(60)
    assert not (tmp_path / "a.parquet").exists()


def test_what_cannot_be_written_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "there").write_bytes(b"")
    for name, said in (
        ("there", "there already"),
        ("no/a", "no such folder"),
        ("a\0", "file name"),
    ):
        with pytest.raises(UserError, match=said):
            Recorder(str(tmp_path / name))
    assert (tmp_path / "there").read_bytes() == b""
