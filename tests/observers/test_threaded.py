"""An observer works in its own thread, and holds up nobody who is live."""

from __future__ import annotations

import threading

import numpy as np

from edge.camera import Frame
from edge.landmarks import Landmarks
from edge.observers.threaded import ThreadedObserver
from edge.pipeline.observation import IN_FLIGHT, Observation


def frame(index: int) -> Frame:
    return Frame(np.zeros((2, 2, 3), np.uint8), index / 30, index / 30, index)


def landmarks(index: int) -> Landmarks:
    return Landmarks((), (2, 2), index / 30, index / 30, index)


class Slow(ThreadedObserver[int]):
    """Takes frame numbers; works on none before it may."""

    def __init__(self, limit: int = 2) -> None:
        super().__init__("slow", limit)
        self.may = threading.Event()
        self.begun = threading.Event()
        self.done: list[int] = []
        self.closed = False
        self.failed: list[BaseException] = []

    def take(self, frame: Frame, landmarks: Landmarks) -> int:
        return frame.index

    def work(self, item: int) -> None:
        self.begun.set()
        self.may.wait()
        if item < 0:
            raise OSError("broken")
        self.done.append(item)

    def close(self) -> None:
        self.closed = True

    def begin(self) -> None:
        self.start(self.failed.append)
        self.see(frame(0), landmarks(0))
        assert self.begun.wait(30)

    def end(self) -> None:
        self.stop()
        self.may.set()
        assert self.join(30)


def test_of_a_live_source_the_newest_frames_are_kept() -> None:
    slow = Slow()
    slow.begin()
    for n in range(1, 6):
        slow.see(frame(n), landmarks(n))
    slow.end()
    assert slow.done == [0, 4, 5]
    assert slow.lost == 3
    assert slow.closed
    slow.see(frame(6), landmarks(6))
    assert slow.done == [0, 4, 5]


def test_of_a_lossless_source_every_frame_is_kept() -> None:
    slow = Slow()
    slow.set_lossless(True)
    slow.begin()
    stage = threading.Thread(
        target=lambda: [slow.see(frame(n), landmarks(n)) for n in range(1, 9)], daemon=True
    )
    stage.start()
    slow.may.set()
    stage.join(30)
    slow.end()
    assert slow.done == list(range(9))
    assert slow.lost == 0


def test_the_end_frees_a_stage_that_waits() -> None:
    slow = Slow()
    slow.set_lossless(True)
    slow.begin()
    stage = threading.Thread(
        target=lambda: [slow.see(frame(n), landmarks(n)) for n in range(1, 9)], daemon=True
    )
    stage.start()
    slow.stop()
    stage.join(30)
    assert not stage.is_alive()
    slow.end()


def test_a_failure_is_reported_and_frees_the_stage() -> None:
    slow = Slow()
    slow.begin()
    slow.see(frame(-1), landmarks(-1))
    slow.may.set()
    assert slow.join(30)
    assert [str(error) for error in slow.failed] == ["broken"]
    assert slow.failure is slow.failed[0]
    assert slow.closed


class Seen:
    def __init__(self) -> None:
        self.pairs: list[tuple[int, int]] = []

    def see(self, frame: Frame, landmarks: Landmarks) -> None:
        self.pairs.append((frame.index, landmarks.index))

    def set_lossless(self, lossless: bool) -> None: ...


def test_frames_meet_their_landmarks_after_recognition() -> None:
    seen = Seen()
    observation = Observation([seen])
    found = [landmarks(n) for n in range(2 * IN_FLIGHT)]
    for n, one in enumerate(found):
        observation.tracked(frame(n), one)
        if n % 2 == 0 and n:
            observation.read(found[n - 1])
    observation.read(landmarks(0))  # of nobody here
    assert seen.pairs == [(1, 1), (3, 3), (5, 5)]


def test_without_observers_no_frame_is_kept() -> None:
    observation = Observation([])
    observation.tracked(frame(0), landmarks(0))
    assert not observation._tracked
