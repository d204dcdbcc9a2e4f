"""One client of the server: its socket, what waits for it, and what it has sent so far."""

from __future__ import annotations

import select
import socket
import struct
import time

from edge.events.protocol import BROADCAST, Bye, Event, Reason, encode
from edge.events.requests import MAX_LINE
from edge.outputs.socket.outbox import Outbox
from edge.outputs.socket.rate_limiter import Budget

CHUNK = 2 * 1024
"""Bytes taken in at a time: no longer does one client keep the others waiting."""
_CREDENTIALS = struct.Struct("3i")


class Gone(Exception):
    """The client has closed its end."""


class Connection:
    """A client's non-blocking socket; only the server's thread reads and writes it.

    Attributes:
        handle: its descriptor, also after it has been closed.
        outbox: what waits for the client; shared with the publisher, under the server's lock.
        events: the types of broadcast events the client wants.
        budget: of its requests.
        strict: it is over TCP, where a web page could be it: anything malformed ends it, and so
            does the end of what it sends.
        polled: the interest that the server polls for.
        slow: the outbox was too full for an event.
        ending: monotonic time at which the connection is closed, even with lines unsent.
    """

    def __init__(self, connected: socket.socket, queue: int) -> None:
        connected.setblocking(False)
        self.socket = connected
        self.handle = connected.fileno()
        self.outbox = Outbox(queue)
        self.events: frozenset[str] = BROADCAST
        self.budget = Budget(time.monotonic())
        self.strict = connected.family != socket.AF_UNIX
        self.polled = select.POLLIN
        self.slow = False
        self.ending: float | None = None
        self._received = bytearray()
        self._reading = True
        self._blocked = False

    def peer(self) -> str:
        """Who the client is, for the log."""
        if self.socket.family != socket.AF_UNIX:
            return "over TCP"
        size = _CREDENTIALS.size
        told = self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
        return "pid {}, uid {}, gid {}".format(*_CREDENTIALS.unpack(told))

    @property
    def interest(self) -> int:
        """What to poll for; a hang-up is reported in any case."""
        return (select.POLLIN if self._reading else 0) | (select.POLLOUT if self._blocked else 0)

    def receive(self) -> None:
        """Take in what has come.

        A client may close its sending half and go on listening; over TCP, where nobody can tell
        that from one that has gone, it may not.

        Raises:
            Gone: the connection is broken.
        """
        try:
            data = self.socket.recv(CHUNK)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            raise Gone from error
        if self.strict and not data:
            raise Gone
        self._received += data
        self._reading = bool(data) and self.ending is None

    @property
    def reading(self) -> bool:
        """More may come from the client."""
        return self._reading

    def next_line(self) -> bytes | None:
        """The next complete line received, without its line feed; None where there is none.

        Raises:
            ValueError: it is longer than a line may be.
        """
        end = self._received.find(b"\n", 0, MAX_LINE + 1)
        if end < 0:
            if len(self._received) > MAX_LINE:
                raise ValueError
            return None
        line = bytes(self._received[:end])
        del self._received[: end + 1]
        return line

    def end(self, reason: Reason, deadline: float, last: Event | None = None) -> None:
        """Say ``last`` and ``bye`` and nothing more; a slow client gets only the ``bye``."""
        self.ending = deadline
        self._reading = False
        self._received.clear()
        lines = (encode(last) if last else b"") + encode(Bye(reason=reason))
        self.outbox.finish(lines, drop=self.slow)

    def send(self, writable: bool = False) -> None:
        """Send what waits, as far as the kernel takes it.

        Args:
            writable: the kernel has said that it takes more.

        Raises:
            Gone: the connection is broken.
        """
        if self._blocked and not writable:
            return
        self._blocked = False
        while line := self.outbox.head():
            try:
                self.outbox.sent(self.socket.send(line))
            except (BlockingIOError, InterruptedError):
                self._blocked = True
                return
            except OSError as error:
                raise Gone from error
