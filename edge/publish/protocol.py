"""Protocol version 1: what goes over the socket.

NDJSON in both directions: one JSON object a line, UTF-8, ended by a line feed, and every object
has a ``type``. A client ignores types and fields it does not know; they may grow within a
version. Nothing is asked of a client: connect and read.

Server to client
----------------
On connecting come ``hello``, the newest ``state``, and, where a segment is being read, its newest
``partial``; then every event as it happens.

``hello``
    ``protocol`` 1, ``program``, ``version``, ``source`` (what is watched), ``live``, ``bundle``
    (the model that reads). With ``live`` true, ``time`` and the times of ``chars`` are seconds on
    this machine's CLOCK_MONOTONIC, like ``captured``; with ``live`` false, a recording is read as
    fast as possible and they are seconds since its first frame.
``partial``
    The text of a segment so far: ``segment`` (from 1), ``text``, ``stable`` (the first that many
    characters of ``text`` will not change any more), ``confidence`` 0-1, ``chars`` (a list of
    ``text``, ``start``, ``end``, ``confidence``), ``time`` and ``captured`` (of the frame it was
    read from), ``age_ms`` (milliseconds from that frame's capture to publishing; in a snapshot,
    to the snapshot), ``seq``. It replaces the partial of the same segment before it. A client
    that reads slowly misses partials, never a final.
``final``
    The same fields; the segment has ended and nothing more comes for it.
``state``
    ``state``: ``starting``, ``searching`` (no hand in view), ``reading`` (a hand in view),
    ``camera_lost`` or ``stopping``; ``fps`` (frames read in the last second or so), ``dropped``
    (frames skipped so far because a stage was busy), ``reason`` (for people; may be empty),
    ``seq``.
``error``
    ``code`` (``malformed``, ``bad_request``, ``unknown_type``, ``too_long``, ``busy``),
    ``message`` (for people), and the ``id`` of the request, where it had one.
``bye``
    The last line; ``reason``: ``stopping``, ``slow`` (the client did not read), ``too_long``.
``ok``, ``pong``
    Answers to requests: ``id`` where the request had one; ``request``, its type (``ok``);
    ``time``, CLOCK_MONOTONIC seconds (``pong``).

``seq`` counts ``partial``, ``final`` and ``state`` events from 1 since the server started; a gap
is what this client missed or did not subscribe to. A snapshot carries the ``seq`` of the
original.

Client to server
----------------
A request may carry an ``id``, a string of at most 128 characters or a whole number below 2^53 in
size, which the answer repeats. A line is at most 64 KiB; a longer one is answered by an ``error``
and the end of the connection, anything else wrong by an ``error`` only.

``ping``
    Answered by ``pong``.
``subscribe``
    ``events``: a list of ``partial``, ``final``, ``state``: from now on only these. All others
    come in any case. Answered by ``ok``.
``reset``
    Forget the segment being read. Answered by ``ok``.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Literal, get_args

from edge.recognize.hypothesis import Hypothesis

PROTOCOL = 1

Id = str | int | None
StateName = Literal["starting", "searching", "reading", "camera_lost", "stopping"]
STATES: tuple[str, ...] = get_args(StateName)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello:
    type: ClassVar[str] = "hello"
    protocol: int = PROTOCOL
    program: str = "ishara-edge"
    version: str
    source: str
    live: bool
    bundle: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CharSpan:
    """One character and the seconds between which the model saw it."""

    text: str
    start: float
    end: float
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """What `Partial` and `Final` have in common."""

    type: ClassVar[str]
    segment: int
    text: str
    stable: int
    confidence: float
    chars: tuple[CharSpan, ...]
    time: float
    captured: float
    age_ms: float
    seq: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Partial(Text):
    type: ClassVar[str] = "partial"


@dataclass(frozen=True, slots=True, kw_only=True)
class Final(Text):
    type: ClassVar[str] = "final"


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    type: ClassVar[str] = "state"
    state: StateName
    fps: float = 0.0
    dropped: int = 0
    reason: str = ""
    seq: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Error:
    type: ClassVar[str] = "error"
    code: str
    message: str
    id: Id = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bye:
    type: ClassVar[str] = "bye"
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ok:
    type: ClassVar[str] = "ok"
    request: str
    id: Id = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pong:
    type: ClassVar[str] = "pong"
    time: float
    id: Id = None


Broadcast = Partial | Final | State
"""What every client gets, unless it subscribed to less."""

BROADCAST: frozenset[str] = frozenset({"partial", "final", "state"})

Event = Hello | Partial | Final | State | Error | Bye | Ok | Pong


def from_hypothesis(hypothesis: Hypothesis, now: float) -> Partial | Final:
    """The event for ``hypothesis``, published at ``now`` monotonic seconds."""
    stable = hypothesis.chars[: hypothesis.stable]
    event: type[Partial] | type[Final] = Final if hypothesis.final else Partial
    return event(
        segment=hypothesis.segment,
        text=hypothesis.text,
        stable=sum(len(char.text) for char in stable),
        confidence=round(hypothesis.confidence, 3),
        chars=tuple(
            CharSpan(
                text=char.text,
                start=round(char.start, 4),
                end=round(char.end, 4),
                confidence=round(char.confidence, 3),
            )
            for char in hypothesis.chars
        ),
        time=round(hypothesis.time, 4),
        captured=round(hypothesis.captured, 4),
        age_ms=age_ms(hypothesis.captured, now),
    )


def age_ms(captured: float, now: float) -> float:
    """Milliseconds from ``captured`` to ``now``, both monotonic seconds."""
    return round((now - captured) * 1000, 1)


def encode(event: Event) -> bytes:
    """``event`` as one line.

    Raises:
        ValueError: a number in it is not finite.
    """
    fields: dict[str, Any] = {"type": event.type, **asdict(event)}
    if fields.get("id", "") is None:
        del fields["id"]
    line = json.dumps(fields, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    # A lone surrogate, out of a file name or a client's id, has no UTF-8: \udXXX is its JSON.
    return line.encode("utf-8", "backslashreplace") + b"\n"
