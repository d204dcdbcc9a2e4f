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


class CameraAbsent(UserError):
    """A camera is missing, busy or not permitted: it may be there later."""


class CameraLost(Exception):
    """A camera that worked gives no more frames."""


class CameraStuck(CameraLost):
    """A camera cannot be closed: only the end of the process frees the device."""


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
