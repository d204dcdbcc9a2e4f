"""The errors of this program, in one tree.

::

    Exception
    ├── UserError          exit code 2: a person can fix it; one line, with the remedy
    │   ├── ConfigError    exit code 78: configuration, model or weights can never work
    │   ├── OutputLost     exit code 1: the standard output takes nothing any more
    │   ├── Shortage       exit code 1: no descriptor or memory now; nothing is wrong with a file
    │   └── CameraAbsent   exit code 2: missing, busy or not permitted; may be there later
    └── CameraLost         exit code 1: a camera that worked gives no more frames
        └── CameraStuck    exit code 1: it cannot be closed either, before the process ends

The daemon opens a camera that is absent or lost again and again; with ``--once`` it ends. Any
other error of this tree ends the program, and an exception outside of it is a bug.
"""

from __future__ import annotations

import errno
import logging
import mmap
import os
from collections.abc import Iterator
from contextlib import contextmanager

log = logging.getLogger(__name__)

SHORTAGES = frozenset(
    {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EIO, errno.EAGAIN, errno.ENOBUFS}
)
"""What the system says where it lacks something now: it says nothing about the file."""


_DESCRIPTORS = 8
"""What loading a model takes, and some more."""


class UserError(Exception):
    """The request cannot be carried out: no such video, camera busy, socket in use."""

    exit_code = 2

    def __init__(self, message: str) -> None:
        super().__init__(_printable(message))  # always one line, whatever a file or path says


class ConfigError(UserError):
    """The configuration, a model or its weights can never work (EX_CONFIG of sysexits.h)."""

    exit_code = 78


class OutputLost(UserError):
    """The standard output takes nothing any more.

    Attributes:
        reader_ended: because its reader has ended, not because a disk is full, say.
    """

    exit_code = 1

    def __init__(self, message: str, reader_ended: bool) -> None:
        super().__init__(message)
        self.reader_ended = reader_ended


class Shortage(UserError):
    """No descriptor or no memory at the moment, or a device that failed: nothing is damaged."""

    exit_code = 1


class CameraAbsent(UserError):
    """A camera is missing, busy or not permitted: it may be there later."""


class CameraLost(Exception):
    """A camera that worked gives no more frames."""


class CameraStuck(CameraLost):
    """A camera cannot be closed: only the end of the process frees the device."""


def exit_code(error: UserError) -> int:
    """What the program ends with: 1, so that systemd tries again, where a shortage is behind it."""
    return Shortage.exit_code if shortage(error) else error.exit_code


def shortage(error: BaseException | None) -> str:
    """What was short, where that is the reason of ``error`` or of what caused it; else empty."""
    while error is not None:
        if isinstance(error, MemoryError):
            return os.strerror(errno.ENOMEM)
        if isinstance(error, OSError) and error.errno in SHORTAGES:
            return os.strerror(error.errno)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return ""


def raise_shortage(error: BaseException, what: object, needs_bytes: int = 0) -> None:
    """To be called before ``what`` is called damaged because of ``error``.

    Args:
        what: could not be read or loaded.
        needs_bytes: of memory, about; with it, it is tried whether there are that many, and
            the descriptors: a library often does not say why it failed.

    Raises:
        Shortage: ``error``, or what caused it, is a shortage.
    """
    short = shortage(error)
    if not short and needs_bytes:
        opened: list[int] = []
        try:
            while len(opened) < _DESCRIPTORS:
                opened.append(os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC))
            mmap.mmap(-1, needs_bytes).close()
        except OSError as found:
            short = shortage(found)
        finally:
            for handle in opened:
                os.close(handle)
    if short:
        raise Shortage(f"{what} cannot be read now ({short}): free some, or try again") from error


@contextmanager
def unusable(what: object) -> Iterator[None]:
    """What the system or a library says of ``what``, a setting, a folder or a file, is one line.

    Raises:
        ConfigError: there was an OSError, a RuntimeError (of a native library, and of pathlib
            where a home is not known) or a ValueError.
        Shortage: the system lacks something now.
    """
    try:
        yield
    except (OSError, RuntimeError, ValueError) as error:
        raise_shortage(error, what)
        log.info("%s cannot be used", what, exc_info=True)
        raise ConfigError(f"{clear(str(what))} cannot be used: {first_line(error)}") from error


def first_line(error: BaseException) -> str:
    """What ``error`` says, for a message: what the system says without its file names."""
    said = getattr(error, "strerror", None) or str(error)
    return clear((str(said).strip().splitlines() or [type(error).__name__])[0])


def output_lost(error: OSError) -> OutputLost:
    """What it means that the standard output could not be written."""
    ended = error.errno == errno.EPIPE
    reason = "its reader has ended" if ended else error.strerror or str(error)
    return OutputLost(f"the standard output cannot be written: {reason}", ended)


def clear(text: str, most: int = 200) -> str:
    """``text`` out of a file, fit for a message: no control characters, not long."""
    shown = _printable(text[: most + 1])
    return shown if len(shown) <= most else shown[:most] + "..."


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
