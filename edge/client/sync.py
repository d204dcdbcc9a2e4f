"""The client for programs without asyncio; threads may share one."""

from __future__ import annotations

import math
import os
import select
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from types import TracebackType

from edge.client.errors import ClientError
from edge.client.session import ClientSession, Options, Phase
from edge.client.transport import CHUNK_BYTES, no_answer, open_socket
from edge.events.protocol import Event, Expected, Hello, Kind, Status


class Client:
    """Iterate for the events; ask with the methods, also while another thread iterates.

    There is no thread in here: whoever waits, for an event or an answer, reads for all. Where
    nobody waits nothing is read, and the daemon drops partials for this client; where nobody
    takes events but requests are made, `dropped` counts the events that this side dropped.

    The iteration ends when the daemon stops, and raises `Closed` when the connection ended for
    another reason. With ``reconnect`` it goes on instead.
    """

    def __init__(self, address: str | os.PathLike[str] | None, options: Options) -> None:
        """Use `edge.client.connect`."""
        self._address = address
        self._options = options
        self._session = ClientSession(options, time.monotonic())
        self._socket: socket.socket | None = None
        self._changed = threading.Condition()
        self._reading = False  # one of the threads that wait reads
        self._closing = threading.Event()

    @property
    def hello(self) -> Hello | None:
        """The newest of the daemon."""
        return self._session.hello

    @property
    def dropped(self) -> int:
        """Events that came while requests were made and nobody took events."""
        return self._session.queue.dropped

    def open(self) -> None:
        """Return when connected; called by `edge.client.connect`."""
        with self._changed:
            self._wait(lambda: self._session.hello is not None)
            if self._session.hello is None:
                raise self._session.failure or self._session.closed()

    def __iter__(self) -> Iterator[Event]:
        return self

    def __next__(self) -> Event:
        with self._changed:
            queue = self._session.queue
            self._wait(lambda: len(queue) > 0)
            if event := queue.take():
                return event
            if self._session.failure:
                raise self._session.failure
            raise StopIteration

    def subscribe(self, events: Iterable[str]) -> None:
        """Get only these of ``partial``, ``final`` and the other broadcasts from now on.

        Raises:
            ValueError: there is no such event.
            ClientError: as for `status`.
        """
        self._ask(lambda: self._session.subscribe(events))

    def status(self) -> Status:
        """How the daemon is doing.

        Raises:
            Timeout: it did not answer in time.
            Closed: the connection ended, or ends before the answer.
            RequestFailed: it answered with an error.
        """
        status = self._ask(lambda: self._session.request("status"))
        assert isinstance(status, Status)
        return status

    def pause(self, keep: bool = False) -> None:
        """Have no text published to anybody until `resume`, or until this connection ends; with
        ``keep``, also beyond it. Raises as `status`."""
        self._ask(lambda: self._session.request("pause", keep=keep))

    def resume(self) -> None:
        """Have texts published again. Raises as `status`."""
        self._ask(lambda: self._session.request("resume"))

    def reset(self) -> None:
        """Have the segment being read forgotten. Raises as `status`."""
        self._ask(lambda: self._session.request("reset"))

    def expect(self, expect: Expected) -> None:
        """Have only ``letters`` or ``digits`` read from now on, or ``any``. Raises as `status`;
        `RequestFailed` also where the daemon's bundle cannot read them."""
        self._ask(lambda: self._session.request("expect", expect=expect))

    def answer(
        self, segment: int, text: str, kind: Kind = "passage", sources: Iterable[str] = ()
    ) -> None:
        """Publish an answer to an ended segment to all clients: ``text``, at most 2,000 characters,
        and at most 8 ``sources``, best first. Raises as `status`; `RequestFailed` also where the
        segment is none of the last eight, during a pause, and beyond the rate."""
        self._ask(
            lambda: self._session.request(
                "answer", segment=segment, text=text, kind=kind, sources=list(sources)
            )
        )

    def words(self, words: Iterable[str], only: bool = False) -> None:
        """Know these words from now on, for all clients; ``only``: read nothing else.

        Each may have a weight: ``"anna = 3"``.
        """
        wanted = list(words)
        self._ask(lambda: self._session.request("words", words=wanted, only=only))

    def ping(self) -> float:
        """Seconds until the answer. Raises as `status`."""
        began = time.monotonic()
        self._ask(lambda: self._session.request("ping"))
        return time.monotonic() - began

    def close(self) -> None:
        """End the connection; an iteration in another thread ends."""
        with self._changed:
            self._session.close()
            self._closing.set()
            if self._reading and self._socket:
                with suppress(OSError):
                    self._socket.shutdown(socket.SHUT_RDWR)  # wakes the thread that reads
            elif not self._reading:
                self._close_socket()
            self._changed.notify_all()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _ask(self, request: Callable[[], int]) -> Event:
        deadline = time.monotonic() + self._options.answer_timeout
        session = self._session
        with self._changed:
            self._wait(lambda: session.ready, deadline)
            if session.over:
                raise session.closed()
            number = request()
            try:
                self._send()
                self._wait(lambda: session.answered(number), deadline)
                return session.answer(number)
            finally:
                session.forget(number)

    def _wait(self, ready: Callable[[], bool], deadline: float = math.inf) -> None:
        """Read, or let another thread read, until ``ready`` or all is over; the lock is held.

        Raises:
            Timeout: the monotonic ``deadline`` has passed.
        """
        while not ready() and not self._session.over:
            remaining = deadline - time.monotonic()
            if remaining <= 0:
                raise no_answer(self._session.address)
            if self._reading:
                self._changed.wait(min(remaining, threading.TIMEOUT_MAX))
                continue
            self._reading = True
            try:
                self._advance(deadline)
            finally:
                self._reading = False
                if self._session.phase in (Phase.CONNECTING, Phase.OVER):
                    self._close_socket()
                self._changed.notify_all()

    def _advance(self, deadline: float) -> None:
        """Connect, or wait until that is due, or receive once."""
        if self._session.phase is not Phase.CONNECTING:
            self._receive(deadline)
        elif (pause := min(self._session.retry_at, deadline) - time.monotonic()) > 0:
            with self._unlocked():
                self._closing.wait(pause)
        else:
            self._connect()

    def _connect(self) -> None:
        try:
            with self._unlocked():
                made, where = open_socket(self._address)
        except ClientError as error:
            if not self._session.over:
                self._session.failed(error, time.monotonic())
            return
        self._socket = made
        if not self._session.over:  # it may have been closed meanwhile
            self._session.address = where
            self._session.connected(time.monotonic())
            self._send()

    def _receive(self, deadline: float) -> None:
        connection, session = self._socket, self._session
        assert connection is not None
        greeting = session.phase is Phase.GREETING
        until = min(deadline, session.greeting_ends) if greeting else deadline
        poll = select.poll()
        poll.register(connection, select.POLLIN | (select.POLLOUT if session.outgoing else 0))
        remaining = max(0.0, until - time.monotonic())
        with self._unlocked():
            poll.poll(None if remaining == math.inf else math.ceil(remaining * 1000))
        if session.over:
            return
        self._send()
        try:
            data = connection.recv(CHUNK_BYTES)
        except BlockingIOError:
            if greeting and time.monotonic() >= session.greeting_ends:
                session.not_greeted(time.monotonic())
            return
        except OSError:
            data = b""
        if data:
            session.receive(data)
        else:
            session.lost(time.monotonic())

    def _send(self) -> None:
        """What can be sent without waiting."""
        outgoing = self._session.outgoing
        try:
            while outgoing and self._socket:
                del outgoing[: self._socket.send(outgoing)]
        except BlockingIOError:
            return
        except OSError:  # the daemon may have said why it ended: what came is still read
            outgoing.clear()

    def _close_socket(self) -> None:
        if self._socket:
            self._socket.close()
            self._socket = None

    @contextmanager
    def _unlocked(self) -> Iterator[None]:
        self._changed.release()
        try:
            yield
        finally:
            self._changed.acquire()
