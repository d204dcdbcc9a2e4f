"""One client of the server: its socket, what waits for it, and what it has sent so far."""

from __future__ import annotations

import fcntl
import select
import socket
import struct
import termios
import time

from edge.events import Event, Published
from edge.events.protocol import BROADCAST, ON_REQUEST, Bye, Reason, encode
from edge.events.requests import MAX_LINE_BYTES
from edge.outputs.socket.outbox import Outbox
from edge.outputs.socket.rate_limiter import RateLimiter

CHUNK_BYTES = 2 * 1024
"""Received at a time, so that no client keeps the others waiting longer."""
TCP_USER = "tcp"
_CREDENTIALS = struct.Struct("3i")


class Disconnected(Exception):
    """The client has closed its end."""


class Connection:
    """A client's non-blocking socket; only the server's thread reads and writes it.

    Attributes:
        handle: its descriptor, also after it has been closed.
        outbox: what waits for the client.
        events: the types of broadcast events the client wants.
        limiter: of its requests.
        strict: it is over TCP, where a web page could be it: anything malformed ends it, and so
            does the end of what it sends.
        polled: the interest that the server polls for.
        user: whose it is: ``uid N``, or ``tcp``, where nothing says.
        connected_at: monotonic time at which it was accepted.
        asked: it has sent a line.
        has_read: it was seen to have read all that it was sent.
        door: there is no room for it: it may ask for the status, and nothing else.
        slow: the outbox was too full for an event.
        ending: monotonic time at which the connection is closed, even with lines unsent.
    """

    def __init__(self, connected: socket.socket, queue: int, known: int) -> None:
        """``queue`` lines may wait; events up to number ``known`` are in the snapshot it gets."""
        connected.setblocking(False)
        self.socket = connected
        self.handle = connected.fileno()
        self.outbox = Outbox(queue)
        self.events: frozenset[str] = BROADCAST
        self.limiter = RateLimiter(time.monotonic())
        self._known = known
        self.strict = connected.family != socket.AF_UNIX
        self.polled = select.POLLIN
        self.user = TCP_USER if self.strict else f"uid {self._credentials()[1]}"
        self.connected_at = time.monotonic()
        self._peer = self._named()
        self.asked = False
        self.has_read = False
        self.door = False
        self.slow = False
        self.ending: float | None = None
        self._received = bytearray()
        self._reading = True
        self._blocked = False

    def wants(self, published: Published) -> bool:
        """The event is to be sent to this client."""
        return (
            (published.seq > self._known or published.event.type in ON_REQUEST)
            and published.event.type in self.events
            and self.ending is None
            and not self.door
        )

    @property
    def silent(self) -> bool:
        """It has never sent a line, nor, as far as the kernel says, read what it was sent."""
        if not (self.asked or self.has_read or self.strict):
            unread = fcntl.ioctl(self.handle, termios.TIOCOUTQ, bytes(4))
            self.has_read = not any(unread) and not len(self.outbox)
        return not (self.asked or self.has_read)

    def peer(self) -> str:
        """Who the client is, for the log and for all."""
        return self._peer

    def _named(self) -> str:
        if self.socket.family != socket.AF_UNIX:
            return "over TCP"
        return "pid {}, uid {}, gid {}".format(*self._credentials())

    def _credentials(self) -> tuple[int, int, int]:
        """(process, user, group) at the time of the connection."""
        size = _CREDENTIALS.size
        found = self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
        pid, uid, gid = _CREDENTIALS.unpack(found)
        return pid, uid, gid

    @property
    def interest(self) -> int:
        """What to poll for; a hang-up is reported in any case."""
        return (select.POLLIN if self._reading else 0) | (select.POLLOUT if self._blocked else 0)

    def receive(self) -> None:
        """Receive what has come.

        A client may close its sending half and go on listening; over TCP, where nobody can tell
        that from one that has gone, it may not.

        Raises:
            Disconnected: the connection is broken.
        """
        try:
            data = self.socket.recv(CHUNK_BYTES)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            raise Disconnected from error
        if self.strict and not data:
            raise Disconnected
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
        end = self._received.find(b"\n", 0, MAX_LINE_BYTES + 1)
        if end < 0:
            if len(self._received) > MAX_LINE_BYTES:
                raise ValueError
            return None
        line = bytes(self._received[:end])
        del self._received[: end + 1]
        self.asked = True
        return line

    def end(self, reason: Reason, deadline: float, last: Event | None = None) -> None:
        """Send ``last`` and ``bye`` and nothing more; a slow client gets only the ``bye``."""
        self.ending = deadline
        self._reading = False
        self._received.clear()
        lines = (encode(last) if last else b"") + encode(Bye(reason=reason))
        self.outbox.finish(lines, drop=self.slow)

    def send(self, writable: bool = False) -> None:
        """Send what waits, as far as the kernel takes it.

        Args:
            writable: the poll says that the kernel takes more.

        Raises:
            Disconnected: the connection is broken.
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
                raise Disconnected from error
