"""The other end of the socket, as ``ishara listen`` has it."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from edge.errors import Refusal
from edge.publish.paths import checked


def lines(path: Path) -> Iterator[str]:
    """Every line the server at ``path`` sends, without its line feed, until it ends.

    Raises:
        Refusal: at once, where nothing listens there or it may not be connected to.
    """
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.connect(str(checked(path)))
    except PermissionError as error:
        connection.close()
        raise Refusal(f"no permission for {path}: join the group that owns it") from error
    except OSError as error:
        connection.close()
        raise Refusal(f"nothing listens on {path}: start it with `ishara run`") from error
    return _read(connection)


def listen(path: Path) -> Iterator[dict[str, Any]]:
    """Every event the server at ``path`` sends, as a dict; else as `lines`."""
    return map(json.loads, lines(path))


def _read(connection: socket.socket) -> Iterator[str]:
    with connection, connection.makefile("r", encoding="utf-8", newline="\n") as received:
        try:
            for line in received:
                yield line.rstrip("\n")
        except ConnectionResetError:
            return
