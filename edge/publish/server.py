"""The socket server: one thread, many clients, nothing unbounded."""

from __future__ import annotations

import logging
import select
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from edge.publish.answers import Answers, Callbacks
from edge.publish.board import Board
from edge.publish.connection import Connection, Gone
from edge.publish.port import ports
from edge.publish.protocol import (
    Broadcast,
    Error,
    Event,
    Hello,
    Partial,
    Reason,
    State,
    Status,
    encode,
)
from edge.publish.reception import Reception, affordable
from edge.publish.requests import MAX_LINE
from edge.publish.socket_file import SocketFile

log = logging.getLogger(__name__)

LINGER = 0.5
"""Seconds a client is given to take its last lines."""


class Server:
    """Publishes events to every client of a Unix socket, in a thread of its own.

    An exception in that thread is a bug and is not handled here: `threading.excepthook` gets it,
    after the sockets are closed. The program is expected to end then.
    """

    def __init__(
        self,
        path: Path,
        hello: Callable[[], Hello],
        *,
        on_reset: Callable[[], None] = lambda: None,
        on_pause: Callable[[bool], None] = lambda on: None,
        on_status: Callable[[], Status] | None = None,
        clients: int = 64,
        queue: int = 256,
        group: str = "",
        tcp: int = 0,
        listening: socket.socket | None = None,
    ) -> None:
        """Listens when it returns. Callbacks are called in the server's thread: never block there.

        Args:
            path: of the socket; `edge.publish.socket_path` has the usual one.
            hello: makes the first event of a connection.
            on_reset: forget the segment: a client asked for it, or a pause began or ended.
            on_pause: texts are held back (True), or no longer.
            on_status: how the program is doing. The server itself adds what only it knows
                (clients, a pause, the age of the newest text); without ``on_status`` it tells
                no more than what was published.
            clients: how many at once; one more is told ``busy``.
            queue: lines that may wait for one client.
            group: whose members may connect; empty for this user's own group.
            tcp: a port to listen on too, on loopback addresses only; 0 for none.
            listening: a Unix socket made by another (systemd), to be used instead of ``path``.

        Raises:
            BadSetup: there is no such group, or the socket cannot be given to it.
            Refusal: another server listens there, or the path or the port cannot be had.
        """
        file = SocketFile(path, group, listening)
        self.path = file.path
        self._poll = select.poll()
        try:
            self._reception = Reception([file, *ports(tcp)], self._poll)
        except BaseException:
            file.close()
            raise
        self._hello = hello
        self._most = affordable(clients)
        self._queue = queue
        self._bell, self._ring = socket.socketpair()
        self._bell.setblocking(False)
        self._ring.setblocking(False)
        self._poll.register(self._bell, select.POLLIN)
        # What publish() and the server's thread share:
        self._lock = threading.Lock()
        self._connections: dict[int, Connection] = {}
        self._due: set[Connection] = set()  # those that may have something to send
        self._ending: set[Connection] = set()  # the server's thread only
        self._board = Board()
        self._stopping: Reason | None = None
        status = on_status or (lambda: self._board.status(hello()))
        callbacks = Callbacks(on_reset, on_pause, status)
        self._answers = Answers(self._board, self._lock, self._queue_for_all, callbacks)
        self._thread = threading.Thread(target=self._run, name="publish", daemon=True)
        self._thread.start()

    @property
    def clients(self) -> int:
        """How many are connected."""
        with self._lock:
            return len(self._connections)

    def publish(self, event: Broadcast) -> bytes:
        """Give ``event`` its number and queue it for every client; never waits for one.

        Returns:
            The line as it goes over the wire; empty where a pause holds it back.

        Raises:
            ValueError: a number in it is not finite.
        """
        with self._lock:
            numbered = self._board.post(event)
            line = b"" if numbered is None else self._queue_for_all(numbered)
        if line:
            self._wake()
        return line

    def close(self, reason: Reason = "stopping") -> None:
        """Say ``bye``, give clients half a second to take it, and remove the socket."""
        with self._lock:
            self._stopping = self._stopping or reason
        self._wake()
        if threading.current_thread() is not self._thread:
            self._thread.join(LINGER + 1.0)

    def _queue_for_all(self, event: Broadcast) -> bytes:
        """Queue a numbered event for all who want it; the lock is held."""
        line = encode(event)
        segment = None if isinstance(event, State) else event.segment
        partial = isinstance(event, Partial)
        for connection in self._connections.values():
            if event.type in connection.events and connection.ending is None:
                connection.slow |= not connection.outbox.put(line, segment, partial)
                self._due.add(connection)
        return line

    def _wake(self) -> None:
        with suppress(OSError):  # it has been rung often enough, or nobody is there
            self._ring.send(b"!")

    # From here on, all is the server's thread.

    def _run(self) -> None:
        try:
            while self._stopping is None:
                self._reception.resume()
                self._turn()
            self._say_bye(self._stopping)
            while self._connections:
                self._turn()
        finally:
            for connection in list(self._connections.values()):
                self._drop(connection)
            self._reception.close()
            self._bell.close()
            self._ring.close()

    def _turn(self) -> None:
        """Wait until something is to be done, and do it."""
        for handle, mask in self._poll.poll(self._patience()):
            if handle == self._bell.fileno():
                self._bell.recv(4096)
            elif connection := self._connections.get(handle):
                self._serve(connection, mask)
            elif connected := self._reception.accept(handle):
                self._welcome(connected)
            # At once: a text must not wait until all that the others ask has been answered.
            if self._due:
                self._send_due()
        self._end_overdue()

    def _say_bye(self, reason: Reason) -> None:
        self._reception.close()
        for connection in self._connections.values():
            if connection.ending is None:
                self._end(connection, reason)
        self._send_due()

    def _patience(self) -> float | None:
        """Milliseconds until something is due even if nothing comes; None for never."""
        times = [c.ending for c in self._ending if c.ending is not None]
        if self._reception.again is not None:
            times.append(self._reception.again)
        return max(0.0, min(times) - time.monotonic()) * 1000 + 1 if times else None

    def _serve(self, connection: Connection, mask: int) -> None:
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

    def _welcome(self, connected: socket.socket) -> None:
        connection = Connection(connected, self._queue)
        hello = self._hello()
        with self._lock:
            if len(self._connections) >= self._most:
                message = f"there are {self._most} clients already"
                connection.end("busy", 0.0, Error(code="busy", message=message))
                with suppress(Gone):
                    connection.send()
                connected.close()
                return
            # Snapshot and membership in one step: no event is missed or comes twice.
            for event in (hello, *self._board.snapshot(time.monotonic())):
                connection.outbox.put(encode(event))
            self._connections[connection.handle] = connection
            self._due.add(connection)
        self._poll.register(connected, connection.polled)
        log.info("client %d: connected, %s", connection.handle, connection.peer())

    def _receive(self, connection: Connection) -> None:
        connection.receive()
        try:
            while connection.ending is None and (line := connection.next_line()) is not None:
                answer, reason = self._answers.to(connection, line, len(self._connections))
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

    def _send_due(self) -> None:
        """Send what waits, end the slow, drop those who have ended, poll for what each needs."""
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
            else:
                self._watch(connection)

    def _end_overdue(self) -> None:
        """Drop those who did not take their last lines in time."""
        now = time.monotonic()
        for connection in [c for c in self._ending if c.ending is not None and now >= c.ending]:
            self._drop(connection)

    def _watch(self, connection: Connection) -> None:
        """Poll for what the connection needs now."""
        if connection.polled != connection.interest:
            connection.polled = connection.interest
            self._poll.modify(connection.socket, connection.polled)

    def _drop(self, connection: Connection) -> None:
        with self._lock:
            self._connections.pop(connection.handle, None)
        self._ending.discard(connection)
        self._poll.unregister(connection.handle)
        connection.socket.close()
