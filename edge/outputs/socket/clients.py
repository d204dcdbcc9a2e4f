"""The clients of the server: what they are sent, what they request, and how each of them ends."""

from __future__ import annotations

import logging
import select
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from edge.events import Event, Partial, Published, RequestHandler, Status
from edge.events.protocol import Error, Ok, Reason, encode
from edge.events.requests import MAX_LINE_BYTES, BadRequest, Request, Subscribe, decode
from edge.outputs.queue import segment_of
from edge.outputs.socket.connection import Connection, Disconnected
from edge.outputs.socket.rate_limiter import BURST, RATE

log = logging.getLogger(__name__)

LINGER_S = 0.5
"""Seconds a client is given to take its last lines."""


class Clients:
    """At most ``most`` connections, polled for; all calls but ``len`` in the server's thread."""

    def __init__(
        self,
        poll: select.poll,
        handler: RequestHandler,
        deliver: Callable[[], None],
        most: int,
        queue: int,
    ) -> None:
        """
        Args:
            poll: where connections are registered.
            handler: carries out requests.
            deliver: called before a request is answered: what it caused must be sent first.
            most: connections at once.
            queue: lines that may wait for one.
        """
        self._poll = poll
        self._handler = handler
        self._deliver = deliver
        self._most = most
        self._queue = queue
        self._connections: dict[int, Connection] = {}
        self._due: set[Connection] = set()  # those that may have something to send
        self._ending: set[Connection] = set()

    def __len__(self) -> int:
        return len(self._connections)

    def deliver(self, published: Published) -> None:
        """Queue an event for all who want it and do not have it from their snapshot."""
        segment, partial = segment_of(published), isinstance(published.event, Partial)
        for connection in self._connections.values():
            if connection.wants(published):
                connection.slow |= not connection.outbox.put(published.line, segment, partial)
                self._due.add(connection)

    def welcome(self, connected: socket.socket, snapshot: Sequence[Published]) -> None:
        """A new client, and what it must know; one too many is refused."""
        connection = Connection(connected, self._queue, snapshot[-1].seq)
        if len(self._connections) >= self._most:
            message = f"there are {self._most} clients already"
            connection.end("busy", 0.0, Error(code="busy", message=message))
            with suppress(Disconnected):
                connection.send()
            connected.close()
            return
        for published in snapshot:
            connection.outbox.put(published.line)
        self._connections[connection.handle] = connection
        self._due.add(connection)
        self._poll.register(connected, connection.polled)
        log.info("client %d: connected, %s", connection.handle, connection.peer())

    def serve(self, handle: int, mask: int) -> None:
        """Do what the poll says of the descriptor ``handle``, if it is a client's."""
        connection = self._connections.get(handle)
        if connection is None:
            return
        try:
            if mask & select.POLLIN:
                self._receive(connection)
            if mask & select.POLLOUT:
                connection.send(writable=True)
                self._due.add(connection)
            if mask & (select.POLLHUP | select.POLLERR) and not connection.reading:
                raise Disconnected
        except Disconnected:
            self._drop(connection)

    def send_due(self) -> None:
        """Send what waits, end the slow, drop those who have ended, poll for what each needs."""
        due, self._due = self._due, set()
        for connection in due:
            if self._connections.get(connection.handle) is not connection:
                continue  # dropped meanwhile
            if connection.slow and connection.ending is None:
                self._end(connection, "slow")
            try:
                connection.send()
                ended = connection.ending is not None and not len(connection.outbox)
            except Disconnected:
                ended = True
            if ended:
                self._drop(connection)
            elif connection.polled != connection.interest:
                connection.polled = connection.interest
                self._poll.modify(connection.socket, connection.polled)

    def end_all(self, reason: Reason) -> None:
        """Send ``bye`` to everybody."""
        for connection in self._connections.values():
            if connection.ending is None:
                self._end(connection, reason)
        self.send_due()

    def end_overdue(self) -> None:
        """Drop those who did not take their last lines in time."""
        now = time.monotonic()
        for connection in [c for c in self._ending if c.ending is not None and now >= c.ending]:
            self._drop(connection)

    def deadline(self) -> float | None:
        """Monotonic time at which `end_overdue` has something to do; None for never."""
        return min((c.ending for c in self._ending if c.ending is not None), default=None)

    def close(self) -> None:
        """Drop everybody."""
        for connection in list(self._connections.values()):
            self._drop(connection)

    def _receive(self, connection: Connection) -> None:
        connection.receive()
        try:
            while connection.ending is None and (line := connection.next_line()) is not None:
                answer, reason = self._answer(connection, line)
                self._deliver()
                if reason:
                    self._end(connection, reason, answer)
                elif answer:
                    self._send(connection, answer)
        except ValueError:
            message = f"a line may have {MAX_LINE_BYTES} bytes"
            self._end(connection, "too_long", Error(code="too_long", message=message))
        self._due.add(connection)

    def _answer(self, connection: Connection, line: bytes) -> tuple[Event | None, Reason | None]:
        """(answer, why the connection ends): either may be None."""
        verdict = connection.limiter.allow(time.monotonic())
        if verdict == "allowed" and not line.strip():
            return None, None
        try:
            request: Request | Error = decode(line)
        except BadRequest as bad:
            request = Error(code=bad.code, message=bad.message, id=bad.id)
        if verdict != "allowed":
            message = f"a client may send {BURST} requests at once and {RATE:g} a second"
            error = Error(code="rate", message=message, id=request.id)
            return error, "rate" if verdict == "abusive" else None
        if isinstance(request, Error):
            ends = connection.strict and request.code == "malformed"
            return request, "malformed" if ends else None
        if isinstance(request, Subscribe):
            connection.events = request.events
            return Ok(request=request.type, id=request.id), None
        answer = self._handler.handle(request)
        if isinstance(answer, Status):
            answer = replace(answer, clients=len(self))
        return answer, None

    def _send(self, connection: Connection, event: Event) -> None:
        connection.slow |= not connection.outbox.put(encode(event))
        connection.send()
        if connection.slow:
            self._end(connection, "slow")

    def _end(self, connection: Connection, reason: Reason, last: Event | None = None) -> None:
        connection.end(reason, time.monotonic() + LINGER_S, last)
        self._due.add(connection)
        self._ending.add(connection)
        log.info("client %d: ends, %s", connection.handle, reason)

    def _drop(self, connection: Connection) -> None:
        self._connections.pop(connection.handle, None)
        self._ending.discard(connection)
        self._poll.unregister(connection.handle)
        connection.socket.close()
