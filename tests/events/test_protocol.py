import json
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.events.protocol import (
    STATES,
    Bye,
    Code,
    Error,
    Hello,
    Ok,
    Pong,
    Reason,
    State,
    Status,
    encode,
)
from edge.events.requests import (
    AnswerRequest,
    BadRequest,
    Expect,
    Pause,
    Ping,
    Reset,
    Resume,
    StatusRequest,
    Subscribe,
    Words,
    decode,
)
from edge.pipeline.texts import text_event
from edge.recognize.hypothesis import Char, Hypothesis
from tests.wire import check

number = st.floats(0, 1e6, allow_nan=False)
ids = st.none() | st.text(max_size=128) | st.integers(-(2**53) + 1, 2**53 - 1)
char = st.builds(Char, st.text(min_size=1, max_size=1), number, number, st.floats(0, 1))
hypotheses = st.builds(
    lambda chars, stable, final, time, plain: Hypothesis(
        3, chars, min(stable, len(chars)), final, time, time, plain
    ),
    st.lists(char, max_size=30).map(tuple),
    st.integers(0, 30),
    st.booleans(),
    number,
    st.none() | st.text(max_size=30),
)
events = st.one_of(
    st.builds(Hello, version=st.text(), source=st.text(), live=st.booleans(), bundle=st.text()),
    hypotheses.map(lambda h: text_event(h, h.captured + 0.1)),
    st.builds(State, state=st.sampled_from(STATES), fps=number, reason=st.text()),
    st.builds(Error, code=st.sampled_from(get_args(Code)), message=st.text(), id=ids),
    st.builds(Bye, reason=st.sampled_from(get_args(Reason))),
    st.builds(Ok, request=st.text(), id=ids),
    st.builds(Pong, time=number, id=ids),
    st.builds(
        Status,
        state=st.sampled_from(STATES),
        uptime_s=number,
        age_ms=st.none() | number,
        temperature_c=st.none() | number,
        throttled=st.none() | st.text(),
        id=ids,
    ),
)


@given(events)
def test_every_event_is_one_line_of_json_with_its_type(event):
    line = encode(event)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    fields = json.loads(line)
    assert next(iter(fields)) == "type"
    assert fields["type"] == event.type
    assert all(fields[k] == getattr(event, k) for k in fields if k not in ("type", "chars"))
    check(fields)


@given(hypotheses)
def test_a_text_event_says_what_the_hypothesis_says(hypothesis):
    event = text_event(hypothesis, hypothesis.captured + 0.25)
    fields = json.loads(encode(event))
    assert fields["type"] == ("final" if hypothesis.final else "partial")
    assert fields["text"] == hypothesis.text == "".join(c["text"] for c in fields["chars"])
    assert fields["stable"] == hypothesis.stable
    assert fields["age_ms"] == pytest.approx(250, abs=0.2)
    assert [c["start"] for c in fields["chars"]] == pytest.approx(
        [c.start for c in hypothesis.chars], abs=1e-4
    )


def test_stable_counts_characters_of_the_text():
    chars = (Char("th", 0, 1, 1.0), Char("e", 1, 2, 0.5))
    assert text_event(Hypothesis(1, chars, 1, False, 2.0, 2.0), 2.0).stable == 2


def test_a_number_that_is_none_is_not_sent():
    with pytest.raises(ValueError, match="not JSON compliant"):
        encode(Pong(time=float("nan")))


def test_lone_surrogates_are_escaped():
    line = encode(Ok(request="x", id="\ud800é"))
    assert json.loads(line.decode("utf-8"))["id"] == "\ud800é"


@given(ids)
def test_requests(id):
    given_id = {} if id is None else {"id": id}
    assert decode(json.dumps({"type": "ping"} | given_id).encode()) == Ping(id)
    assert decode(json.dumps({"type": "reset", "more": 1} | given_id).encode()) == Reset(id)
    assert decode(json.dumps({"type": "pause"} | given_id).encode()) == Pause(id)
    assert decode(json.dumps({"type": "resume"} | given_id).encode()) == Resume(id)
    assert decode(json.dumps({"type": "status"} | given_id).encode()) == StatusRequest(id)
    digits = {"type": "expect", "expect": "digits"}
    assert decode(json.dumps(digits | given_id).encode()) == Expect(id, "digits")
    answer = {"type": "answer", "segment": 3, "text": "a\nb", "kind": "unknown", "sources": ["x"]}
    assert decode(json.dumps(answer | given_id).encode()) == AnswerRequest(
        id, 3, "a\nb", "unknown", ("x",)
    )
    named = {"type": "words", "words": ["anna = 2", ""], "only": True}
    assert decode(json.dumps(named | given_id).encode()) == Words(id, ("anna = 2", ""), True)
    wanted = {"type": "subscribe", "events": ["final", "state"]}
    assert decode(json.dumps(wanted | given_id).encode()) == Subscribe(id, {"final", "state"})


@pytest.mark.parametrize(
    ("line", "code", "id"),
    [
        (b"hello", "malformed", None),
        (b"[1]", "malformed", None),
        (b"{}", "malformed", None),
        (b'{"type": 1, "id": 2}', "malformed", 2),
        (b"\xff\xfe{}", "malformed", None),
        ('{"type":"ping"}'.encode("utf-16"), "malformed", None),
        (b"[" * 60000, "malformed", None),
        (b'{"type":"ping","id":' + b"9" * 9000 + b"}", "malformed", None),
        (b'{"type":"dance","id":"a"}', "unknown_type", "a"),
        (b'{"type":"ping","id":1.5}', "bad_request", None),
        (b'{"type":"ping","id":true}', "bad_request", None),
        (b'{"type":"ping","id":NaN}', "bad_request", None),
        (b'{"type":"ping","id":"' + b"x" * 129 + b'"}', "bad_request", None),
        (b'{"type":"subscribe","id":3}', "bad_request", 3),
        (b'{"type":"subscribe","events":"final"}', "bad_request", None),
        (b'{"type":"subscribe","events":["hello"]}', "bad_request", None),
        (b'{"type":"subscribe","events":[[]]}', "bad_request", None),
        (b'{"type":"expect","id":4}', "bad_request", 4),
        (b'{"type":"expect","expect":"numbers"}', "bad_request", None),
        (b'{"type":"answer","segment":1,"id":5}', "bad_request", 5),
        (b'{"type":"answer","segment":true,"text":"a"}', "bad_request", None),
        (b'{"type":"answer","segment":1,"text":" \\n"}', "bad_request", None),
        (b'{"type":"answer","segment":1,"text":"\\u001b[31m"}', "bad_request", None),
        (b'{"type":"answer","segment":1,"text":"\\u202egnp"}', "bad_request", None),
        (b'{"type":"answer","segment":1,"text":"\\ud800"}', "bad_request", None),
        (b'{"type":"answer","segment":1,"text":"a","kind":"order"}', "bad_request", None),
        (b'{"type":"answer","segment":1,"text":"a","sources":["b\\n"]}', "bad_request", None),
        (b'{"type":"answer","segment":1,"text":"' + b"a" * 2001 + b'"}', "bad_request", None),
        (b'{"type":"words","id":5}', "bad_request", 5),
        (b'{"type":"words","words":"anna"}', "bad_request", None),
        (b'{"type":"words","words":["anna",1]}', "bad_request", None),
        (b'{"type":"words","words":[],"only":"yes"}', "bad_request", None),
    ],
)
def test_bad_requests(line, code, id):
    with pytest.raises(BadRequest) as bad:
        decode(line)
    assert (bad.value.code, bad.value.id) == (code, id)


@given(st.binary() | st.recursive(st.none() | st.text(), lambda x: st.lists(x)).map(repr))
def test_any_line_is_a_request_or_a_bad_one(line):
    with pytest.raises(BadRequest):
        decode(line if isinstance(line, bytes) else line.encode("utf-8", "replace"))
