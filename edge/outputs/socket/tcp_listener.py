"""A TCP port for programs that cannot open a Unix socket; only ever on this machine."""

from __future__ import annotations

import errno
import logging
import socket

from edge.errors import UserError
from edge.outputs.socket.unix_listener import BACKLOG

log = logging.getLogger(__name__)

_ADDRESSES = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))


class TcpListener:
    """A listening, non-blocking TCP socket on one loopback address."""

    def __init__(self, family: socket.AddressFamily, address: str, port: int) -> None:
        """
        Raises:
            OSError: the port cannot be used.
        """
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        try:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            self.socket.bind((address, port))
            self.socket.listen(BACKLOG)
            self.socket.setblocking(False)
        except BaseException:
            self.socket.close()
            raise

    def close(self) -> None:
        """Stop listening."""
        self.socket.close()


def tcp_listeners(port: int) -> list[TcpListener]:
    """``port`` on 127.0.0.1 and, where the machine has IPv6, on ::1; none for port 0.

    Raises:
        UserError: another program has it, or this user may not.
    """
    listeners: list[TcpListener] = []
    for family, address in _ADDRESSES if port else ():
        try:
            listeners.append(TcpListener(family, address, port))
        except OSError as error:
            if (
                listeners
                and not isinstance(error, PermissionError)
                and error.errno != errno.EADDRINUSE
            ):
                log.info("no TCP port on %s: %s", address, error.strerror)
                continue
            for listener in listeners:
                listener.close()
            raise UserError(
                f"TCP port {port} on {address} cannot be used: {error.strerror or error}:"
                " choose another tcp in [publish], or 0 for none"
            ) from error
    return listeners
