"""Carries out the requests of clients."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from edge.errors import UserError
from edge.events.protocol import Answer, Error, Ok, Pong, Status
from edge.events.requests import (
    AnswerRequest,
    Expect,
    Pause,
    Ping,
    Request,
    Reset,
    Resume,
    StatusRequest,
    Words,
)
from edge.events.session import Session


class RequestHandler:
    """Answers the requests that concern the daemon; `Subscribe` concerns a connection."""

    def __init__(self, session: Session, status: Callable[[], Status] | None = None) -> None:
        """``status`` says how the program is doing; without it, as far as the session knows."""
        self._session = session
        self._status = status or session.status

    def handle(
        self, request: Request, by: str = "", owner: object = None
    ) -> Ok | Pong | Status | Error:
        """Carry out ``request``; the answer to send.

        Args:
            by: who asks, to be said to all where it concerns all.
            owner: whose pause it is; it ends with `gone`, unless the request says ``keep``.
        """
        match request:
            case Ping():
                return Pong(time=round(time.monotonic(), 4), id=request.id)
            case StatusRequest():
                return replace(self._status(), id=request.id)
            case Reset():
                self._session.reset(by)
            case Pause():
                self._session.pause(True, by, None if request.keep else owner)
            case Resume():
                self._session.pause(False, by)
            case Expect():
                expect = request.expect
                return self._refusable(request, lambda: self._session.expect(expect, by))
            case Words():
                words, only = request.words, request.only
                return self._refusable(request, lambda: self._session.use_words(words, only, by))
            case AnswerRequest():
                if refusal := self._session.answer(_answer(request, by)):
                    return Error(code="bad_request", message=refusal, id=request.id)
        return Ok(request=request.type, id=request.id)

    def _refusable(self, request: Expect | Words, change: Callable[[], None]) -> Ok | Error:
        try:
            change()
        except UserError as error:
            return Error(code="bad_request", message=str(error), id=request.id)
        return Ok(request=request.type, id=request.id)

    def gone(self, owner: object, by: str = "") -> None:
        """``owner`` has gone, and its pause with it."""
        self._session.release(owner, by)


def _answer(request: AnswerRequest, by: str) -> Answer:
    return Answer(
        segment=request.segment,
        text=request.text,
        kind=request.kind,
        sources=request.sources,
        by=by,
    )
