"""The schema is one, takes what the program sends, and refuses what it never would."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

from edge.cli import main
from edge.events.requests import BadRequest, decode
from edge.events.schema import schema
from tests.wire import check_request

WHOLE = Draft202012Validator(schema())
STATE: dict[str, Any] = {
    "type": "state", "state": "reading", "fps": 30.0, "dropped": 0, "reason": "",
    "see": "", "expect": "any", "words": 0, "words_only": False, "request": "", "by": "", "seq": 1,
}  # fmt: skip
CHAR: dict[str, Any] = {"text": "a", "start": 1.0, "end": 1.2, "confidence": 0.5}
PARTIAL: dict[str, Any] = {
    "type": "partial", "segment": 1, "text": "a", "stable": 0, "confidence": 0.5, "chars": [CHAR],
    "time": 1.2, "captured": 1.2, "age_ms": 20.5, "plain": None, "seq": 2,
}  # fmt: skip


def test_it_is_a_schema_and_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    Draft202012Validator.check_schema(schema())
    assert main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out) == schema()


@pytest.mark.parametrize(
    "event",
    [
        STATE,
        PARTIAL,
        PARTIAL | {"type": "final", "more": "may come"},
        {"type": "bye", "reason": "slow"},
        {"type": "ok", "request": "reset"},
        {"type": "ok", "request": "reset", "id": "x"},
    ],
)
def test_events_are_valid(event: dict[str, Any]) -> None:
    WHOLE.validate(event)


@pytest.mark.parametrize(
    "event",
    [
        {},
        [],
        {"type": "dance"},
        STATE | {"state": "asleep"},
        STATE | {"seq": -1},
        STATE | {"fps": "30"},
        {name: value for name, value in STATE.items() if name != "reason"},
        PARTIAL | {"segment": 0},
        PARTIAL | {"confidence": 1.5},
        PARTIAL | {"age_ms": None},
        PARTIAL | {"chars": [CHAR | {"text": 1}]},
        PARTIAL | {"chars": [{}]},
        PARTIAL | {"chars": CHAR},
        {"type": "bye", "reason": "bored"},
        {"type": "error", "code": "oops", "message": ""},
        {"type": "ok", "request": "reset", "id": 1.5},
        {"type": "ok", "request": "reset", "id": "x" * 129},
        {"type": "ok", "request": "reset", "id": 2**53},
        {"type": "status", "state": "reading"},
    ],
)
def test_what_is_no_event_is_invalid(event: Any) -> None:
    with pytest.raises(ValidationError):
        WHOLE.validate(event)


@pytest.mark.parametrize(
    ("request_", "good"),
    [
        ({"type": "ping"}, True),
        ({"type": "pause", "id": 1}, True),
        ({"type": "subscribe", "events": ["final"], "id": None}, True),
        ({"type": "subscribe", "events": []}, True),
        ({"type": "expect", "expect": "digits"}, True),
        ({"type": "answer", "segment": 1, "text": "a"}, True),
        ({"type": "answer", "segment": 1, "text": "a", "kind": "written", "sources": ["b"]}, True),
        ({"type": "answer", "segment": 0, "text": "a"}, False),
        ({"type": "answer", "segment": 1, "text": ""}, False),
        ({"type": "answer", "segment": 1, "text": "a" * 2001}, False),
        ({"type": "answer", "segment": 1, "text": "a", "kind": "order"}, False),
        ({"type": "answer", "segment": 1, "text": "a", "sources": ["b"] * 9}, False),
        ({"type": "answer", "segment": 1, "text": "a", "sources": ["b" * 201]}, False),
        ({"type": "words", "words": ["anna", "ben = 2"], "only": True}, True),
        ({"type": "words", "words": []}, True),
        ({"type": "words"}, False),
        ({"type": "words", "words": "anna"}, False),
        ({"type": "words", "words": [1]}, False),
        ({"type": "words", "words": [], "only": 1}, False),
        ({"type": "subscribe"}, False),
        ({"type": "expect"}, False),
        ({"type": "expect", "expect": "numbers"}, False),
        ({"type": "expect", "expect": ["digits"]}, False),
        ({"type": "subscribe", "events": ["hello"]}, False),
        ({"type": "ping", "id": True}, False),
        ({"type": "ping", "id": [1]}, False),
        ({"type": "sing"}, False),
        ({"id": 1}, False),
    ],
)
def test_the_schema_and_the_server_agree_on_requests(request_: Any, good: bool) -> None:
    line = json.dumps(request_).encode()
    if good:
        check_request(request_)
        assert decode(line).type == request_["type"]
        return
    with pytest.raises(ValidationError):
        check_request(request_)
    with pytest.raises(BadRequest):
        decode(line)
