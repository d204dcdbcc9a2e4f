"""A stage: its life, its order, and the wait for a turn."""

from __future__ import annotations

import threading
import time

import pytest

from edge.pipeline.stage import Stage, StageState


class Steps(Stage):
    """Records the state of each step."""

    def __init__(self, after: Stage | None = None, fails: str = "") -> None:
        super().__init__("steps", self.record_end, after)
        self.fails = fails
        self.steps: list[StageState] = []
        self.ends: list[BaseException | None] = []
        self.released = threading.Event()

    def record_end(self, stage: Stage, failure: BaseException | None) -> None:
        self.ends.append(failure)

    def step(self, name: str) -> None:
        self.steps.append(self.state)
        if name == self.fails:
            raise RuntimeError(name)

    def set_up(self) -> None:
        self.released.wait(10)
        self.step("set_up")

    def run(self) -> None:
        self.step("run")
        self.stopping.wait(10)

    def tear_down(self) -> None:
        self.step("tear_down")


def test_the_life_of_a_stage() -> None:
    stage = Steps()
    assert stage.state is StageState.CREATED
    stage.released.set()
    stage.start()
    stage.stop()
    assert stage.join(10)
    assert stage.state is StageState.ENDED
    assert stage.ends == [None]


@pytest.mark.parametrize("fails", ["set_up", "run"])
def test_a_failure_is_reported_and_what_was_held_is_released(fails: str) -> None:
    stage = Steps(fails=fails)
    stage.released.set()
    stage.start()
    assert stage.join(10)
    assert [type(end) for end in stage.ends] == [RuntimeError]
    assert stage.steps[-1] is StageState.TEARING_DOWN


def test_a_stage_is_set_up_after_the_one_before_it() -> None:
    first = Steps()
    second = Steps(after=first)
    second.released.set()
    second.start()
    first.start()
    assert not second.up
    first.released.set()
    while not second.up:
        time.sleep(0.001)
    assert first.up
    for stage in (first, second):
        stage.stop()
        assert stage.join(10)


def test_a_stop_comes_before_the_turn_of_a_stage() -> None:
    stage = Steps(after=Steps())
    stage.start()
    stage.stop()
    assert stage.join(10)
    assert stage.steps == [StageState.TEARING_DOWN]


class Holder(Stage):
    """Works with what it took at the beginning of its turn."""

    def __init__(self) -> None:
        super().__init__("holder", lambda *_: None)
        self.tool = "old"
        self.used: list[str] = []

    def run(self) -> None:
        while not self.stopping.is_set():
            self.turns += 1
            tool = self.tool
            time.sleep(0.05)
            self.used.append(tool)


def test_after_a_whole_turn_a_stage_uses_what_it_was_given() -> None:
    stage = Holder()
    stage.start()
    while not stage.used:
        time.sleep(0.001)
    stage.tool = "new"
    stage.wait_for_turn(5.0)
    before = len(stage.used)
    while len(stage.used) < before + 2:
        time.sleep(0.001)
    stage.stop()
    assert set(stage.used[before:]) == {"new"}
    assert stage.join(1.0)
    began = time.monotonic()
    stage.wait_for_turn(5.0)
    assert time.monotonic() - began < 1.0, "a stage that has ended holds nothing"
