"""Opens what somebody named as a file, which may be a FIFO, a device or without end.

What fails is an `OSError` whose ``strerror`` is fit for people, whatever the name is.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

MODEL_BYTES = 256 << 20
"""The most that is read of a model, a language model or a wheel's weight."""

LIST_BYTES = 1 << 20
"""The most that is read of a list (TOML) that comes with models and weights."""


@dataclass(frozen=True, slots=True)
class Contents:
    """A file as it was read once, so that what was checked is what is used.

    Attributes:
        pinned: this program brings along its SHA-256.
    """

    path: Path
    data: bytes = field(repr=False)
    pinned: bool = False

    def __str__(self) -> str:
        return str(self.path)

    @classmethod
    def of(cls, path: Path, most: int = MODEL_BYTES) -> Contents:
        """
        Raises:
            OSError: as `read`.
        """
        return cls(path, read(path, most))


@contextmanager
def opened(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """The regular file at ``path``, open for reading; nothing else is opened or waited for.

    Raises:
        OSError: it cannot be opened, is not a regular file, or ``path`` can name no file.
    """
    with os.fdopen(handle(path), "rb") as file:
        yield file


def handle(path: str | os.PathLike[str]) -> int:
    """A descriptor of the regular file at ``path``, which the caller closes.

    Raises:
        OSError: as for `opened`.
    """
    try:
        # Before it is opened: opening alone does something to some devices.
        _check_regular(os.stat(path), path)
        # Another file may be there now, and a FIFO without O_NONBLOCK waits for its writer.
        found = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except ValueError as error:  # a zero byte, or what no file system can encode
        raise OSError(errno.EINVAL, "not a file name", os.fspath(path)) from error
    try:
        _check_regular(os.fstat(found), path)
    except BaseException:
        os.close(found)
        raise
    return found


def read(path: str | os.PathLike[str], most: int) -> bytes:
    """The content of the regular file at ``path``, if it has at most ``most`` bytes.

    Raises:
        OSError: as for `opened`, or it has more.
    """
    with opened(path) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise OSError(errno.EOVERFLOW, f"it has more than {most} bytes", os.fspath(path))
    return content


def read_text(path: Path, most: int = LIST_BYTES) -> str:
    """The same as text.

    Raises:
        OSError: as for `read`.
        UnicodeDecodeError: it is not UTF-8.
    """
    return read(path, most).decode()


def is_unicode(name: str) -> bool:
    """Whether ``name`` is text: OpenCV crashes on a name of bytes that are not UTF-8."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _check_regular(found: os.stat_result, path: str | os.PathLike[str]) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(path))
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "not a regular file", os.fspath(path))
