"""The recognition stage: segments are numbered on, cut, forgotten, and never old."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from edge.landmarks import Landmarks
from edge.pipeline.recognition_stage import Read
from edge.pipeline.slot import Slot
from edge.recognize import Char, EndpointConfig, Hypothesis


class Echo:
    """Reads the index of each frame as a partial; `finish` makes it final."""

    def __init__(self) -> None:
        self.segment = 1
        self.endpoint = EndpointConfig()
        self.last: Landmarks | None = None

    def push(self, seen: Landmarks) -> list[Hypothesis]:
        self.last = seen
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


class Desk:
    def __init__(self, live: bool = True) -> None:
        self.slot: Slot[Landmarks] = Slot(lossless=not live)
        self.told: list[tuple[int, str, bool]] = []
        self.passed = threading.Semaphore(0)
        self.read = Read(
            lambda: Echo(),  # type: ignore[arg-type,return-value]
            self.slot,
            self.publish,
            lambda _: self.passed.release(),
            lambda *_: None,
        )
        self.read.start()

    def publish(self, hypothesis: Hypothesis) -> None:
        self.told.append((hypothesis.segment, hypothesis.text, hypothesis.final))

    def push(self, index: int, age: float = 0.0) -> None:
        captured = time.monotonic() - age
        self.slot.put(Landmarks((), (4, 4), captured, captured, index))
        if age < 1 or self.slot.lossless:
            assert self.passed.acquire(timeout=5)

    def settle(self) -> None:
        """Wait until the stage has seen its orders."""
        beats = self.read.beats
        while self.read.beats < beats + 2:
            time.sleep(0.005)


@pytest.fixture
def desk() -> Iterator[Callable[..., Desk]]:
    made: list[Desk] = []

    def make(live: bool = True) -> Desk:
        made.append(Desk(live))
        return made[-1]

    yield make
    for each in made:
        each.read.stop()
        each.read.join(5)


def test_a_cut_ends_the_segment_with_a_final(desk: Callable[..., Desk]) -> None:
    there = desk()
    there.push(1)
    there.read.cut()
    there.settle()
    there.push(2)
    assert there.told == [(1, "1", False), (1, "1", True), (2, "2", False)]


def test_a_reset_forgets_the_segment(desk: Callable[..., Desk]) -> None:
    there = desk()
    there.push(1)
    there.read.reset()
    there.settle()
    there.push(2)
    assert there.told == [(1, "1", False), (2, "2", False)]


def test_another_recogniser_numbers_on(desk: Callable[..., Desk]) -> None:
    there = desk()
    there.push(1)
    there.read.replace(Echo())  # type: ignore[arg-type]
    there.settle()
    there.push(2)
    there.read.reset()
    there.read.replace(Echo())  # type: ignore[arg-type]
    there.settle()
    there.push(3)
    assert there.told == [(1, "1", False), (1, "1", True), (2, "2", False), (3, "3", False)]


def test_the_newest_ends_reach_the_recogniser_that_reads(desk: Callable[..., Desk]) -> None:
    there, another = desk(), Echo()
    there.push(1)
    there.read.retime(EndpointConfig(rest_s=1.0))
    there.settle()
    there.push(2)
    assert there.read._recognizer.endpoint.rest_s == 1.0
    assert there.told == [(1, "1", False), (1, "2", False)], "the segment goes on"
    there.read.retime(EndpointConfig(rest_s=2.0))
    there.read.replace(another)  # type: ignore[arg-type]
    there.settle()
    assert another.endpoint == EndpointConfig(), "its own are newer"


def test_old_landmarks_are_dropped_and_an_old_final_is_not(desk: Callable[..., Desk]) -> None:
    there = desk()
    there.push(1)
    there.push(2, age=1.5)
    there.settle()
    assert there.told == [(1, "1", False)]
    assert there.slot.dropped == 1
    time.sleep(1.1)
    there.read.cut()
    there.settle()
    assert there.told[-1] == (1, "1", True)


def test_a_recording_has_no_age(desk: Callable[..., Desk]) -> None:
    there = desk(live=False)
    there.push(1, age=100.0)
    assert there.told == [(1, "1", False)]


def test_the_end_of_the_source_is_the_end_of_the_segment(desk: Callable[..., Desk]) -> None:
    there = desk()
    there.push(1)
    there.slot.close()
    assert there.read.join(5)
    assert there.told[-1] == (1, "1", True)
