"""The socket server: one thread, many clients, nothing unbounded."""

from __future__ import annotations

import select
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from edge.events.bus import Board
from edge.events.protocol import Broadcast, Hello, Reason, Status, encode
from edge.events.request_handler import Answers, Callbacks
from edge.outputs.socket.acceptor import Reception, affordable
from edge.outputs.socket.clients import LINGER, Clients
from edge.outputs.socket.tcp_listener import ports
from edge.outputs.socket.unix_listener import SocketFile


class Server:
    """Publishes events to every client of a Unix socket, in a thread of its own.

    An exception in that thread is a bug and is not handled here: `threading.excepthook` gets it,
    after the sockets are closed. The program is expected to end then.

    Attributes:
        path: of the socket.
        turns: grows while the thread turns; `nudge` makes it turn where there is nothing to do.
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
            ConfigError: there is no such group, or the socket cannot be given to it.
            UserError: another server listens there, or the path or the port cannot be had.
        """
        file = SocketFile(path, group, listening)
        self.path = file.path
        self.turns = 0
        self._poll = select.poll()
        try:
            self._reception = Reception([file, *ports(tcp)], self._poll)
        except BaseException:
            file.close()
            raise
        self._hello = hello
        self._bell, self._ring = socket.socketpair()
        self._bell.setblocking(False)
        self._ring.setblocking(False)
        self._poll.register(self._bell, select.POLLIN)
        # What publish() and the server's thread share:
        self._lock = threading.Lock()
        self._board = Board()
        self._stopping: Reason | None = None
        self._status = on_status or (lambda: self._board.status(hello()))
        callbacks = Callbacks(on_reset, on_pause, self.status)
        answers = Answers(self._board, self._lock, self._queue_for_all, callbacks)
        self._clients = Clients(self._poll, self._lock, answers, affordable(clients), queue)
        self._thread = threading.Thread(target=self._run, name="publish", daemon=True)
        self._thread.start()

    @property
    def clients(self) -> int:
        """How many are connected."""
        with self._lock:
            return len(self._clients)

    def status(self) -> Status:
        """How the program is doing, as a client is told that asks."""
        status = self._status()
        with self._lock:
            return self._board.complete(status, len(self._clients), time.monotonic())

    def nudge(self) -> None:
        """Make the thread turn once more, soon; returns at once."""
        self._wake()

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

    def close(self, reason: Reason = "stopping", patience: float = LINGER + 1.0) -> None:
        """Say ``bye``, give clients half a second to take it, and remove the socket.

        A thread that hangs is left after ``patience`` seconds.
        """
        with self._lock:
            self._stopping = self._stopping or reason
        self._wake()
        if threading.current_thread() is not self._thread:
            self._thread.join(max(0.0, patience))

    def _queue_for_all(self, event: Broadcast) -> bytes:
        """Queue a numbered event for all who want it; the lock is held."""
        line = encode(event)
        self._clients.queue(event, line)
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
            self._reception.close()
            self._clients.end_all(self._stopping)
            while len(self._clients):
                self._turn()
        finally:
            self._clients.close()
            self._reception.close()
            self._bell.close()
            self._ring.close()

    def _turn(self) -> None:
        """Wait until something is to be done, and do it."""
        for handle, mask in self._poll.poll(self._patience()):
            if handle == self._bell.fileno():
                self._bell.recv(4096)
            elif connected := self._reception.accept(handle):
                self._welcome(connected)
            else:
                self._clients.serve(handle, mask)
            # At once: a text must not wait until all that the others ask has been answered.
            self._clients.send_due()
        self._clients.end_overdue()
        self.turns += 1

    def _patience(self) -> float | None:
        """Milliseconds until something is due even if nothing comes; None for never."""
        times = [t for t in (self._clients.deadline(), self._reception.again) if t is not None]
        return max(0.0, min(times) - time.monotonic()) * 1000 + 1 if times else None

    def _welcome(self, connected: socket.socket) -> None:
        hello = self._hello()
        with self._lock:
            # Snapshot and membership in one step: no event is missed or comes twice.
            snapshot = self._board.snapshot(time.monotonic())
            self._clients.welcome(connected, [encode(event) for event in (hello, *snapshot)])
