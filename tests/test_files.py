"""What is opened as a file, and what is refused without waiting for it."""

from __future__ import annotations

import errno
import os
import socket
from pathlib import Path

import pytest

from edge import files


def refusal(path: str | Path, most: int = 100) -> OSError:
    before = os.listdir("/proc/self/fd")
    with pytest.raises(OSError, match=r".") as caught:
        files.read(path, most)
    assert os.listdir("/proc/self/fd") == before
    assert caught.value.strerror
    return caught.value


def test_a_regular_file_is_read_up_to_the_most(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"x" * 100)
    assert files.read(file, 100) == b"x" * 100
    (tmp_path / "link").symlink_to(file)
    assert files.Contents.of(tmp_path / "link").data == b"x" * 100
    assert refusal(file, 99).strerror == "it has more than 99 bytes"


def test_what_is_no_regular_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "socket"))
    (tmp_path / "to-a-fifo").symlink_to(tmp_path / "fifo")
    for path in (tmp_path / "fifo", tmp_path / "socket", tmp_path / "to-a-fifo", "/dev/zero"):
        assert refusal(path).strerror == "not a regular file"
    listener.close()
    assert refusal(tmp_path).errno == errno.EISDIR


def test_a_fifo_that_takes_the_place_of_a_file_is_refused_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "fifo")
    regular = os.stat(__file__)
    monkeypatch.setattr(files.os, "stat", lambda path: regular)
    assert refusal(tmp_path / "fifo").strerror == "not a regular file"


def test_odd_names_are_refused_or_read(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert refusal(tmp_path / "loop").errno == errno.ELOOP
    assert refusal("a\0b").strerror == "not a file name"
    assert refusal("a\ud800b").strerror == "not a file name"  # no file system can encode it
    assert refusal("x" * 300).errno == errno.ENAMETOOLONG
    latin = tmp_path / os.fsdecode(b"\xe9")
    latin.write_bytes(b"x")
    assert files.read(latin, 1) == b"x"
    assert not files.is_unicode(str(latin))
    assert files.is_unicode("\u00e9")
