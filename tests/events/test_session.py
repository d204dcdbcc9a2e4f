"""State, pause, segment numbers and the snapshot."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from edge.errors import UserError
from edge.events import (
    Answer,
    Bus,
    Final,
    Hello,
    Partial,
    Published,
    RequestHandler,
    Revised,
    Session,
    State,
)
from edge.events.protocol import Error, Ok
from edge.events.requests import Expect, Words

HELLO = Hello(version="1", source="test:", live=True, bundle="b")


class Recorder:
    def __init__(self) -> None:
        self.seen: list[Published] = []

    def put(self, published: Published) -> None:
        self.seen.append(published)

    @property
    def states(self) -> list[str]:
        return [p.event.state for p in self.seen if isinstance(p.event, State)]

    @property
    def texts(self) -> list[tuple[str, int, str]]:
        return [
            (p.event.type, p.event.segment, p.event.text)
            for p in self.seen
            if isinstance(p.event, Partial | Final | Revised)
        ]


@pytest.fixture
def sink() -> Recorder:
    return Recorder()


@pytest.fixture
def session(sink: Recorder) -> Session:
    bus = Bus(HELLO)
    bus.attach(sink)
    return Session(bus)


def text(
    letters: str, kind: type[Partial] | type[Final] | type[Revised] = Partial, segment: int = 99
) -> Partial | Final | Revised:
    return kind(
        segment=segment, text=letters, stable=0, confidence=1, chars=(), time=0.0, captured=0.0,
        age_ms=1.0,
    )  # fmt: skip


def partial(letters: str) -> Partial:
    made = text(letters)
    assert isinstance(made, Partial)
    return made


def final(letters: str) -> Final:
    made = text(letters, Final)
    assert isinstance(made, Final)
    return made


def revised(letters: str, segment: int) -> Revised:
    made = text(letters, Revised, segment)
    assert isinstance(made, Revised)
    return made


def test_segments_are_numbered_by_the_session(session: Session, sink: Recorder) -> None:
    for event in (partial("a"), final("ab"), final("c")):
        session.publish(event)
    session.publish(partial("d"))
    session.end_segment()  # discarded
    session.end_segment()  # nothing of it was published
    session.publish(final("e"))
    assert sink.texts == [
        ("partial", 1, "a"), ("final", 1, "ab"), ("final", 2, "c"), ("partial", 3, "d"),
        ("final", 4, "e"),
    ]  # fmt: skip
    assert [p.seq for p in sink.seen] == [1, 2, 3, 4, 5]


def test_a_state_is_published_when_it_changes(session: Session, sink: Recorder) -> None:
    for state in ("starting", "starting", "searching"):
        session.set_state(state)  # type: ignore[arg-type]
    session.set_state("searching", "the picture is black", error=True)
    session.set_state("searching", "the picture is black", error=True)
    session.announce("the configuration was read again")
    session.set_state("searching", "the picture is black")
    assert sink.states == ["starting", "searching", "searching", "searching"]
    assert session.status().last_error == "the picture is black"


def test_a_pause_hides_what_is_read_but_no_problem(session: Session, sink: Recorder) -> None:
    session.set_state("reading")
    session.publish(partial("he"))
    session.pause(True)
    session.pause(True)
    session.set_state("searching")
    session.set_state("reading")
    session.set_state("camera_lost", "unplugged")
    session.set_state("searching")
    assert (session.state, session.actual_state) == ("paused", "searching")
    session.pause(False)
    assert sink.states == ["reading", "paused", "camera_lost", "paused", "searching"]


def test_what_begins_in_a_pause_is_never_published(session: Session, sink: Recorder) -> None:
    session.publish(partial("he"))
    session.pause(True)
    assert session.publish(partial("secret")) is None
    session.pause(False)
    assert session.publish(partial("secret life")) is None
    assert session.publish(final("secret life")) is None
    session.publish(final("new"))
    assert sink.texts == [("partial", 1, "he"), ("final", 2, "new")]


def test_who_resets_and_pauses_calls_the_stages(sink: Recorder) -> None:
    calls: list[object] = []
    session = Session(Bus(HELLO), on_pause=calls.append, on_reset=lambda: calls.append("reset"))
    session.reset()
    session.pause(True)
    session.pause(False)
    assert calls == ["reset", True, "reset", False, "reset"]


def test_what_is_expected_is_said_to_all_and_a_refusal_changes_nothing(sink: Recorder) -> None:
    asked: list[str] = []

    def order(expect: str) -> None:
        asked.append(expect)
        if expect == "digits":
            raise UserError("the bundle reads no digits")

    bus = Bus(HELLO)
    bus.attach(sink)
    session = Session(bus, on_expect=order, expect="letters")
    session.set_state("reading", "why")
    handler = RequestHandler(session)
    assert handler.handle(Expect(1, "letters")) == Ok(request="expect", id=1)
    assert asked == [], "it is so already"
    assert handler.handle(Expect(2, "any")) == Ok(request="expect", id=2)
    error = Error(code="bad_request", message="the bundle reads no digits", id=3)
    assert handler.handle(Expect(3, "digits")) == error
    assert asked == ["any", "digits"]
    states = [p.event for p in sink.seen if isinstance(p.event, State)]
    assert [(s.state, s.reason, s.expect) for s in states] == [
        ("reading", "why", "letters"), ("reading", "why", "any"),
    ]  # fmt: skip
    assert session.status().expect == "any"


def test_words_are_said_to_all_and_a_refusal_changes_nothing(sink: Recorder) -> None:
    def order(words: Sequence[str], only: bool) -> int:
        if "?" in words:
            raise UserError("no word")
        return len(words)

    bus = Bus(HELLO)
    bus.attach(sink)
    session = Session(bus, on_words=order)
    session.set_words(5, True)
    handler = RequestHandler(session)
    assert handler.handle(Words(1, ("anna", "ben"))) == Ok(request="words", id=1)
    error = Error(code="bad_request", message="no word", id=2)
    assert handler.handle(Words(2, ("?",), True)) == error
    (state,) = (p.event for p in sink.seen if isinstance(p.event, State))
    assert (state.words, state.words_only, state.request) == (2, False, "words")
    assert (session.status().words, session.status().words_only) == (2, False)


def test_unsure_lasts_until_the_next_state(session: Session, sink: Recorder) -> None:
    session.set_state("reading")
    session.unsure("none of the words")
    session.set_state("reading")
    session.set_state("reading")
    session.pause(True)
    session.unsure("none of the words")
    states = [p.event for p in sink.seen if isinstance(p.event, State)]
    assert [(s.state, s.reason) for s in states] == [
        ("reading", ""), ("unsure", "none of the words"), ("reading", ""), ("paused", ""),
    ]  # fmt: skip


def test_a_second_reading_follows_its_final_once(session: Session, sink: Recorder) -> None:
    assert session.publish(partial("n")) is not None
    assert session.revise(revised("n", 1)) is None, "the segment has not ended"
    for n in range(10):
        session.publish(final(str(n)))
    assert session.revise(revised("0!", 1)) is None, "too long ago"
    assert session.revise(revised("8!", 9)) is not None
    assert session.revise(revised("8?", 9)) is None, "there is one already"
    assert sink.texts[-1] == ("revised", 9, "8!")


def test_an_answer_is_of_a_segment_that_ended_and_leaves_the_open_one_alone() -> None:
    bus = Bus(HELLO)
    session, late = Session(bus), Recorder()

    def say(segment: int) -> str:
        return session.answer(Answer(segment=segment, text="at 7", kind="passage"))

    session.publish(partial("n"))
    assert "none of the last 8" in say(1), "it has not ended"
    for n in range(10):
        session.publish(final(str(n)))
    assert "none of the last 8" in say(2), "too long ago"
    session.publish(partial("open"))
    assert say(9) == say(9) == "", "a later one replaces it"
    bus.attach(late, replay=True)
    assert late.texts == [("partial", 11, "open")]
    session.pause(True)
    assert "pause" in say(9)


def test_a_newcomer_gets_hello_state_and_the_open_segment() -> None:
    bus = Bus(HELLO)
    session = Session(bus)
    late = Recorder()
    session.set_state("reading")
    session.publish(partial("he"))
    snapshot = bus.snapshot(5.0)
    assert [p.event.type for p in snapshot] == ["hello", "state", "partial"]
    assert isinstance(snapshot[2].event, Partial)
    assert snapshot[2].event.age_ms == 5000.0
    assert {p.seq for p in snapshot} == {2}
    bus.introduce(Hello(version="1", source="other:", live=True, bundle="b"))
    bus.attach(late, replay=True)
    session.publish(final("hello"))
    assert [p.event.type for p in late.seen] == ["hello", "state", "partial", "final"]
    assert b"other:" in late.seen[0].line
    assert [p.event.type for p in bus.snapshot(5.0)] == ["hello", "state"]
    session.publish(partial("w"))
    session.reset()
    assert [p.event.type for p in bus.snapshot(5.0)] == ["hello", "state"]


def test_a_number_that_is_not_finite_is_refused(session: Session, sink: Recorder) -> None:
    bad = partial("a")
    object.__setattr__(bad, "time", float("nan"))
    with pytest.raises(ValueError, match="JSON"):
        session.publish(bad)
    session.publish(partial("b"))
    assert [p.seq for p in sink.seen] == [1], "its number was not used"


def test_a_state_says_why_the_hand_may_be_read_badly_but_not_in_a_pause(
    session: Session, sink: Recorder
) -> None:
    for see in ("", "far", "far", ""):
        session.set_state("reading", see=see)  # type: ignore[arg-type]
    session.set_state("reading", see="cut")
    session.pause(True)
    session.pause(False)
    assert [(p.event.state, p.event.see) for p in sink.seen if isinstance(p.event, State)] == [
        ("reading", ""), ("reading", "far"), ("reading", ""), ("reading", "cut"),
        ("paused", ""), ("reading", "cut"),
    ]  # fmt: skip
