"""The listening sockets, and when connections are accepted on them."""

from __future__ import annotations

import logging
import resource
import select
import socket
import time
from collections.abc import Sequence

from edge.outputs.socket.rate_limiter import RateLimiter
from edge.outputs.socket.tcp_listener import TcpListener
from edge.outputs.socket.unix_listener import UnixListener

log = logging.getLogger(__name__)

RETRY_S = 0.5
"""Seconds without accepting after the system had no descriptor or memory for a client."""

LOOK_S = 2.0
"""Seconds between two looks whether the socket's file is still there."""

ACCEPT_RATE = 50.0
"""Connections accepted a second, on average: each costs what the frames need."""
ACCEPT_BURST = 100

RESERVED_DESCRIPTORS = 64
"""Descriptors that are left to the rest of the program, whatever the cap on clients."""


class Acceptor:
    """Accepts connections; where the system has no descriptor for one, tries again later.

    Attributes:
        retry_at: monotonic time at which `resume` accepts again; None while accepting or closed.
        look_at: monotonic time at which `restore` looks for the socket's file again; None
            when closed.
    """

    def __init__(self, listeners: Sequence[UnixListener | TcpListener], poll: select.poll) -> None:
        self.retry_at: float | None = 0.0
        self.look_at: float | None = 0.0
        self._listeners = {each.socket.fileno(): each for each in listeners}
        self._poll = poll
        self._open = False
        self._limiter = RateLimiter(time.monotonic(), ACCEPT_RATE, ACCEPT_BURST)

    def resume(self) -> None:
        """Accept, if it is time."""
        if self.retry_at is not None and time.monotonic() >= self.retry_at:
            self.retry_at, self._open = None, True
            for handle in self._listeners:
                self._poll.register(handle, select.POLLIN)

    def restore(self) -> None:
        """Make the socket's file again, if it is time to look and somebody has removed it."""
        now = time.monotonic()
        if self.look_at is None or now < self.look_at:
            return
        self.look_at = now + LOOK_S
        for handle, listener in list(self._listeners.items()):
            if isinstance(listener, UnixListener) and (made := listener.restored()):
                if self._open:
                    self._poll.unregister(handle)
                    self._poll.register(made.socket, select.POLLIN)
                listener.close()
                del self._listeners[handle]
                self._listeners[made.socket.fileno()] = made

    def accept(self, handle: int) -> socket.socket | None:
        """The connection that waits at the listener with this descriptor, if there is one."""
        if handle not in self._listeners:
            return None
        now = time.monotonic()
        if self._limiter.allow(now) != "allowed":
            self._suspend(now + 1 / ACCEPT_RATE)
            return None
        try:
            return self._listeners[handle].socket.accept()[0]
        except (BlockingIOError, InterruptedError, ConnectionError):
            return None
        except OSError as error:
            log.warning("no connection can be accepted for a moment: %s", error.strerror)
            self._suspend(time.monotonic() + RETRY_S)
            return None

    def close(self) -> None:
        """Stop listening, and remove the socket's file."""
        self._suspend(None)
        self.look_at = None
        for listener in self._listeners.values():
            listener.close()
        self._listeners.clear()

    def _suspend(self, until: float | None) -> None:
        if self._open:
            for handle in self._listeners:
                self._poll.unregister(handle)
        self.retry_at, self._open = until, False


def affordable(clients: int) -> int:
    """``clients``, or as many as this process may have descriptors for."""
    most = max(1, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - RESERVED_DESCRIPTORS)
    if clients > most:
        log.warning("room for %d clients, not %d: raise the limit on open files", most, clients)
    return min(clients, most)
