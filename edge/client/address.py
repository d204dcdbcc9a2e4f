"""Where a daemon listens, and how a program names that."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from edge.errors import UserError
from edge.socket_path import checked, socket_to_join

_LOOPBACK = {"127.0.0.1": "127.0.0.1", "[::1]": "::1", "localhost": "127.0.0.1"}


@dataclass(frozen=True, slots=True)
class UnixAddress:
    path: Path

    def __str__(self) -> str:
        return str(self.path)


@dataclass(frozen=True, slots=True)
class TcpAddress:
    """``host`` is a loopback address."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"tcp:{host}:{self.port}"


Address = UnixAddress | TcpAddress


def resolve(address: str | os.PathLike[str] | None) -> Address:
    """The address that is meant.

    Args:
        address: a path, ``unix:PATH`` or ``tcp:127.0.0.1:PORT``; None for the socket that
            ``ishara listen`` finds, which may be another one after a daemon has started.

    Raises:
        UserError: the path cannot be that of a socket, or the host is not a loopback address.
    """
    if address is None:
        return UnixAddress(socket_to_join())
    text = os.fspath(address)
    if text.startswith("tcp:"):
        return _tcp(text)
    return UnixAddress(checked(Path(text.removeprefix("unix:"))))


def _tcp(text: str) -> TcpAddress:
    host, _, port = text.removeprefix("tcp:").rpartition(":")
    if host not in _LOOPBACK or not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise UserError(f"{text} is not tcp:127.0.0.1:PORT: ishara listens on the loopback only")
    return TcpAddress(_LOOPBACK[host], int(port))
