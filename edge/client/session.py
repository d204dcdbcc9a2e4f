"""The client's side of the protocol without a socket: what both clients share.

A shell (`edge.client.sync`, `edge.client.aio`) connects when the session says so, hands over the
bytes it receives, and sends what stands in ``outgoing``. All times are monotonic seconds.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from itertools import count
from typing import Any

from edge.client.errors import Busy, ClientError, Closed, NotIshara, RequestFailed
from edge.client.lines import LineBuffer
from edge.client.parse import parse
from edge.client.queue import EventQueue
from edge.client.retry import Attempts
from edge.client.transport import no_answer, not_ishara
from edge.events.protocol import (
    BROADCAST,
    ON_REQUEST,
    PROTOCOL,
    Bye,
    Error,
    Event,
    Hello,
    Ok,
    Pong,
    Status,
)

HELLO_TIMEOUT_S = 5.0
"""A daemon greets at once; one that hangs does not."""

ANSWER_TIMEOUT_S = 5.0

QUEUE_EVENTS = 2048
"""More than the events of one `edge.client.transport.CHUNK_BYTES`, so that an iteration, which
reads only where none waits, loses none. They pile up only where requests are made meanwhile."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a program asked for; see `edge.client.connect`."""

    events: frozenset[str] = BROADCAST
    wait: bool = False
    timeout: float | None = None
    reconnect: bool = False
    answer_timeout: float = ANSWER_TIMEOUT_S


class Phase(Enum):
    CONNECTING = "no socket; connect at `retry_at`"
    GREETING = "connected; the hello has not come yet"
    OPEN = "the hello has come"
    OVER = "nothing more comes"


class ClientSession:
    """One program's connections to a daemon, one after the other.

    Attributes:
        phase: what the shell has to do.
        address: where it is connected, or was tried to, for messages; set by the shell.
        retry_at: when to connect, while CONNECTING.
        greeting_ends: until when the hello must come, while GREETING.
        outgoing: bytes to be sent.
        hello: the newest; None before the first.
        queue: the events to be given to the program.
        failure: why it is over; None where the daemon stopped or the program closed it.
    """

    def __init__(self, options: Options, now: float) -> None:
        self.phase = Phase.CONNECTING
        self.address: object = "the socket"
        self.retry_at = now
        self.greeting_ends = now
        self.outgoing = bytearray()
        self.hello: Hello | None = None
        self.queue = EventQueue(QUEUE_EVENTS)
        self.failure: ClientError | None = None
        self._options = options
        self._events = options.events
        self._attempts = Attempts(now, options.timeout)
        self._lines = LineBuffer()
        self._ids = count(1)
        self._answers: dict[int, Event | ClientError | None] = {}
        self._busy = ""
        self._reason = ""

    @property
    def over(self) -> bool:
        return self.phase is Phase.OVER

    @property
    def ready(self) -> bool:
        """Requests can be made: there is a connection, and no ``bye`` has come on it."""
        return self.phase is Phase.OPEN and not self._reason

    def connected(self, now: float) -> None:
        """There is a socket."""
        self.phase = Phase.GREETING
        self.greeting_ends = now + HELLO_TIMEOUT_S
        self._lines = LineBuffer()
        self._busy = self._reason = ""
        self.outgoing.clear()
        if self._events != BROADCAST:
            self._send("subscribe", events=sorted(self._events))

    def failed(self, error: ClientError, now: float) -> None:
        """There is none, or what is at its other end is of no use."""
        again = self._options.reconnect if self.hello else self._options.wait
        delay = self._attempts.delay(error, now) if again else None
        if delay is None:
            self._end(error)
        else:
            self.phase = Phase.CONNECTING
            self.retry_at = now + delay

    def not_greeted(self, now: float) -> None:
        """The hello did not come in time."""
        self.failed(no_answer(self.address), now)

    def lost(self, now: float) -> None:
        """The connection has ended."""
        if self._busy:
            self.failed(Busy(f"{self.address} is busy: {self._busy}: try again"), now)
            return
        closed = self.closed()
        if self.phase is Phase.GREETING:
            self.failed(closed, now)
            return
        self._fail_requests(closed)
        if self._options.reconnect:
            self._attempts = Attempts(now, self._options.timeout)
            self.failed(closed, now)
        else:
            self._end(None if self._reason == "stopping" else closed)

    def close(self) -> None:
        """The program wants no more."""
        if not self.over:
            self._reason = "closed"
            self._end(None)

    def closed(self) -> Closed:
        """What a request is answered with that there is no connection for."""
        reason = self._reason or "lost"
        return Closed(f"the connection to {self.address} ended: {reason}", reason)

    def receive(self, data: bytes) -> None:
        """Take what has come."""
        try:
            for line in self._lines.feed(data):
                event = parse(line)
                if event is not None and not self.over:
                    self._take(event)
        except ValueError:
            self._end(not_ishara(self.address))

    def subscribe(self, events: Iterable[str]) -> int:
        """`request` for these events, now and on every later connection.

        Raises:
            ValueError: one of them is none.
        """
        self._events = subscription(events)
        return self.request("subscribe", events=sorted(self._events))

    def request(self, kind: str, /, **fields: Any) -> int:
        """Ask; returns the number to look for the answer with."""
        number = self._send(kind, **fields)
        self._answers[number] = None
        return number

    def answered(self, number: int) -> bool:
        return self._answers[number] is not None

    def answer(self, number: int) -> Event:
        """The answer, once; raises the `ClientError` that came instead of one."""
        answer = self._answers.pop(number)
        if isinstance(answer, ClientError):
            raise answer
        assert answer is not None
        return answer

    def forget(self, number: int) -> None:
        """Nobody waits for that answer."""
        self._answers.pop(number, None)

    def _send(self, kind: str, /, **fields: Any) -> int:
        number = next(self._ids)
        self.outgoing += json.dumps({"type": kind, "id": number, **fields}).encode() + b"\n"
        return number

    def _take(self, event: Event) -> None:
        match event:
            case Hello():
                self._greet(event)
            case Bye(reason=reason):
                self._reason = reason
            case Error(code="busy", message=message) if self.phase is Phase.GREETING:
                self._busy = message
                return
            case Ok(id=int(number)) | Pong(id=int(number)) | Status(id=int(number)):
                self._answer(number, event)
                return
            case Error(id=int(number)) if number in self._answers:
                failed = RequestFailed(f"{self.address}: {event.message}", event.code)
                self._answer(number, failed)
                return
        if self.phase is Phase.GREETING:
            if not isinstance(event, Bye):
                raise ValueError("no hello")
            return
        if not self.over and (
            event.type in self._events or event.type not in BROADCAST | ON_REQUEST
        ):
            self.queue.put(event)

    def _greet(self, hello: Hello) -> None:
        if hello.protocol != PROTOCOL:
            message = f"{self.address} speaks protocol {hello.protocol}, this client {PROTOCOL}"
            self._end(NotIshara(f"{message}: install the same version of ishara-edge"))
            return
        self.phase = Phase.OPEN
        self.hello = hello

    def _answer(self, number: int, answer: Event | ClientError) -> None:
        if number in self._answers:
            self._answers[number] = answer

    def _fail_requests(self, error: ClientError) -> None:
        for number, answer in self._answers.items():
            if answer is None:
                self._answers[number] = error

    def _end(self, failure: ClientError | None) -> None:
        self.phase = Phase.OVER
        self.failure = failure
        self._fail_requests(failure or self.closed())


def subscription(events: Iterable[str]) -> frozenset[str]:
    """
    Raises:
        ValueError: there is an event that cannot be subscribed to.
    """
    wanted = frozenset((events,) if isinstance(events, str) else events)
    if unknown := wanted - BROADCAST - ON_REQUEST:
        known = ", ".join(sorted(BROADCAST | ON_REQUEST))
        raise ValueError(f"no such event: {', '.join(sorted(unknown))}; there are {known}")
    return wanted
