"""Carries out the requests of clients."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from edge.events.protocol import Ok, Pong, Status
from edge.events.requests import Pause, Ping, Request, Reset, Resume, StatusRequest
from edge.events.session import Session


class RequestHandler:
    """Answers the requests that concern the daemon; `Subscribe` concerns a connection."""

    def __init__(self, session: Session, status: Callable[[], Status] | None = None) -> None:
        """``status`` says how the program is doing; without it, as far as the session knows."""
        self._session = session
        self._status = status or session.status

    def handle(self, request: Request) -> Ok | Pong | Status:
        """Carry out ``request``; the answer to send."""
        match request:
            case Ping():
                return Pong(time=round(time.monotonic(), 4), id=request.id)
            case StatusRequest():
                return replace(self._status(), id=request.id)
            case Reset():
                self._session.reset()
            case Pause() | Resume():
                self._session.pause(isinstance(request, Pause))
        return Ok(request=request.type, id=request.id)
