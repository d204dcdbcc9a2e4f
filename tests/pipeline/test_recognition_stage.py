"""The recognition stage: segments are cut or discarded, and never old."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from edge.config import Expect
from edge.landmarks import Landmarks
from edge.pipeline.recognition_stage import RecognitionStage
from edge.pipeline.slot import Slot
from edge.recognize import Char, EndpointConfig, Hypothesis


class Echo:
    """Reads the index of each frame as a partial; `finish` makes it final."""

    def __init__(self) -> None:
        self.segment = 1
        self.endpoint = EndpointConfig()
        self.last: Landmarks | None = None
        self.expected = "any"
        self.alphabet = "0123"

    def expect(self, expect: Expect) -> list[Hypothesis]:
        self.expected = expect
        return self.finish()

    def push(self, landmarks: Landmarks) -> list[Hypothesis]:
        self.last = landmarks
        return [self.hypothesis(final=False)]

    def finish(self) -> list[Hypothesis]:
        if self.last is None:
            return []
        final = self.hypothesis(final=True)
        self.segment, self.last = self.segment + 1, None
        return [final]

    def hypothesis(self, final: bool) -> Hypothesis:
        assert self.last is not None
        chars = (Char(str(self.last.index), 0.0, 0.0, 1.0),)
        return Hypothesis(self.segment, chars, 0, final, self.last.time, self.last.captured)


class Bench:
    """The stage, a slot to feed it, and what it published: a dash is a discarded segment."""

    def __init__(self, live: bool = True) -> None:
        self.slot: Slot[Landmarks] = Slot(lossless=not live)
        self.published: list[str] = []
        self.passed = threading.Semaphore(0)
        self.stage = RecognitionStage(
            lambda: Echo(),  # type: ignore[arg-type,return-value]
            self.slot,
            self,
            lambda *_: None,
        )
        self.stage.start()

    def text(self, hypothesis: Hypothesis) -> None:
        self.published.append(hypothesis.text + "." * hypothesis.final)

    def end_segment(self) -> None:
        self.published.append("-")

    def frame(self, landmarks: Landmarks) -> None:
        self.passed.release()

    def push(self, index: int, age: float = 0.0) -> None:
        captured = time.monotonic() - age
        self.slot.put(Landmarks((), (4, 4), captured, captured, index))
        if age < 1 or self.slot.lossless:
            assert self.passed.acquire(timeout=5)

    def wait(self) -> None:
        """Wait until the stage has carried out its orders."""
        self.stage.wait_for_turn(10)


@pytest.fixture
def bench() -> Iterator[Callable[..., Bench]]:
    made: list[Bench] = []

    def make(live: bool = True) -> Bench:
        made.append(Bench(live))
        return made[-1]

    yield make
    for each in made:
        each.stage.stop()
        each.stage.join(5)


def test_a_cut_ends_the_segment_with_a_final(bench: Callable[..., Bench]) -> None:
    there = bench()
    there.push(1)
    there.stage.cut()
    there.wait()
    there.push(2)
    assert there.published == ["1", "1.", "2"]


def test_a_reset_discards_the_segment(bench: Callable[..., Bench]) -> None:
    there = bench()
    there.push(1)
    there.stage.reset()
    there.wait()
    there.push(2)
    assert there.published == ["1", "-", "2"]


def test_another_recogniser_ends_the_segment(bench: Callable[..., Bench]) -> None:
    there = bench()
    there.push(1)
    there.stage.replace(Echo())  # type: ignore[arg-type]
    there.wait()
    there.push(2)
    there.stage.reset()
    there.stage.replace(Echo())  # type: ignore[arg-type]
    there.wait()
    there.push(3)
    assert there.published == ["1", "1.", "2", "-", "3"]


def test_the_newest_endpoint_reaches_the_recogniser(bench: Callable[..., Bench]) -> None:
    there, another = bench(), Echo()
    there.push(1)
    there.stage.set_endpoint(EndpointConfig(rest_s=1.0))
    there.wait()
    there.push(2)
    assert there.stage._recognizer.endpoint.rest_s == 1.0
    assert there.published == ["1", "2"], "the segment goes on"
    there.stage.set_endpoint(EndpointConfig(rest_s=2.0))
    there.stage.replace(another)  # type: ignore[arg-type]
    there.wait()
    assert another.endpoint == EndpointConfig(), "its own are newer"


def test_what_is_expected_ends_the_segment(bench: Callable[..., Bench]) -> None:
    there, another = bench(), Echo()
    there.push(1)
    assert there.stage.alphabet == "0123"
    there.stage.set_expect("digits")
    there.wait()
    there.push(2)
    assert there.published == ["1", "1.", "2"]
    there.stage.set_expect("letters")
    another.alphabet = "ab"
    there.stage.replace(another)  # type: ignore[arg-type]
    there.wait()
    assert (another.expected, there.stage.alphabet) == ("any", "ab"), "its own are newer"


def test_old_landmarks_are_dropped_and_an_old_final_is_not(bench: Callable[..., Bench]) -> None:
    there = bench()
    there.push(1)
    there.push(2, age=1.5)
    there.wait()
    assert there.published == ["1"]
    assert there.slot.dropped == 1
    time.sleep(1.1)
    there.stage.cut()
    there.wait()
    assert there.published[-1] == "1."


def test_a_recording_has_no_age(bench: Callable[..., Bench]) -> None:
    there = bench(live=False)
    there.push(1, age=100.0)
    assert there.published == ["1"]


def test_the_end_of_the_source_is_the_end_of_the_segment(bench: Callable[..., Bench]) -> None:
    there = bench()
    there.push(1)
    there.slot.close()
    assert there.stage.join(5)
    assert there.published[-1] == "1."
