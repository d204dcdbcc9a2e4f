"""A socket server without a daemon, and raw clients of it."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from edge.events import (
    Bus,
    Final,
    Hello,
    Partial,
    Published,
    RequestHandler,
    Session,
    State,
    Status,
)
from edge.outputs.socket import SocketServer
from edge.pipeline.texts import text_event as event_of
from edge.recognize.hypothesis import Char, Hypothesis
from tests.wire import check

HELLO = Hello(version="0", source="test:", live=True, bundle="none")
Event = dict[str, Any]


def text_event(text: str, segment: int = 1, final: bool = False) -> Partial | Final:
    now = time.monotonic()
    chars = tuple(Char(letter, now, now, 0.9) for letter in text)
    return event_of(Hypothesis(segment, chars, 0, final, now, now), now)


class Client:
    """A raw connection that reads with a time-out and never guesses; every line is checked."""

    def __init__(self, address: Path | tuple[str, int]) -> None:
        if isinstance(address, Path):
            self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.socket.settimeout(10)
            self.socket.connect(str(address))
        else:
            self.socket = socket.create_connection(address, timeout=10)
        self.received = self.socket.makefile("rb")

    def next(self) -> Event | None:
        line = self.received.readline()
        return check(json.loads(line)) if line else None

    def until(self, kind: str) -> Event:
        """The next event of that type; those before it are lost."""
        while (event := self.next()) is not None:
            if event["type"] == kind:
                return event
        raise AssertionError(f"the connection ended before any {kind}")

    def rest(self) -> list[Event]:
        """All events up to the end of the connection."""
        events: list[Event] = []
        with suppress(ConnectionResetError):
            events.extend(iter(self.next, None))
        return events

    def send(self, content: bytes) -> bool:
        """Whether the server took all of it; it may have ended the connection before."""
        try:
            self.socket.sendall(content)
        except (BrokenPipeError, ConnectionResetError):
            return False
        return True

    def ask(self, **request: object) -> None:
        self.socket.sendall(json.dumps(request).encode() + b"\n")

    def sync(self) -> None:
        """Return when the server has handled all that was sent so far."""
        self.ask(type="ping", id="sync")
        assert self.until("pong")["id"] == "sync"

    def close(self) -> None:
        self.received.close()
        self.socket.close()


class Server:
    """A `SocketServer` on a bus of its own.

    Attributes:
        bus, session, socket: what it is made of.
        path: of the socket.
    """

    def __init__(
        self,
        path: Path,
        *,
        on_pause: Callable[[bool], None] = lambda paused: None,
        on_reset: Callable[[], None] = lambda: None,
        on_status: Callable[[], Status] | None = None,
        **options: Any,
    ) -> None:
        self._figures = (0.0, 0)
        self.bus = Bus(HELLO)
        self.session = Session(
            self.bus, on_pause=on_pause, on_reset=on_reset, figures=lambda: self._figures
        )
        handler = RequestHandler(self.session, on_status)
        self.socket = SocketServer(path, self.bus, handler, **options)
        self.path = self.socket.path
        self.bus.attach(self.socket)
        self.socket.start()

    def publish(self, event: Partial | Final | State) -> Published | None:
        """As the daemon does; a state has the figures of the event."""
        if isinstance(event, State):
            self._figures = event.fps, event.dropped
            self.session.set_state(event.state, event.reason, error=bool(event.reason))
            return None
        return self.session.publish(event)

    @property
    def clients(self) -> int:
        return self.socket.clients

    def close(self) -> None:
        self.socket.stop()


class Serve:
    """Starts servers and clients, and ends them after the test."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: list[Server | Client] = []

    def __call__(self, **options: Any) -> Server:
        server = Server(self._folder / "s.sock", **options)
        self._made.append(server)
        return server

    def connect(self, server: Server | tuple[str, int]) -> Client:
        client = Client(server.path if isinstance(server, Server) else server)
        self._made.append(client)
        return client

    def close(self) -> None:
        for thing in reversed(self._made):
            thing.close()


def eventually(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    """Wait for ``condition`` without a bound on speed, only on patience."""
    end = time.monotonic() + seconds
    while not (met := condition()) and time.monotonic() < end:
        time.sleep(0.01)
    return met
