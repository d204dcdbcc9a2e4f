"""The socket server: one thread, many clients, nothing unbounded."""

from __future__ import annotations

import select
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path

from edge.events import Bus, Published, RequestHandler
from edge.events.protocol import Reason
from edge.outputs.queue import EventQueue
from edge.outputs.socket.acceptor import Acceptor, affordable
from edge.outputs.socket.clients import LINGER_S, Clients
from edge.outputs.socket.tcp_listener import tcp_listeners
from edge.outputs.socket.unix_listener import UnixListener

MAX_WAITING = 4096
"""Events that may wait for the server's thread: over a minute of the fastest reading."""


class SocketServer:
    """A sink that sends events to every client of a Unix socket, in a thread of its own.

    An exception in that thread is a bug and is not handled here: `threading.excepthook` gets it,
    after the sockets are closed. The program is expected to end then.

    Attributes:
        path: of the socket.
        turns: grows while the thread turns; `wake` makes it turn where there is nothing to do.
    """

    def __init__(
        self,
        path: Path,
        bus: Bus,
        handler: RequestHandler,
        *,
        clients: int = 64,
        queue: int = 256,
        group: str = "",
        tcp: int = 0,
        tcp_commands: bool = False,
        inherited: socket.socket | None = None,
    ) -> None:
        """Listens when it returns; serves after `start`.

        Args:
            path: of the socket; `edge.socket_path.socket_path` gives the usual one.
            bus: greets new clients; the caller attaches the server to it.
            handler: carries out requests, in the server's thread; it must not block.
            clients: how many at once; one more gets ``busy``.
            queue: lines that may wait for one client.
            group: whose members may connect; empty for this user's own group.
            tcp: a port to listen on too, on loopback addresses only; 0 for none.
            tcp_commands: who comes there may pause, reset, and say what is expected.
            inherited: a Unix socket created by another (systemd), to be used instead of ``path``.

        Raises:
            ConfigError: there is no such group, or the socket cannot be given to it.
            UserError: another server listens there, or the path or the port cannot be used.
        """
        listener = UnixListener(path, group, inherited)
        self.path = listener.path
        self.turns = 0
        self._poll = select.poll()
        try:
            self._acceptor = Acceptor([listener, *tcp_listeners(tcp)], self._poll)
        except BaseException:
            listener.close()
            raise
        self._bus = bus
        self._inbox = EventQueue(MAX_WAITING)
        self._wake_reader, self._wake_writer = socket.socketpair()
        self._wake_reader.setblocking(False)
        self._wake_writer.setblocking(False)
        self._poll.register(self._wake_reader, select.POLLIN)
        self._stop_reason: Reason | None = None
        self._clients = Clients(
            self._poll, handler, self._deliver, affordable(clients), queue, tcp_commands
        )
        self._thread = threading.Thread(target=self._run, name="publish", daemon=True)

    @property
    def clients(self) -> int:
        """How many are connected."""
        return len(self._clients)

    @property
    def viewers(self) -> int:
        """How many of them subscribed to what the camera sees."""
        return self._clients.viewers

    def put(self, published: Published) -> None:
        """Queue an event for every client that wants it; returns at once."""
        self._inbox.put(published)
        self.wake()

    def wake(self) -> None:
        """Make the thread turn once more, soon; returns at once."""
        with suppress(OSError):  # it was woken often enough already, or has ended
            self._wake_writer.send(b"!")

    def start(self) -> None:
        self._thread.start()

    def stop(self, reason: Reason = "stopping", timeout: float = LINGER_S + 1.0) -> None:
        """Send ``bye``, give clients half a second to take it, and remove the socket.

        A thread that hangs is left running after ``timeout`` seconds.
        """
        self._stop_reason = self._stop_reason or reason
        self._inbox.close()
        self.wake()
        if self._thread.ident is None:
            self._close()
        elif threading.current_thread() is not self._thread:
            self._thread.join(max(0.0, timeout))

    # From here on, all is the server's thread.

    def _run(self) -> None:
        try:
            while self._stop_reason is None:
                self._acceptor.resume()
                self._acceptor.restore()
                self._turn()
            self._acceptor.close()
            self._deliver()
            self._clients.end_all(self._stop_reason)
            while len(self._clients):
                self._turn()
        finally:
            self._close()

    def _close(self) -> None:
        self._clients.close()
        self._acceptor.close()
        self._wake_reader.close()
        self._wake_writer.close()

    def _turn(self) -> None:
        """Wait until something is to be done, and do it."""
        for handle, mask in self._poll.poll(self._poll_ms()):
            if handle == self._wake_reader.fileno():
                self._wake_reader.recv(4096)
            elif connected := self._acceptor.accept(handle):
                snapshot = self._bus.snapshot(time.monotonic())
                self._clients.welcome(connected, snapshot)
            else:
                self._clients.serve(handle, mask)
            # At once: a text must not wait until all requests of the others have been answered.
            self._deliver()
            self._clients.send_due()
        self._clients.end_overdue()
        self.turns += 1

    def _deliver(self) -> None:
        for published in self._inbox.take_all():
            self._clients.deliver(published)

    def _poll_ms(self) -> float | None:
        """Milliseconds until something is due even if nothing comes; None for never."""
        times = (self._clients.deadline(), self._acceptor.retry_at, self._acceptor.look_at)
        due = [at for at in times if at is not None]
        return max(0.0, min(due) - time.monotonic()) * 1000 + 1 if due else None
