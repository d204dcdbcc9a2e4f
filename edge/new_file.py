"""A file that somebody asked to be written: a new one, that only its owner may read."""

from __future__ import annotations

import os
from pathlib import Path

from edge.errors import UserError, clear, first_line, raise_shortage


def check(path: Path | str) -> None:
    """Check that `create` can make a file at ``path``, without making it.

    Raises:
        UserError: something is there already, or there is no folder that may be written.
    """
    name = clear(str(path))
    try:
        os.lstat(path)
    except FileNotFoundError:
        pass
    except ValueError as error:  # a zero byte, or what no file system can encode
        raise UserError(f"{name} is not a file name") from error
    except OSError as error:
        raise UserError(f"{name} cannot be written: {first_line(error)}") from error
    else:
        raise _taken(path)
    folder = os.path.dirname(path) or "."
    if not os.path.isdir(folder):
        raise UserError(f"{name} cannot be written: there is no such folder")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UserError(f"{name} cannot be written: its folder may not be")


def create(path: Path | str) -> int:
    """A descriptor of the new file at ``path``, open for writing.

    Raises:
        UserError: it cannot be made, or something is there already.
        Shortage: the system lacks something now.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        return os.open(path, flags, 0o600)
    except FileExistsError as error:
        raise _taken(path) from error
    except OSError as error:
        raise_shortage(error, path)
        raise UserError(f"{clear(str(path))} cannot be written: {first_line(error)}") from error
    except ValueError as error:
        raise UserError(f"{clear(str(path))} is not a file name") from error


def _taken(path: Path | str) -> UserError:
    return UserError(f"{clear(str(path))} is there already: remove it, or name another file")
