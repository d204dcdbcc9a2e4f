"""The standard streams: open, never in the way of a descriptor, and able to take any character."""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress

from edge.errors import OutputLost, UserError, output_lost

_closed: set[int] = set()


def prepare() -> None:
    """Make the three of them fit to be used; to be called before anything opens a descriptor.

    A closed one becomes /dev/null: else the next socket would be number 0, 1 or 2, and what is
    written there by a library would go to a client. What a stream cannot encode it escapes.
    """
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(number)
        except OSError:
            _closed.add(number)
            opened = os.open(os.devnull, os.O_RDWR)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
            os.set_inheritable(number, True)
        if getattr(sys, name) is None:
            stream = open(number, mode, encoding="utf-8", closefd=False)  # noqa: SIM115
            setattr(sys, name, stream)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def wanted(option: str) -> None:
    """The standard output is what ``option`` asks for.

    Raises:
        UserError: it was closed when the program began.
    """
    if 1 in _closed:
        raise UserError(f"the standard output is closed, and {option} writes there: open it")


def discard_unwritten() -> OutputLost | None:
    """Drop what cannot be written: Python would fail again at its end, and exit with 120.

    Returns why the standard output lost something, if it did.
    """
    failure = None
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError as error:
            failure = failure or (output_lost(error) if stream is sys.stdout else None)
            with suppress(OSError, ValueError):
                null = os.open(os.devnull, os.O_WRONLY)
                os.dup2(null, stream.fileno())
                os.close(null)
    return failure
