"""What a client may request, and how a line is parsed. `edge.events.protocol` specifies it."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, TypeGuard

from edge.events.protocol import (
    BROADCAST,
    EXPECTED,
    KINDS,
    MAX_ANSWER_CHARS,
    MAX_SOURCE_CHARS,
    MAX_SOURCES,
    ON_REQUEST,
    AnswerText,
    Expected,
    Id,
    Kind,
    Sources,
)

MAX_LINE_BYTES = 64 * 1024
MAX_ID_CHARS = 128
_CONTROL = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Categories of Unicode that are no text: among them what turns the direction of writing."""


@dataclass(frozen=True, slots=True)
class Ping:
    type: ClassVar[str] = "ping"
    id: Id


@dataclass(frozen=True, slots=True)
class Subscribe:
    type: ClassVar[str] = "subscribe"
    id: Id
    events: frozenset[Literal["partial", "final", "revised", "answer", "state", "view"]]


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
class AnswerRequest:
    type: ClassVar[str] = "answer"
    id: Id
    segment: Annotated[int, {"minimum": 1, "maximum": 2**53 - 1}]
    text: AnswerText
    kind: Kind = "passage"
    sources: Sources = ()


@dataclass(frozen=True, slots=True)
class StatusRequest:
    type: ClassVar[str] = "status"
    id: Id


Request = Ping | Subscribe | Reset | Pause | Resume | Expect | Words | AnswerRequest | StatusRequest

_SIMPLE: dict[str, type[Ping | Reset | Resume | StatusRequest]] = {
    kind.type: kind for kind in (Ping, Reset, Resume, StatusRequest)
}
_KNOWN = ", ".join(
    [*_SIMPLE, Pause.type, Subscribe.type, Expect.type, Words.type, AnswerRequest.type]
)


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
    if name == AnswerRequest.type:
        return _answer(fields, id)
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
    if not all(isinstance(name, str) and name in BROADCAST | ON_REQUEST for name in names):
        valid = ", ".join(sorted(BROADCAST | ON_REQUEST))
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


def _answer(fields: dict[str, Any], id: Id) -> AnswerRequest:
    segment, kind = fields.get("segment"), fields.get("kind", "passage")
    text, sources = fields.get("text"), fields.get("sources", [])
    if not (type(segment) is int and 1 <= segment < 2**53):
        raise BadRequest("bad_request", "segment must be the number of a segment", id)
    if not (isinstance(kind, str) and kind in KINDS):
        raise BadRequest("bad_request", f"kind must be one of {', '.join(KINDS)}", id)
    if not _plain(text, MAX_ANSWER_CHARS, "\n") or not text.strip():
        message = f"text must be 1 to {MAX_ANSWER_CHARS} characters without control characters"
        raise BadRequest("bad_request", message, id)
    if not (
        isinstance(sources, list)
        and len(sources) <= MAX_SOURCES
        and all(_plain(source, MAX_SOURCE_CHARS) and source.strip() for source in sources)
    ):
        message = (
            f"sources must be at most {MAX_SOURCES} texts of 1 to {MAX_SOURCE_CHARS} characters"
        )
        raise BadRequest("bad_request", message, id)
    return AnswerRequest(id, segment, text, kind, tuple(sources))  # type: ignore[arg-type]


def _plain(value: Any, most: int, allowed: str = "") -> TypeGuard[str]:
    """A short text that does nothing to the terminal, or the page, that shows it."""
    return (
        isinstance(value, str)
        and len(value) <= most
        and not any(c not in allowed and unicodedata.category(c) in _CONTROL for c in value)
    )
