"""Opens a socket to a daemon, or says what prevents it."""

from __future__ import annotations

import os
import socket

from edge.client.address import Address, UnixAddress, resolve
from edge.client.errors import ClientError, NotAllowed, NotIshara, NotRunning, Timeout

CONNECT_TIMEOUT_S = 5.0
CHUNK_BYTES = 1 << 16
"""Read at once."""


def open_socket(address: str | os.PathLike[str] | None) -> tuple[socket.socket, Address]:
    """A connected, non-blocking socket, and where it leads.

    Raises:
        NotRunning, NotAllowed, Timeout: it cannot be connected.
        UserError: ``address`` cannot be an address.
    """
    where = resolve(address)
    family, name = socket_name(where)
    connection = socket.socket(family, socket.SOCK_STREAM)
    try:
        connection.settimeout(CONNECT_TIMEOUT_S)
        connection.connect(name)
        connection.setblocking(False)
    except OSError as error:
        connection.close()
        raise connection_error(where, error) from error
    except BaseException:
        connection.close()
        raise
    return connection, where


def socket_name(where: Address) -> tuple[socket.AddressFamily, str | tuple[str, int]]:
    """(family, name) for the functions of `socket`."""
    if isinstance(where, UnixAddress):
        return socket.AF_UNIX, str(where.path)
    family = socket.AF_INET6 if ":" in where.host else socket.AF_INET
    return family, (where.host, where.port)


def connection_error(where: Address, error: OSError) -> ClientError:
    """What it means that connecting ended with ``error``."""
    if isinstance(error, PermissionError):
        return NotAllowed(f"no permission for {where}: join the group that owns it")
    # BlockingIOError: a Unix socket whose queue of connections is full.
    if isinstance(error, TimeoutError | BlockingIOError):
        return no_answer(where)
    return NotRunning(f"nothing listens on {where}: start it with `ishara run`")


def no_answer(where: object) -> Timeout:
    return Timeout(f"{where} does not answer: check the program there")


def not_ishara(where: object) -> NotIshara:
    return NotIshara(f"what listens on {where} is no ishara: name another socket")
