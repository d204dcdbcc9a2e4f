"""The stage of the second reading."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from edge.config import Expect
from edge.events import Published, Revised
from edge.landmarks import Landmarks
from edge.pipeline.second_stage import SecondStage
from edge.pipeline.slot import Slot
from edge.recognize import Char, Hypothesis, Segment
from edge.recognize.second_reader import SecondReading

FRAME = Landmarks((), (4, 4), 1.0, 1.0, 0)


def segment(number: int, text: str = "helo") -> Segment:
    chars = tuple(Char(c, n, n + 0.5, 0.9) for n, c in enumerate(text))
    final = Hypothesis(number, chars, len(chars), True, 5.0, 4.0, landmarks=(FRAME,))
    return Segment.of(final)


class Reader:
    """Reads the same each time; says what was expected."""

    def __init__(self, text: str | None, confidence: float) -> None:
        self.confidence = confidence
        self.text = text
        self.expected: list[Expect] = []

    def expect(self, expect: Expect) -> None:
        self.expected.append(expect)

    def read(self, segment: Segment) -> SecondReading | None:
        if self.text is None:
            return None
        chars = tuple(Char(c, n, n + 0.25, 0.8) for n, c in enumerate(self.text))
        return SecondReading(chars, self.confidence)


def run(
    reader: Reader, *segments: Segment, published: bool = True,
    before: Callable[[SecondStage], None] = lambda stage: None,
) -> tuple[list[Revised], list[str]]:  # fmt: skip
    """What is published of ``segments``, and the reasons for being unsure."""
    slot: Slot[Segment] = Slot(lossless=True)
    revised: list[Revised] = []
    unsure: list[str] = []

    def revise(event: Revised) -> Published | None:
        revised.append(event)
        return Published(event, b"", 1) if published else None

    failures: list[BaseException] = []
    stage = SecondStage(
        lambda: reader, slot, revise, unsure.append, 0.5,  # type: ignore[arg-type,return-value]
        lambda _, failure: failures.append(failure) if failure else None,
    )  # fmt: skip
    before(stage)
    stage.start()
    for one in segments:
        slot.put(one)
    slot.close()
    assert stage.join(10)
    assert not failures
    return revised, unsure


def test_a_sure_reading_replaces_the_text() -> None:
    (event,), unsure = run(Reader("hello", 0.8), segment(3))
    assert (event.segment, event.text, event.confidence, event.stable) == (3, "hello", 0.8, 5)
    assert [(c.text, c.start, c.end) for c in event.chars][:2] == [("h", 0, 0.25), ("e", 1, 1.25)]
    assert (event.time, event.captured) == (5.0, 4.0)
    assert event.age_ms > 0
    assert unsure == []


def test_an_unsure_reading_gives_no_text() -> None:
    (event,), unsure = run(Reader("hello", 0.4), segment(7))
    assert (event.segment, event.text, event.chars, event.stable) == (7, "", (), 0)
    assert event.confidence == 0.4
    assert unsure == ["segment 7 may be misread"]


def test_what_could_not_be_published_makes_nobody_unsure() -> None:
    _, unsure = run(Reader("hello", 0.4), segment(7), published=False)
    assert unsure == []


def test_a_segment_that_cannot_be_read_again_keeps_its_text() -> None:
    assert run(Reader(None, 0.0), segment(1), segment(2)) == ([], [])


def test_the_next_segment_is_read_as_is_expected_then() -> None:
    reader = Reader("55", 0.9)
    run(reader, segment(1), before=lambda stage: stage.set_expect("digits"))
    assert reader.expected == ["digits"]


def test_another_reader_takes_the_place_of_the_first() -> None:
    another: Any = Reader("other", 0.9)
    (event,), _ = run(Reader("first", 0.9), segment(1), before=lambda s: s.replace(another))
    assert event.text == "other"


def test_a_reader_that_fails_ends_the_stage_and_nobody_waits_for_it() -> None:
    class Broken(Reader):
        def read(self, segment: Segment) -> SecondReading | None:
            raise RuntimeError("no answer")

    slot: Slot[Segment] = Slot(lossless=True)
    failures: list[BaseException | None] = []
    stage = SecondStage(
        lambda: Broken("", 0), slot, lambda _: None, lambda _: None, 0.5,  # type: ignore[arg-type,return-value]
        lambda _, failure: failures.append(failure),
    )  # fmt: skip
    stage.start()
    for number in range(3):
        slot.put(segment(number))
    assert stage.join(10)
    with pytest.raises(RuntimeError, match="no answer"):
        raise failures[0]  # type: ignore[misc]


def test_a_text_read_with_words_is_left_as_it_is() -> None:
    one = segment(3)
    with_words = replace(one, hypothesis=replace(one.hypothesis, plain="hel"))
    revised, unsure = run(Reader("hello", 0.2), with_words, segment(4))
    assert [event.segment for event in revised] == [4]
    assert unsure == ["segment 4 may be misread"]
