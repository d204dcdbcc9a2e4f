"""What a client's line is answered with."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from edge.events.bus import Board
from edge.events.protocol import Error, Event, Ok, Pong, Reason, State, Status
from edge.events.requests import (
    AskStatus,
    BadRequest,
    Pause,
    Ping,
    Request,
    Reset,
    Resume,
    Subscribe,
    decode,
)
from edge.outputs.socket.connection import Connection
from edge.outputs.socket.rate_limiter import BURST, RATE


@dataclass(frozen=True, slots=True)
class Callbacks:
    """What requests cause outside; called in the server's thread, without its lock."""

    reset: Callable[[], None]
    pause: Callable[[bool], None]
    status: Callable[[], Status]


class Answers:
    """Answers requests; ``send`` gives a numbered event to all clients, under ``lock``."""

    def __init__(
        self,
        board: Board,
        lock: threading.Lock,
        send: Callable[[State], object],
        callbacks: Callbacks,
    ) -> None:
        self._board = board
        self._lock = lock
        self._send = send
        self._call = callbacks

    def to(self, connection: Connection, line: bytes) -> tuple[Event | None, Reason | None]:
        """(answer, why the connection ends): either may be None."""
        verdict = connection.budget.take(time.monotonic())
        if verdict == "granted" and not line.strip():
            return None, None
        try:
            request: Request | Error = decode(line)
        except BadRequest as bad:
            request = Error(code=bad.code, message=bad.message, id=bad.id)
        if verdict != "granted":
            message = f"a client may ask {BURST} times at once and {RATE:g} times a second"
            error = Error(code="rate", message=message, id=request.id)
            return error, "rate" if verdict == "over" else None
        if isinstance(request, Error):
            ends = connection.strict and request.code == "malformed"
            return request, "malformed" if ends else None
        return self._granted(connection, request), None

    def _granted(self, connection: Connection, request: Request) -> Event:
        match request:
            case Ping():
                return Pong(time=round(time.monotonic(), 4), id=request.id)
            case Subscribe():
                connection.events = request.events
            case Reset():
                self._forget()
            case Pause() | Resume():
                self._pause(isinstance(request, Pause))
            case AskStatus():
                return replace(self._call.status(), id=request.id)
        return Ok(request=request.type, id=request.id)

    def _forget(self) -> None:
        with self._lock:
            self._board.forget()
        self._call.reset()

    def _pause(self, on: bool) -> None:
        with self._lock:
            state = self._board.pause(on)
            if state is not None:
                self._send(state)
        if state is not None:
            self._call.pause(on)
            self._call.reset()
