"""The lines of a daemon as they come, not parsed: what ``ishara listen`` prints."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from contextlib import suppress

from edge.client.address import Address
from edge.client.errors import Busy, ClientError
from edge.client.lines import LineBuffer
from edge.client.parse import parse
from edge.client.retry import Attempts
from edge.client.transport import CHUNK_BYTES, CONNECT_TIMEOUT_S, not_ishara, open_socket
from edge.events.protocol import Hello, Status

DOOR_ATTEMPTS = 10
_HELLO = f'{{"type":"{Hello.type}"'

Connection = tuple[socket.socket, Address]


def lines(address: str | os.PathLike[str] | None = None, wait: bool = False) -> Iterator[str]:
    """Every line, without its line feed, until the daemon ends.

    Args:
        address: as for `edge.client.connect`.
        wait: for ever: for a daemon to come, and for the next one after each.

    Raises:
        ClientError: at once, where it cannot be connected to; later, `NotIshara`, where what
            comes is no text or has no line feeds.
    """
    attempts = Attempts(time.monotonic())
    first = _open(address, attempts) if wait else open_socket(address)
    return _follow(address, attempts, first) if wait else _read(*first)


def _open(address: str | os.PathLike[str] | None, attempts: Attempts) -> Connection:
    while True:
        try:
            return open_socket(address)
        except ClientError as error:
            delay = attempts.delay(error, time.monotonic())
            if delay is None:
                raise
            time.sleep(delay)


def _follow(
    address: str | os.PathLike[str] | None, attempts: Attempts, connection: Connection
) -> Iterator[str]:
    while True:
        greeted = False
        for line in _read(*connection):
            greeted = greeted or line.startswith(_HELLO)
            yield line
        if greeted:
            attempts = Attempts(time.monotonic())
        time.sleep(attempts.next_delay())
        connection = _open(address, attempts)


def _read(connection: socket.socket, where: Address) -> Iterator[str]:
    buffer = LineBuffer()
    connection.setblocking(True)
    with connection:
        while True:
            try:
                data = connection.recv(CHUNK_BYTES)
            except ConnectionResetError:
                return
            if not data:
                return
            try:
                yield from (line.decode() for line in buffer.feed(data))
            except ValueError as error:
                raise not_ishara(where) from error


def status_at_the_door(address: str | os.PathLike[str] | None = None) -> Status:
    """The status of a daemon that has no room for one more client: that much it tells.

    Raises:
        ClientError: as `lines`; `Busy` where it does not tell.
    """
    for _ in range(DOOR_ATTEMPTS):
        connection, where = open_socket(address)
        with connection, suppress(BrokenPipeError):
            connection.settimeout(CONNECT_TIMEOUT_S)
            connection.sendall(b'{"type":"status"}\n')
            for line in _read(connection, where):
                if isinstance(event := parse(line.encode()), Status):
                    return event
    raise Busy(f"{where} has as many clients as it may have: end some")
