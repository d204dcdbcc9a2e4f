"""Where clients come in: the listening sockets, and when they are heeded."""

from __future__ import annotations

import logging
import resource
import select
import socket
import time
from collections.abc import Sequence

from edge.outputs.socket.tcp_listener import Port
from edge.outputs.socket.unix_listener import SocketFile

log = logging.getLogger(__name__)

PAUSE = 0.5
"""Seconds without accepting after the system had no descriptor or memory for a client."""

RESERVE = 64
"""Descriptors that are left to the rest of the program, whatever the cap on clients."""


class Reception:
    """Accepts clients; where the system has no descriptor for one, tries again after a while.

    Attributes:
        again: monotonic time at which `resume` accepts again; None while accepting, or at the end.
    """

    def __init__(self, doors: Sequence[SocketFile | Port], poll: select.poll) -> None:
        self.again: float | None = 0.0
        self._doors = {door.socket.fileno(): door for door in doors}
        self._poll = poll
        self._open = False

    def resume(self) -> None:
        """Accept, if the time has come."""
        if self.again is not None and time.monotonic() >= self.again:
            self.again, self._open = None, True
            for handle in self._doors:
                self._poll.register(handle, select.POLLIN)

    def accept(self, handle: int) -> socket.socket | None:
        """The client who waits at the door with this descriptor, if there is one."""
        if handle not in self._doors:
            return None
        try:
            return self._doors[handle].socket.accept()[0]
        except (BlockingIOError, InterruptedError, ConnectionError):
            return None
        except OSError as error:
            log.warning("no client can be taken for a moment: %s", error.strerror)
            self._shut(time.monotonic() + PAUSE)
            return None

    def close(self) -> None:
        """Listen no more, and remove the socket's file."""
        self._shut(None)
        for door in self._doors.values():
            door.close()
        self._doors.clear()

    def _shut(self, until: float | None) -> None:
        if self._open:
            for handle in self._doors:
                self._poll.unregister(handle)
        self.again, self._open = until, False


def affordable(clients: int) -> int:
    """``clients``, or as many as this process may have descriptors for."""
    most = max(1, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - RESERVE)
    if clients > most:
        log.warning("room for %d clients, not %d: raise the limit on open files", most, clients)
    return min(clients, most)
