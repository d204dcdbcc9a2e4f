"""What is no recording is one clear line, and takes no memory."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge.errors import UserError
from edge.recording import Reader
from tests.recording.conftest import Write, long, wide

Change = Callable[[dict[str, Any]], object]


def read_all(path: Path) -> None:
    reader = Reader(path)
    while reader.read():
        pass


def check_refused(path: Path, said: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(UserError, match=said) as refused:
        read_all(path)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 300
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000, "KiB"


WIDE: dict[str, tuple[Change, str]] = {
    "no frame": (lambda c: c.pop("frame"), "no column frame"),
    "a hand's column missing": (
        lambda c: c.pop("y_right_hand_3"), r"no column y_right_hand_3 \(1 of 63",
    ),
    "no hand": (lambda c: [c.pop(n) for n in list(c) if "hand" in n], "no hand"),
    "only names that nobody knows": (lambda c: (c.clear(), c.update(a=[1])), "no column frame"),
    "texts for numbers": (lambda c: c.update(x_left_hand_0=["a"] * 5), "x_left_hand_0 holds"),
    "lists for numbers": (lambda c: c.update(x_pose_0=[[1.0]] * 5), "x_pose_0 holds"),
    "frames as texts": (lambda c: c.update(frame=list("01234")), "frame holds string"),
    "a frame that is missing": (lambda c: c.update(frame=[0, 1, None, 3, 4]), "frame is missing"),
    "half frames": (lambda c: c.update(frame=[0, 0.5, 1, 2, 3]), "frame is not a whole"),
    "endless frames": (lambda c: c.update(frame=[0, 1, 2, 3, np.inf]), "frame is missing"),
    "frames that fall": (lambda c: c.update(frame=[0, 1, 3, 2, 4]), "frame 2 .* follows 3"),
    "a frame twice": (lambda c: c.update(frame=[0, 1, 1, 2, 3]), "must ascend"),
    "a sequence without a number": (
        lambda c: c.update(sequence_id=[1, 1, None, 1, 1]), "sequence_id is missing",
    ),
    "numbers too large": (
        lambda c: c.update(frame=np.arange(5, dtype=np.uint64) + 2**63), "too large",
    ),
    "no rows": (lambda c: c.update({n: v[:0] for n, v in c.items()}), "no frames"),
}  # fmt: skip


@pytest.mark.parametrize("case", WIDE)
def test_a_row_a_frame(write: Write, case: str) -> None:
    change, said = WIDE[case]
    columns = wide()
    change(columns)
    check_refused(write(columns), said)


LONG: dict[str, tuple[Change, str]] = {
    "no x": (lambda c: c.pop("x"), "no column x"),
    "numbers for parts": (lambda c: c.update(type=c["frame"]), "type holds int64"),
    "a 22nd point": (lambda c: c["landmark_index"].__setitem__(3, 21), "numbered 0 to 20"),
    "one endless frame": (
        lambda c: c.update({n: v * 20 for n, v in c.items()} | {"frame": [0] * 2100}),
        "more than 543 points",
    ),
    "frames mixed": (lambda c: c.update(frame=[0, 1] * 52 + [0]), "must ascend"),
}  # fmt: skip


@pytest.mark.parametrize("case", LONG)
def test_a_row_a_point(write: Write, case: str) -> None:
    change, said = LONG[case]
    columns = long()
    change(columns)
    check_refused(write(columns), said)


FILES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "empty": (lambda b: b"", "it is empty"),
    "a text": (lambda b: b"frame,x\n0,1\n", "not a parquet file"),
    "short": (lambda b: b"PAR1", "not a parquet file"),
    "cut short": (lambda b: b[: len(b) // 2], "cut short"),
    "a footer without end": (lambda b: b[:-8] + b"\xff\xff\xff\x7f" + b"PAR1", "damaged"),
    "noise for a footer": (lambda b: b[:-1000] + b"\xa5" * 992 + b[-8:], "damaged"),
    "noise for rows": (lambda b: b[:100] + b"\xa5" * 3000 + b[3100:], "damaged"),
}


@pytest.mark.parametrize("case", FILES)
def test_a_file_that_is_damaged(write: Write, case: str) -> None:
    change, said = FILES[case]
    path = write(wide())
    path.write_bytes(change(path.read_bytes()))
    check_refused(path, said)


def test_a_bomb_is_refused_by_what_it_says_of_itself(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.recording.long.MOST_BYTES", 1 << 20)
    zeros = np.zeros(50_000, np.int64)
    columns = dict.fromkeys(("frame", "landmark_index", "x", "y", "z"), zeros)
    table = columns | {"type": ["pose"] * len(zeros)}
    path = write(table, use_dictionary=False, compression="zstd")
    assert path.stat().st_size < 50_000
    check_refused(path, "row groups unpack to 2 MB")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: None, "No such file"),
        (lambda path: path.mkdir(), "directory"),
        (lambda path: os.mkfifo(path), "not a regular file"),
    ],
)
def test_what_is_no_file(tmp_path: Path, make: Callable[[Path], object], said: str) -> None:
    make(path := tmp_path / "a.parquet")
    check_refused(path, said)


def test_a_sequence_that_is_not_there(write: Write) -> None:
    with pytest.raises(UserError, match="no sequence 8"):
        Reader(write(wide()), sequence=8)


def test_without_pyarrow_the_remedy_is_named(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(wide())
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(UserError, match=r"pip install ishara-edge\[recordings\]"):
        Reader(path)
