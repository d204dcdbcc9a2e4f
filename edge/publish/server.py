"""The socket server: one thread, many clients, nothing unbounded."""

from __future__ import annotations

import select
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from edge.publish.connection import Connection, Gone
from edge.publish.protocol import (
    Broadcast,
    Error,
    Event,
    Hello,
    Ok,
    Partial,
    Pong,
    State,
    age_ms,
    encode,
)
from edge.publish.requests import MAX_LINE, BadRequest, Ping, Reset, Subscribe, decode
from edge.publish.socket_file import SocketFile

LINGER = 0.5
"""Seconds a client is given to take its last lines."""

PAUSE = 0.5
"""Seconds without accepting after the system had no descriptor or memory for a client."""


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
        clients: int = 64,
        queue: int = 256,
    ) -> None:
        """Listens when it returns.

        Args:
            path: of the socket; `edge.publish.socket_path` has the usual one.
            hello: makes the first event of a connection; called in the server's thread.
            on_reset: a client asked to forget the segment; called in the server's thread, and
                must not block.
            clients: how many at once; one more is told ``busy``.
            queue: lines that may wait for one client.

        Raises:
            Refusal: another server listens there, or the path cannot be used.
        """
        self._file = SocketFile(path)
        self._hello = hello
        self._on_reset = on_reset
        self._most = clients
        self._queue = queue
        self._bell, self._ring = socket.socketpair()
        self._bell.setblocking(False)
        self._ring.setblocking(False)
        self._poll = select.poll()
        self._poll.register(self._bell, select.POLLIN)
        self._accept_at: float | None = 0.0  # None while accepting
        # What publish() and the server's thread share:
        self._lock = threading.Lock()
        self._connections: dict[int, Connection] = {}
        self._seq = 0
        self._state: State | None = None
        self._partial: Partial | None = None
        self._stopping: str | None = None
        self._thread = threading.Thread(target=self._run, name="publish", daemon=True)
        self._thread.start()

    @property
    def path(self) -> Path:
        return self._file.path

    @property
    def clients(self) -> int:
        """How many are connected."""
        with self._lock:
            return len(self._connections)

    def publish(self, event: Broadcast) -> bytes:
        """Give ``event`` its number and queue it for every client; never waits for one.

        Returns:
            The line as it goes over the wire.

        Raises:
            ValueError: a number in it is not finite.
        """
        with self._lock:
            self._seq += 1
            event = replace(event, seq=self._seq)
            line = encode(event)
            self._remember(event)
            segment = None if isinstance(event, State) else event.segment
            for connection in self._connections.values():
                if event.type in connection.events and connection.ending is None:
                    kept = connection.outbox.put(line, segment, isinstance(event, Partial))
                    connection.slow |= not kept
        self._wake()
        return line

    def close(self, reason: str = "stopping") -> None:
        """Say ``bye``, give clients half a second to take it, and remove the socket."""
        with self._lock:
            self._stopping = self._stopping or reason
        self._wake()
        if threading.current_thread() is not self._thread:
            self._thread.join(LINGER + 1.0)

    def _remember(self, event: Broadcast) -> None:
        if isinstance(event, State):
            self._state = event
        else:
            self._partial = event if isinstance(event, Partial) else None

    def _wake(self) -> None:
        with suppress(OSError):  # it has been rung often enough, or nobody is there
            self._ring.send(b"!")

    # From here on, all is the server's thread.

    def _run(self) -> None:
        try:
            while self._stopping is None:
                self._resume_accepting()
                self._turn()
            self._say_bye(self._stopping)
            while self._connections:
                self._turn()
        finally:
            for connection in list(self._connections.values()):
                self._drop(connection)
            self._file.close()
            self._bell.close()
            self._ring.close()

    def _turn(self) -> None:
        """Wait until something is to be done, and do it."""
        for handle, mask in self._poll.poll(self._patience()):
            self._serve(handle, mask)
        self._send_all()

    def _resume_accepting(self) -> None:
        if self._accept_at is not None and time.monotonic() >= self._accept_at:
            self._accept_at = None
            self._poll.register(self._file.socket, select.POLLIN)

    def _say_bye(self, reason: str) -> None:
        if self._accept_at is None:
            self._poll.unregister(self._file.socket)
        self._accept_at = None
        self._file.close()
        for connection in self._connections.values():
            if connection.ending is None:
                self._end(connection, reason)
        self._send_all()

    def _patience(self) -> float | None:
        """Milliseconds until something is due even if nothing comes; None for never."""
        times = [c.ending for c in self._connections.values() if c.ending is not None]
        if self._accept_at is not None:
            times.append(self._accept_at)
        return max(0.0, min(times) - time.monotonic()) * 1000 + 1 if times else None

    def _serve(self, handle: int, mask: int) -> None:
        if handle == self._bell.fileno():
            self._bell.recv(4096)
        elif handle == self._file.socket.fileno():
            self._accept()
        elif connection := self._connections.get(handle):
            try:
                if mask & select.POLLIN:
                    self._receive(connection)
                if mask & select.POLLOUT:
                    with self._lock:
                        connection.send(writable=True)
                if mask & (select.POLLHUP | select.POLLERR) and not connection.reading:
                    raise Gone
            except Gone:
                self._drop(connection)

    def _accept(self) -> None:
        try:
            connected, _ = self._file.socket.accept()
        except (BlockingIOError, InterruptedError, ConnectionError):
            return
        except OSError:
            self._poll.unregister(self._file.socket)
            self._accept_at = time.monotonic() + PAUSE
            return
        connection = Connection(connected, self._queue)
        handle = connected.fileno()
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
            for event in (hello, self._state, self._fresh_partial()):
                if event is not None:
                    connection.outbox.put(encode(event))
            self._connections[handle] = connection
        self._poll.register(handle, connection.interest)

    def _fresh_partial(self) -> Partial | None:
        partial = self._partial
        return partial and replace(partial, age_ms=age_ms(partial.captured, time.monotonic()))

    def _receive(self, connection: Connection) -> None:
        connection.receive()
        try:
            while connection.ending is None and (line := connection.next_line()) is not None:
                if line.strip():
                    self._answer(connection, self._reply(connection, line))
        except ValueError:
            message = f"a line may have {MAX_LINE} bytes"
            self._end(connection, "too_long", Error(code="too_long", message=message))

    def _reply(self, connection: Connection, line: bytes) -> Event:
        try:
            request = decode(line)
        except BadRequest as bad:
            return Error(code=bad.code, message=bad.message, id=bad.id)
        match request:
            case Ping():
                return Pong(time=round(time.monotonic(), 4), id=request.id)
            case Subscribe():
                connection.events = request.events
                return Ok(request="subscribe", id=request.id)
            case Reset():
                with self._lock:
                    self._partial = None  # no new client gets the text that is forgotten
                self._on_reset()
                return Ok(request="reset", id=request.id)

    def _answer(self, connection: Connection, event: Event) -> None:
        with self._lock:
            connection.slow |= not connection.outbox.put(encode(event))
            connection.send()
        if connection.slow:
            self._end(connection, "slow")

    def _end(self, connection: Connection, reason: str, error: Error | None = None) -> None:
        with self._lock:
            connection.end(reason, time.monotonic() + LINGER, error)

    def _send_all(self) -> None:
        """Send what waits, end the slow, drop the ended, and poll for what each needs."""
        now = time.monotonic()
        for connection in list(self._connections.values()):
            if connection.slow and connection.ending is None:
                self._end(connection, "slow")
            try:
                with self._lock:
                    connection.send()
                    done = connection.ending is not None and not len(connection.outbox)
                if done or (connection.ending is not None and now >= connection.ending):
                    raise Gone
            except Gone:
                self._drop(connection)
            else:
                self._poll.modify(connection.socket, connection.interest)

    def _drop(self, connection: Connection) -> None:
        handle = connection.socket.fileno()
        with self._lock:
            self._connections.pop(handle, None)
        with suppress(KeyError):
            self._poll.unregister(handle)
        connection.socket.close()
