"""What a client may request, and how a line is parsed. `edge.events.protocol` specifies it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from edge.events.protocol import BROADCAST, EXPECTED, Expected, Id

MAX_LINE_BYTES = 64 * 1024
MAX_ID_CHARS = 128


@dataclass(frozen=True, slots=True)
class Ping:
    type: ClassVar[str] = "ping"
    id: Id


@dataclass(frozen=True, slots=True)
class Subscribe:
    type: ClassVar[str] = "subscribe"
    id: Id
    events: frozenset[Literal["partial", "final", "revised", "state"]]


@dataclass(frozen=True, slots=True)
class Reset:
    type: ClassVar[str] = "reset"
    id: Id


@dataclass(frozen=True, slots=True)
class Pause:
    type: ClassVar[str] = "pause"
    id: Id
    keep: bool = False


@dataclass(frozen=True, slots=True)
class Resume:
    type: ClassVar[str] = "resume"
    id: Id


@dataclass(frozen=True, slots=True)
class Expect:
    type: ClassVar[str] = "expect"
    id: Id
    expect: Expected


@dataclass(frozen=True, slots=True)
class Words:
    type: ClassVar[str] = "words"
    id: Id
    words: tuple[str, ...]
    only: bool = False


@dataclass(frozen=True, slots=True)
class StatusRequest:
    type: ClassVar[str] = "status"
    id: Id


Request = Ping | Subscribe | Reset | Pause | Resume | Expect | Words | StatusRequest

_SIMPLE: dict[str, type[Ping | Reset | Resume | StatusRequest]] = {
    kind.type: kind for kind in (Ping, Reset, Resume, StatusRequest)
}
_KNOWN = ", ".join([*_SIMPLE, Pause.type, Subscribe.type, Expect.type, Words.type])


class BadRequest(Exception):
    """A line that is not a request; the fields are those of the ``error`` that answers it."""

    def __init__(
        self, code: Literal["malformed", "bad_request", "unknown_type"], message: str, id: Id = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.id = id


def decode(line: bytes) -> Request:
    """The request in ``line``.

    Raises:
        BadRequest: it is not a JSON object of a known type with valid fields.
    """
    try:
        fields: Any = json.loads(line.decode())
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        raise BadRequest("malformed", "a request is one JSON object a line")
    id = _id(fields.get("id"))
    name = fields.get("type")
    if not isinstance(name, str):
        raise BadRequest("malformed", "a request has a type, a string", id)
    if name == Subscribe.type:
        return Subscribe(id, _events(fields.get("events"), id))
    if name == Expect.type:
        return Expect(id, _expected(fields.get("expect"), id))
    if name == Pause.type:
        return Pause(id, _flag("keep", fields.get("keep", False), id))
    if name == Words.type:
        only = _flag("only", fields.get("only", False), id)
        return Words(id, _words(fields.get("words"), id), only)
    if name not in _SIMPLE:
        raise BadRequest("unknown_type", f"known types are {_KNOWN}", id)
    return _SIMPLE[name](id)


def _id(value: Any) -> Id:
    short_text = isinstance(value, str) and len(value) <= MAX_ID_CHARS
    number = type(value) is int and abs(value) < 2**53
    if value is not None and not short_text and not number:
        raise BadRequest(
            "bad_request", f"id must be a whole number or at most {MAX_ID_CHARS} characters"
        )
    return value  # type: ignore[no-any-return]


def _events(value: Any, id: Id) -> frozenset[Any]:
    names = value if isinstance(value, list) else [None]
    if not all(isinstance(name, str) and name in BROADCAST for name in names):
        valid = ", ".join(sorted(BROADCAST))
        raise BadRequest("bad_request", f"events must be a list of {valid}", id)
    return frozenset(names)


def _flag(name: str, value: Any, id: Id) -> bool:
    if not isinstance(value, bool):
        raise BadRequest("bad_request", f"{name} must be true or false", id)
    return value


def _words(value: Any, id: Id) -> tuple[str, ...]:
    words = value if isinstance(value, list) else [None]
    if not all(isinstance(word, str) for word in words):
        raise BadRequest("bad_request", "words must be a list of strings", id)
    return tuple(words)


def _expected(value: Any, id: Id) -> Any:
    if not (isinstance(value, str) and value in EXPECTED):
        raise BadRequest("bad_request", f"expect must be one of {', '.join(EXPECTED)}", id)
    return value
