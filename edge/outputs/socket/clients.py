"""The clients of the server: what they are sent, what they request, and how each of them ends."""

from __future__ import annotations

import logging
import os
import select
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from edge.events import Event, Partial, Published, RequestHandler, Status, View
from edge.events.protocol import Error, Ok, Reason, encode
from edge.events.requests import (
    MAX_LINE_BYTES,
    AnswerRequest,
    BadRequest,
    Expect,
    Pause,
    Request,
    Reset,
    Resume,
    StatusRequest,
    Subscribe,
    Words,
    decode,
)
from edge.outputs.queue import segment_of
from edge.outputs.socket.connection import Connection, Disconnected
from edge.outputs.socket.rate_limiter import BURST, EFFECT_BURST, EFFECT_RATE, RATE, RateLimiter

log = logging.getLogger(__name__)

LINGER_S = 0.5
"""Seconds a client is given to take its last lines."""


SILENT_S = 10.0
"""Seconds after which a connection that has neither sent nor read anything gives its place up."""

FLOOD_S = 30.0
"""Seconds after a connection was ended for its requests in which its user's next have less."""
WARY_BURST = 5
"""Requests that such a one may make at once: who connects again gets no more from it."""

DOOR_S = 0.1
"""Seconds that one for whom there is no room has to ask for the status."""

_EFFECTS = {
    Reset: "reset",
    Expect: "expect",
    Words: "words",
    Pause: "pause",
    Resume: "pause",
    AnswerRequest: "answer",
}
"""The requests that concern everybody, and the limit that each counts for."""


class Clients:
    """At most ``most`` connections, polled for; all calls but ``len`` in the server's thread.

    Attributes:
        viewers: connections that subscribed to `View`; any thread may read it.
    """

    def __init__(
        self,
        poll: select.poll,
        handler: RequestHandler,
        deliver: Callable[[], None],
        most: int,
        queue: int,
        tcp_commands: bool = False,
    ) -> None:
        """
        Args:
            poll: where connections are registered.
            handler: carries out requests.
            deliver: called before a request is answered: what it caused must be sent first.
            most: connections at once.
            queue: lines that may wait for one.
            tcp_commands: who comes over TCP may ask for what concerns everybody.
        """
        self._poll = poll
        self._handler = handler
        self._deliver = deliver
        self._most = most
        self._queue = queue
        self._tcp_commands = tcp_commands
        self.viewers = 0
        self._closing = False
        self._own = frozenset({"uid 0", f"uid {os.getuid()}"})
        self._effects: dict[tuple[str, str], RateLimiter] = {}
        self._flooded: dict[str, float] = {}  # when each user last did
        self._doors: dict[str, Connection] = {}  # one for each user
        self._new: set[Connection] = set()  # that may be silent
        self._connections: dict[int, Connection] = {}
        self._due: set[Connection] = set()  # those that may have something to send
        self._ending: set[Connection] = set()

    def __len__(self) -> int:
        return len(self._connections) - len(self._doors)

    def deliver(self, published: Published) -> None:
        """Queue an event for all who want it and do not have it from their snapshot."""
        segment, partial = segment_of(published), isinstance(published.event, Partial | View)
        for connection in self._connections.values():
            if connection.wants(published):
                connection.slow |= not connection.outbox.put(published.line, segment, partial)
                self._due.add(connection)

    def welcome(self, connected: socket.socket, snapshot: Sequence[Published]) -> None:
        """A new client, and what it must know; one too many is refused."""
        connection = Connection(connected, self._queue, snapshot[-1].seq)
        now = time.monotonic()
        if now < self._flooded.get(connection.user, -FLOOD_S) + FLOOD_S:
            connection.limiter = RateLimiter(now, burst=WARY_BURST)
        if not self._room(connection.user):
            if connection.strict or connection.user in self._doors:
                connection.end("busy", 0.0, self._busy())
                with suppress(Disconnected):
                    connection.send()
                connected.close()
                return
            connection.door = True
            self._doors[connection.user] = connection
            self._connections[connection.handle] = connection
            self._poll.register(connected, connection.polled)
            return
        if not connection.strict:
            self._new.add(connection)
        for published in snapshot:
            connection.outbox.put(published.line)
        self._connections[connection.handle] = connection
        self._due.add(connection)
        self._poll.register(connected, connection.polled)
        log.info("client %d: connected, %s", connection.handle, connection.peer())

    def _room(self, user: str) -> bool:
        """There is a place for one more of this user.

        A user other than this program's and root, and all who come over TCP together, have at most
        half of the places. Over TCP, where the kernel does not say who reads, one that has never
        sent anything gives its place up for one that comes.
        """
        theirs = [c for c in self._connections.values() if c.user == user and not c.door]
        share = self._most if user in self._own else max(1, self._most // 2)
        if len(self) < self._most and len(theirs) < share:
            return True
        before = time.monotonic() - SILENT_S
        idle = (c for c in theirs if c.strict and not c.asked and c.connected_at < before)
        if oldest := min(idle, key=lambda c: c.connected_at, default=None):
            oldest.end("busy", 0.0)
            with suppress(Disconnected):
                oldest.send()
            self._drop(oldest)
            return True
        return False

    def _busy(self) -> Error:
        return Error(code="busy", message=f"there are {len(self)} clients already")

    def serve(self, handle: int, mask: int) -> None:
        """Do what the poll says of the descriptor ``handle``, if it is a client's."""
        connection = self._connections.get(handle)
        if connection is None:
            return
        try:
            if mask & select.POLLIN:
                self._receive(connection)
            if mask & select.POLLOUT:
                connection.send(writable=True)
                self._due.add(connection)
            if mask & (select.POLLHUP | select.POLLERR) and not connection.reading:
                raise Disconnected
        except Disconnected:
            self._drop(connection)

    def send_due(self) -> None:
        """Send what waits, end the slow, drop those who have ended, poll for what each needs."""
        due, self._due = self._due, set()
        for connection in due:
            if self._connections.get(connection.handle) is not connection:
                continue  # dropped meanwhile
            if connection.slow and connection.ending is None:
                self._end(connection, "slow")
            try:
                connection.send()
                ended = connection.ending is not None and not len(connection.outbox)
            except Disconnected:
                ended = True
            if ended:
                self._drop(connection)
            elif connection.polled != connection.interest:
                connection.polled = connection.interest
                self._poll.modify(connection.socket, connection.polled)

    def end_all(self, reason: Reason) -> None:
        """Send ``bye`` to everybody."""
        self._closing = True
        for connection in self._connections.values():
            if connection.ending is None:
                self._end(connection, reason)
        self.send_due()

    def end_overdue(self) -> None:
        """Drop those who did not take their last lines in time."""
        now = time.monotonic()
        for connection in [c for c in self._ending if c.ending is not None and now >= c.ending]:
            self._drop(connection)
        for connection in [c for c in self._doors.values() if now >= c.connected_at + DOOR_S]:
            if connection.ending is None:
                self._end(connection, "busy", self._busy())
        for connection in list(self._new):
            if not connection.silent:
                self._new.discard(connection)
            elif now >= connection.connected_at + SILENT_S and connection.ending is None:
                connection.slow = True  # there is no point in keeping lines for it
                self._end(connection, "slow")
        self.send_due()

    def deadline(self) -> float | None:
        """Monotonic time at which `end_overdue` has something to do; None for never."""
        ending = [c.ending for c in self._ending if c.ending is not None]
        doors = [c.connected_at + DOOR_S for c in self._doors.values() if c.ending is None]
        silent = [c.connected_at + SILENT_S for c in self._new if c.ending is None]
        return min((*ending, *doors, *silent), default=None)

    def close(self) -> None:
        """Drop everybody."""
        self._closing = True
        for connection in list(self._connections.values()):
            self._drop(connection)

    def _receive(self, connection: Connection) -> None:
        connection.receive()
        try:
            while connection.ending is None and (line := connection.next_line()) is not None:
                if connection.door:
                    self._end(connection, "busy", self._at_the_door(line))
                    break
                answer, reason = self._answer(connection, line)
                self._deliver()
                if reason:
                    self._end(connection, reason, answer)
                elif answer:
                    self._send(connection, answer)
        except ValueError:
            message = f"a line may have {MAX_LINE_BYTES} bytes"
            self._end(connection, "too_long", Error(code="too_long", message=message))
        self._due.add(connection)

    def _answer(self, connection: Connection, line: bytes) -> tuple[Event | None, Reason | None]:
        """(answer, why the connection ends): either may be None."""
        verdict = connection.limiter.allow(time.monotonic())
        if verdict == "allowed" and not line.strip():
            return None, None
        try:
            request: Request | Error = decode(line)
        except BadRequest as bad:
            request = Error(code=bad.code, message=bad.message, id=bad.id)
        if verdict != "allowed":
            message = f"a client may send {BURST} requests at once and {RATE:g} a second"
            error = Error(code="rate", message=message, id=request.id)
            if verdict == "abusive":
                self._flooded[connection.user] = time.monotonic()
                return error, "rate"
            return error, None
        if isinstance(request, Error):
            ends = connection.strict and request.code == "malformed"
            return request, "malformed" if ends else None
        if isinstance(request, Subscribe):
            connection.events = request.events
            self._count_viewers()
            return Ok(request=request.type, id=request.id), None
        if refusal := self._refusal(connection, request):
            return refusal, None
        answer = self._handler.handle(request, connection.peer(), connection)
        if isinstance(answer, Status):
            answer = replace(answer, clients=len(self))
        return answer, None

    def _count_viewers(self) -> None:
        self.viewers = sum(View.type in c.events for c in self._connections.values())

    def _refusal(self, connection: Connection, request: Request) -> Error | None:
        """Why this client may not ask now for what concerns everybody; None where it may."""
        kind = _EFFECTS.get(type(request))
        if kind is None:
            return None
        if connection.strict and not self._tcp_commands:
            message = "over TCP nothing is changed, unless [publish] tcp_commands is true"
            return Error(code="not_allowed", message=message, id=request.id)
        now = time.monotonic()
        limiter = self._effects.setdefault(
            (connection.user, kind), RateLimiter(now, EFFECT_RATE, EFFECT_BURST)
        )
        if limiter.allow(now) == "allowed":
            return None
        message = (
            f"a user may ask for {kind} {EFFECT_BURST} times at once and every"
            f" {1 / EFFECT_RATE:g} seconds: it concerns everybody"
        )
        return Error(code="rate", message=message, id=request.id)

    def _at_the_door(self, line: bytes) -> Event:
        """The status, for whom there is no room; nothing else."""
        with suppress(BadRequest):
            request = decode(line)
            if isinstance(request, StatusRequest):
                answer = self._handler.handle(request)
                assert isinstance(answer, Status)
                return replace(answer, clients=len(self))
        return self._busy()

    def _send(self, connection: Connection, event: Event) -> None:
        connection.slow |= not connection.outbox.put(encode(event))
        connection.send()
        if connection.slow:
            self._end(connection, "slow")

    def _end(self, connection: Connection, reason: Reason, last: Event | None = None) -> None:
        connection.end(reason, time.monotonic() + LINGER_S, last)
        self._due.add(connection)
        self._ending.add(connection)
        log.info("client %d: ends, %s", connection.handle, reason)

    def _drop(self, connection: Connection) -> None:
        self._connections.pop(connection.handle, None)
        self._count_viewers()
        self._ending.discard(connection)
        self._new.discard(connection)
        if self._doors.get(connection.user) is connection:
            del self._doors[connection.user]
        if not self._closing:  # a pause outlives a crash, which ends everybody's connection
            self._handler.gone(connection, connection.peer())
        self._poll.unregister(connection.handle)
        connection.socket.close()
