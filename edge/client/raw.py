"""The other end of the socket, as ``ishara listen`` and ``ishara status`` have it."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from edge.errors import UserError
from edge.socket_path import checked

PATIENCE = 5.0
"""Seconds in which a server that is well has answered."""

LONGEST = 1 << 20
"""Bytes of a line beyond which it is none of ours."""


def lines(path: Path) -> Iterator[str]:
    """Every line the server at ``path`` sends, without its line feed, until it ends.

    Raises:
        UserError: at once, where nothing listens there or it may not be connected to; later, where
            what it sends is no text.
    """
    return _read(path, _connected(path))


def listen(path: Path) -> Iterator[dict[str, Any]]:
    """Every event the server at ``path`` sends, as a dict; else as `lines`."""
    return map(json.loads, lines(path))


def ask(path: Path, request: str) -> dict[str, Any]:
    """The answer of the server at ``path`` to a ``request``, its type, that needs no fields.

    Raises:
        UserError: nothing listens there, it may not be connected to, it does not answer within
            `PATIENCE` seconds, it says that it is busy, or it is no Ishara.
    """
    connection = _connected(path)
    deadline = time.monotonic() + PATIENCE
    connection.settimeout(PATIENCE)
    line = json.dumps({"type": request, "id": request}) + "\n"
    try:
        with suppress(BrokenPipeError, ConnectionResetError):  # it may have said why
            connection.sendall(line.encode())
        for told in _read(path, connection, deadline):
            event = dict(json.loads(told))
            if event.get("id") == request:
                return event
            if event["type"] == "error":
                raise UserError(f"{path} gave no answer: {event['message']}: try again")
    except TimeoutError as error:
        raise UserError(f"{path} does not answer: see what hinders the program there") from error
    except (ValueError, TypeError, KeyError) as error:
        raise _foreign(path) from error
    finally:
        connection.close()
    raise UserError(f"{path} ended without an answer: try again")


def _connected(path: Path) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.connect(str(checked(path)))
    except PermissionError as error:
        connection.close()
        raise UserError(f"no permission for {path}: join the group that owns it") from error
    except OSError as error:
        connection.close()
        raise UserError(f"nothing listens on {path}: start it with `ishara run`") from error
    return connection


def _read(path: Path, connection: socket.socket, deadline: float | None = None) -> Iterator[str]:
    """The lines that come before the monotonic ``deadline``.

    Raises:
        TimeoutError: it has passed.
        UserError: what comes is no text, or has no end.
    """
    rest = b""
    with connection:
        while len(rest) <= LONGEST:
            if deadline is not None:
                connection.settimeout(max(1e-3, deadline - time.monotonic()))
            try:
                data = connection.recv(65536)
            except ConnectionResetError:
                return
            if not data:
                return
            *lines, rest = (rest + data).split(b"\n")
            try:
                yield from (line.decode() for line in lines)
            except UnicodeDecodeError as error:
                raise _foreign(path) from error
            if deadline is not None and time.monotonic() > deadline:
                raise TimeoutError
    raise _foreign(path)


def _foreign(path: Path) -> UserError:
    return UserError(f"what listens on {path} is no ishara: name another --socket")
