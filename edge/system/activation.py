"""The socket that systemd made for us: sd_listen_fds(3)."""

from __future__ import annotations

import os
import socket

FIRST = 3
"""The first descriptor passed (SD_LISTEN_FDS_START)."""


def stored(name: str) -> bool:
    """Whether systemd has kept a descriptor of this name for us; to be asked before `listening`."""
    if os.environ.get("LISTEN_PID") != str(os.getpid()):
        return False
    return name in os.environ.get("LISTEN_FDNAMES", "").split(":")


def listening() -> socket.socket | None:
    """The listening Unix stream socket inherited from systemd, non-blocking; None without one.

    The first that fits is taken. The variables are taken out of the environment, so that it is
    given once, and to no child.
    """
    count = os.environ.pop("LISTEN_FDS", "")
    pid = os.environ.pop("LISTEN_PID", "")
    os.environ.pop("LISTEN_FDNAMES", None)
    if not count.isdigit() or pid != str(os.getpid()):
        return None
    for handle in range(FIRST, FIRST + int(count)):
        try:
            os.set_inheritable(handle, False)
            found = socket.socket(fileno=handle)
        except OSError:  # not open, or no socket
            continue
        stream = (found.family, found.type) == (socket.AF_UNIX, socket.SOCK_STREAM)
        if stream and found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            found.setblocking(False)
            return found
        found.detach()
    return None
