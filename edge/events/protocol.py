"""Protocol version 1: what goes over the socket.

NDJSON in both directions: one JSON object a line, UTF-8, ended by a line feed, and every object
has a ``type``. A client ignores types and fields it does not know; they may grow within a
version. A client need send nothing: connect and read. ``ishara schema`` prints all this as a
JSON Schema, made from the dataclasses here and in `edge.events.requests`.

Server to client
----------------
On connecting come ``hello``, the newest ``state``, and, where a segment is being read, its newest
``partial``; then every event as it happens.

``hello``
    ``protocol`` 1, ``program``, ``version``, ``source`` (what is watched), ``live``, ``bundle``
    (the model that reads), ``view`` (what a `view` event has: ``none``, ``hands`` or
    ``picture``). With ``live`` true, ``time`` and the times of ``chars`` are seconds on
    this machine's CLOCK_MONOTONIC, like ``captured``; with ``live`` false, a recording is read as
    fast as possible and they are seconds since its first frame.
``partial``
    The text of a segment so far: ``segment`` (from 1), ``text``, ``stable`` (the first that many
    characters of ``text`` will not change any more), ``confidence`` 0-1, ``chars`` (a list of
    ``text``, ``start``, ``end``, ``confidence``), ``time`` and ``captured`` (of the frame it was
    read from), ``age_ms`` (milliseconds from that frame's capture to publishing; in a snapshot,
    to the snapshot), ``plain`` (the text as it is read without words; null where no words are in
    use), ``seq``. It replaces the partial of the same segment before it. A client
    that reads slowly misses partials, never a final.
``final``
    The same fields; the segment has ended. Where only words of a list are read and what was
    spelled is none of them, ``text`` and ``chars`` are empty. At most one ``revised`` may still
    follow for it.
``revised``
    A second reading of a segment, made with all of its context: the same fields as its ``final``,
    whose text it replaces; where it is not sure enough, ``text`` and ``chars`` are empty. At most
    one comes for a segment, while that segment is among the last eight that ended; most segments
    get none. Nothing follows it. A client that acts on a text at once takes each ``final`` and may
    ignore this; one that can correct itself takes both.
``answer``
    What a client says to what was spelled, for all to show: ``segment`` (one of the last eight that
    ended), ``text`` (may have several lines), ``kind`` (``passage``: a document as it stands;
    ``written``: in a model's words; ``unknown``: nothing is known), ``sources`` (where it is from,
    best first), ``by`` (who said so), ``seq``. A later one of a segment replaces the one before.
    It is another program's text: show it as text only, as no link, order or markup.
``state``
    ``state``: ``starting``, ``searching`` (no hand in view), ``reading`` (a hand in view),
    ``unsure`` (for a moment, after a ``final`` or a ``revised`` without text), ``paused`` (a client
    asked for it: no text is published, and none of what is spelled meanwhile will be),
    ``camera_lost`` or ``stopping``; ``fps`` (frames read in the last second or so), ``dropped``
    (frames skipped so far by the source or because a stage was busy),
    ``reason`` (for people; may be empty), ``see`` (why the hand in view may be read badly:
    ``far``, ``cut`` by the picture's edge, ``several`` people's hands; else empty), ``expect``
    (what is read: ``any``, ``letters`` or ``digits``), ``words`` (how many words of one's own are
    known), ``words_only`` (nothing but words is read), ``request`` (the type of the request that
    this tells to all: ``pause``, ``resume``, ``reset``, ``expect`` or ``words``; else empty),
    ``by`` (who asked for it, as far as the system says; a ``resume`` comes also where the client
    that paused has gone), ``seq``.
``view``
    Only for those who subscribed to it, and only where the configuration shares it
    (``publish.view``): what the camera sees, some ten times a second: ``width`` and ``height`` of
    its picture in pixels, ``hands`` (of each its 21 points, x and y as shares of the picture's
    width and height, not mirrored), ``picture`` (JPEG in base64, smaller than the camera's; empty
    unless that is shared too), ``captured``, ``age_ms``. None comes during a pause.
``error``
    ``code`` (``malformed``, ``bad_request``, ``unknown_type``, ``too_long``, ``rate``,
    ``busy``, ``not_allowed``), ``message`` (for people), and the ``id`` of the request, where it
    had one.
``bye``
    The last line; ``reason``: ``stopping``, ``slow`` (the client did not read), ``too_long``,
    ``rate`` (requests beyond the rate went on), ``malformed`` (over TCP only), ``busy``.
``ok``, ``pong``, ``status``
    Answers to requests: ``id`` where the request had one; ``request``, its type (``ok``);
    ``time``, CLOCK_MONOTONIC seconds (``pong``); the fields of `Status` (``status``).

``seq`` counts ``partial``, ``final``, ``revised``, ``answer`` and ``state`` events from 1 since
the server started; a gap is what this client missed or did not subscribe to. A snapshot carries
the ``seq`` of the original.

Client to server
----------------
A request may carry an ``id``, a string of at most 128 characters or a whole number below 2^53 in
size, which the answer repeats. A line is at most 64 KiB; a longer one is answered by an ``error``
and the end of the connection, anything else wrong by an ``error`` only. A client may send 100
requests at once and 50 a second on average; each one beyond is answered by an ``error`` with code
``rate`` instead, and 100 of those in a row end the connection. Of the requests that concern
everybody, a user may make 10 at once and one in 5 seconds on average: of ``reset``, of ``expect``,
of ``words``, of ``answer``, and of ``pause`` and ``resume`` together. One beyond is answered by an
``error`` with code ``rate``. Over TCP these are answered by ``not_allowed``, unless the
configuration allows them.

``ping``
    Answered by ``pong``.
``subscribe``
    ``events``: a list of ``partial``, ``final``, ``revised``, ``answer``, ``state``, ``view``: from
    now on only these. All others come in any case. Answered by ``ok``.
``reset``
    Forget the segment being read. Answered by ``ok``, before it by a ``state`` to all.
``pause``, ``resume``
    Look at no hand and publish no more texts to any client, until a ``resume``; the segment being
    read is forgotten, and so is what was spelled in between. The camera goes on, so that its loss
    is noticed and a ``resume`` takes no time. A pause ends with the connection that asked for it,
    unless its ``keep`` is true: then it lasts until a ``resume``. Answered by ``ok``, before it by
    a ``state`` to all.
``expect``
    ``expect``: ``letters``, ``digits`` or ``any``: read nothing else from now on, for all clients,
    until another such request or until the configuration is read again. The segment being read
    ends first, where this changes anything. A digit and the letter of the same handshape (0 and O,
    2 and V, 6 and W, 9 and F) are read as the one that is expected. Answered by ``ok``, before it
    by a ``state`` to all; by an ``error`` where the bundle reads no digits (or no letters).
``words``
    ``words``: a list of words of one's own, each as a line of the file that the configuration may
    name: know these from now on in place of those, for all clients, until another such request or
    until the configuration is read again. ``only``: true to read nothing but them. The segment
    being read ends first. Answered by ``ok``, before it by a ``state`` to all; by an ``error``
    where one is no word that the bundle can read.
``answer``
    ``segment``, ``text`` (1 to 2,000 characters; line feeds, no other control characters),
    ``kind``, ``sources`` (at most 8 of at most 200 characters each): publish this answer to all.
    Answered by ``ok``, before it by an ``answer`` to all; by an ``error`` where the segment is none
    of the last eight that ended, or during a pause.
``status``
    How the program is doing. Answered by ``status``.

Where it listens
----------------
On a Unix socket of mode 0660: who may connect may read what is spelled, and pause it. Where the
configuration gives a TCP port, also on 127.0.0.1 and ::1. There, *every* user and program of the
machine may read, and nothing says who it is; what concerns everybody only where the configuration
allows it (``publish.tcp_commands``). A web page cannot: the first line of an HTTP
request is malformed, and over TCP a malformed line ends the connection.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import Annotated, Any, ClassVar, Literal, get_args

PROTOCOL: Literal[1] = 1

# What is annotated stands in the JSON Schema as it is.
Id = Annotated[str | int | None, {"maxLength": 128, "minimum": 1 - 2**53, "maximum": 2**53 - 1}]
Count = Annotated[int, {"minimum": 0}]
Share = Annotated[float, {"minimum": 0, "maximum": 1}]
StateName = Literal[
    "starting", "searching", "reading", "unsure", "paused", "camera_lost", "stopping"
]
STATES: tuple[str, ...] = get_args(StateName)
Shared = Literal["none", "hands", "picture"]
See = Literal["", "far", "cut", "several"]
Expected = Literal["any", "letters", "digits"]
EXPECTED: tuple[str, ...] = get_args(Expected)
Kind = Literal["passage", "written", "unknown"]
KINDS: tuple[str, ...] = get_args(Kind)
MAX_ANSWER_CHARS = 2000
MAX_SOURCES = 8
MAX_SOURCE_CHARS = 200
AnswerText = Annotated[str, {"minLength": 1, "maxLength": MAX_ANSWER_CHARS}]
Source = Annotated[str, {"minLength": 1, "maxLength": MAX_SOURCE_CHARS}]
Sources = Annotated[tuple[Source, ...], {"maxItems": MAX_SOURCES}]
Code = Literal[
    "malformed", "bad_request", "unknown_type", "too_long", "rate", "busy", "not_allowed"
]
Reason = Literal["stopping", "slow", "too_long", "rate", "malformed", "busy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello:
    type: ClassVar[Literal["hello"]] = "hello"
    protocol: Literal[1] = PROTOCOL
    program: str = "ishara-edge"
    version: str
    source: str
    live: bool
    bundle: str
    view: Shared = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class CharSpan:
    """One character and the seconds between which the model saw it."""

    text: str
    start: float
    end: float
    confidence: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """What `Partial`, `Final` and `Revised` have in common."""

    type: ClassVar[str]
    segment: Annotated[int, {"minimum": 1}]
    text: str
    stable: Count
    confidence: Share
    chars: tuple[CharSpan, ...]
    time: float
    captured: float
    age_ms: float
    plain: str | None = None
    seq: Count = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Partial(Text):
    type: ClassVar[Literal["partial"]] = "partial"


@dataclass(frozen=True, slots=True, kw_only=True)
class Final(Text):
    type: ClassVar[Literal["final"]] = "final"


@dataclass(frozen=True, slots=True, kw_only=True)
class Revised(Text):
    type: ClassVar[Literal["revised"]] = "revised"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    type: ClassVar[Literal["answer"]] = "answer"
    segment: Annotated[int, {"minimum": 1}]
    text: AnswerText
    kind: Kind
    sources: Sources = ()
    by: str = ""
    seq: Count = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    type: ClassVar[Literal["state"]] = "state"
    state: StateName
    fps: float = 0.0
    dropped: Count = 0
    reason: str = ""
    see: See = ""
    expect: Expected = "any"
    words: Count = 0
    words_only: bool = False
    request: str = ""
    by: str = ""
    seq: Count = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    type: ClassVar[Literal["view"]] = "view"
    width: Count
    height: Count
    hands: tuple[tuple[tuple[float, ...], ...], ...]
    picture: str = ""
    captured: float
    age_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Error:
    type: ClassVar[Literal["error"]] = "error"
    code: Code
    message: str
    id: Id = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bye:
    type: ClassVar[Literal["bye"]] = "bye"
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Ok:
    type: ClassVar[Literal["ok"]] = "ok"
    request: str
    id: Id = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pong:
    type: ClassVar[Literal["pong"]] = "pong"
    time: float
    id: Id = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """How the program is doing.

    Attributes:
        uptime_s: seconds since the start.
        fps: frames read in the last second or so.
        frames: read since the start.
        dropped: frames skipped since the start: by the source, because a stage was busy, or because
            they were too old.
        dropped_tracked: those of them whose hands had been tracked already.
        black, same: frames that were black, or the same to the last bit as the one before.
        restarts: times the camera was opened again after it had been lost.
        last_error: the newest problem, for people; empty where there was none.
        age_ms: since the capture of the newest text's frame; null before any text.
        clients: connected now, this one included.
        rss_mb: memory of the process, in MB.
        temperature_c: of the processor; null where the machine does not report it.
        throttled: why the board limits its clock now; empty where it does not; null where the
            machine does not report it.
        delegate: what the models run on: ``cpu``, or the name of an accelerator.
        delegate_reason: why that, for people; may be empty.
        profile: the name of the configuration's profile; empty where it has none.
        expect: what is read.
        words: how many words of one's own are known.
        words_only: nothing but words is read.
    """

    type: ClassVar[Literal["status"]] = "status"
    state: StateName
    uptime_s: float
    fps: float = 0.0
    frames: Count = 0
    dropped: Count = 0
    dropped_tracked: Count = 0
    black: Count = 0
    same: Count = 0
    restarts: Count = 0
    last_error: str = ""
    age_ms: float | None = None
    clients: Count = 0
    rss_mb: float = 0.0
    temperature_c: float | None = None
    throttled: str | None = None
    delegate: str = "cpu"
    delegate_reason: str = ""
    bundle: str = ""
    profile: str = ""
    expect: Expected = "any"
    words: Count = 0
    words_only: bool = False
    source: str = ""
    id: Id = None


Broadcast = Partial | Final | Revised | Answer | State
"""What every client gets, unless it subscribed to less."""

BROADCAST: frozenset[str] = frozenset(kind.type for kind in get_args(Broadcast))

ON_REQUEST: frozenset[str] = frozenset({View.type})
"""What comes only to those who subscribed to it."""

Event = Hello | Partial | Final | Revised | Answer | State | View | Error | Bye | Ok | Pong | Status


def encode(event: Event) -> bytes:
    """``event`` as one line.

    Raises:
        ValueError: a number in it is not finite.
    """
    parts: dict[str, Any] = {"type": event.type, **_parts(event)}
    if parts.get("id", "") is None:
        del parts["id"]
    line = _JSON.encode(parts)
    # A lone surrogate, out of a file name or a client's id, has no UTF-8: \udXXX is its JSON.
    return line.encode("utf-8", "backslashreplace") + b"\n"


_NAMES = {kind: tuple(f.name for f in fields(kind)) for kind in (*get_args(Event), CharSpan)}


def _parts(of: Any) -> dict[str, Any]:
    """The fields of a dataclass; `dataclasses.asdict` copies deeply and takes far longer."""
    return {name: getattr(of, name) for name in _NAMES[type(of)]}


_JSON = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_parts)
