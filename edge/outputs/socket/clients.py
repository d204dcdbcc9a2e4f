"""The clients of the server: what they are sent, what they ask, and how each of them ends."""

from __future__ import annotations

import logging
import select
import socket
import threading
import time
from collections.abc import Iterable
from contextlib import suppress

from edge.events.protocol import Broadcast, Error, Event, Partial, Reason, State, encode
from edge.events.request_handler import Answers
from edge.events.requests import MAX_LINE
from edge.outputs.socket.connection import Connection, Gone

log = logging.getLogger(__name__)

LINGER = 0.5
"""Seconds a client is given to take its last lines."""


class Clients:
    """At most ``most`` connections, polled for.

    `queue`, `welcome` and ``len`` are called under ``lock``, in any thread; all others in the
    server's, without it.
    """

    def __init__(
        self, poll: select.poll, lock: threading.Lock, answers: Answers, most: int, queue: int
    ) -> None:
        self._poll = poll
        self._lock = lock
        self._answers = answers
        self._most = most
        self._queue = queue
        self._connections: dict[int, Connection] = {}
        self._due: set[Connection] = set()  # those that may have something to send
        self._ending: set[Connection] = set()

    def __len__(self) -> int:
        return len(self._connections)

    def queue(self, event: Broadcast, line: bytes) -> None:
        """``line``, which is ``event``, for all who want it."""
        segment = None if isinstance(event, State) else event.segment
        partial = isinstance(event, Partial)
        for connection in self._connections.values():
            if event.type in connection.events and connection.ending is None:
                connection.slow |= not connection.outbox.put(line, segment, partial)
                self._due.add(connection)

    def welcome(self, connected: socket.socket, lines: Iterable[bytes]) -> None:
        """A new client, and its first ``lines``; one too many is told so."""
        connection = Connection(connected, self._queue)
        if len(self._connections) >= self._most:
            message = f"there are {self._most} clients already"
            connection.end("busy", 0.0, Error(code="busy", message=message))
            with suppress(Gone):
                connection.send()
            connected.close()
            return
        for line in lines:
            connection.outbox.put(line)
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
                with self._lock:
                    connection.send(writable=True)
                    self._due.add(connection)
            if mask & (select.POLLHUP | select.POLLERR) and not connection.reading:
                raise Gone
        except Gone:
            self._drop(connection)

    def send_due(self) -> None:
        """Send what waits, end the slow, drop those who have ended, poll for what each needs."""
        if not self._due:
            return
        with self._lock:
            due, self._due = self._due, set()
        for connection in due:
            if self._connections.get(connection.handle) is not connection:
                continue  # dropped meanwhile
            if connection.slow and connection.ending is None:
                self._end(connection, "slow")
            try:
                with self._lock:
                    connection.send()
                    ended = connection.ending is not None and not len(connection.outbox)
            except Gone:
                ended = True
            if ended:
                self._drop(connection)
            elif connection.polled != connection.interest:
                connection.polled = connection.interest
                self._poll.modify(connection.socket, connection.polled)

    def end_all(self, reason: Reason) -> None:
        """Say ``bye`` to everybody."""
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
                answer, reason = self._answers.to(connection, line)
                if reason:
                    self._end(connection, reason, answer)
                elif answer:
                    self._answer(connection, answer)
        except ValueError:
            message = f"a line may have {MAX_LINE} bytes"
            self._end(connection, "too_long", Error(code="too_long", message=message))
        with self._lock:
            self._due.add(connection)

    def _answer(self, connection: Connection, event: Event) -> None:
        with self._lock:
            connection.slow |= not connection.outbox.put(encode(event))
            connection.send()
        if connection.slow:
            self._end(connection, "slow")

    def _end(self, connection: Connection, reason: Reason, last: Event | None = None) -> None:
        with self._lock:
            connection.end(reason, time.monotonic() + LINGER, last)
            self._due.add(connection)
        self._ending.add(connection)
        log.info("client %d: ends, %s", connection.handle, reason)

    def _drop(self, connection: Connection) -> None:
        with self._lock:
            self._connections.pop(connection.handle, None)
        self._ending.discard(connection)
        self._poll.unregister(connection.handle)
        connection.socket.close()
