"""The camera stage, with a picamera2 that behaves as the real one, and with made-up sources."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from edge.camera import CameraAbsent, CameraStuck, Frame, picamera
from edge.config import CameraConfig
from edge.errors import UserError
from edge.pipeline import camera_stage as room
from edge.pipeline import hang_monitor
from edge.pipeline.camera_stage import Activity, CameraStage, CameraStatus
from edge.pipeline.hang_monitor import HangMonitor
from edge.pipeline.slot import Slot
from edge.pipeline.stage import Stage
from tests.camera.test_picamera import fake

__all__ = ["fake"]

USUAL = CameraConfig(source="picamera:")


class Ready(Stage):
    """A stage that is set up."""

    def __init__(self) -> None:
        super().__init__("ready", lambda *_: None)
        self._is_up.set()

    def run(self) -> None: ...


class Bench:
    """A camera stage, what it reported, and a hang monitor that checks it."""

    def __init__(self, camera: CameraConfig = USUAL, **options: Any) -> None:
        self.frames: Slot[Frame] = Slot()
        self.said: list[str] = []
        self.failures: list[BaseException] = []
        self.ended = threading.Event()
        self.stage = CameraStage(camera, self.frames, self.changed, self.end, Ready(), **options)
        self._done = threading.Event()
        self._supervisor = threading.Thread(target=self.supervise)
        self.stage.start()
        self._supervisor.start()

    def changed(self, status: CameraStatus) -> None:
        self.said.append(status.lost or status.fault)

    @property
    def lost(self) -> str:
        return self.stage.status.lost

    def end(self, stage: Stage, failure: BaseException | None) -> None:
        if failure is not None:
            self.failures.append(failure)
        self.ended.set()

    def supervise(self) -> None:
        monitor = HangMonitor(self.stage)
        while not self._done.wait(0.02):
            try:
                monitor.check(time.monotonic())
            except CameraStuck as stuck:
                self.failures.append(stuck)
                self.ended.set()
                return

    def frame(self, most: float = 5.0) -> Frame:
        """The next frame that comes."""
        self.frames.take(0)
        frame = self.frames.take(most)
        assert frame is not None
        return frame

    def until(self, true: Callable[[], Any], most: float = 5.0) -> None:
        deadline = time.monotonic() + most
        while not true():
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def close(self) -> None:
        self._done.set()
        self.stage.stop()
        self._supervisor.join()
        self.stage.join(5)


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Bench]]:
    made: list[Bench] = []
    monkeypatch.setattr(room, "FRAME_TIMEOUT_S", 0.2)
    monkeypatch.setattr(room, "FIRST_FRAME_TIMEOUT_S", 0.4)
    monkeypatch.setattr(hang_monitor, "CLOSE_TIMEOUT_S", 0.4)

    def make(*arguments: Any, **options: Any) -> Bench:
        made.append(Bench(*arguments, **options))
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_a_pi_camera_that_freezes_is_rebuilt(fake: Any, bench: Callable[..., Bench]) -> None:
    there = bench()
    there.frame()
    fake.frozen = True
    there.until(lambda: there.lost)
    assert there.said[-1] == "picamera: gives no frames"
    fake.frozen = False
    there.frame()
    there.until(lambda: there.stage.restarts == 1)
    assert fake.log == ["open 0", "start", "flush", "stop", "close", "open 0", "start"]
    assert there.lost == ""


def test_a_pi_camera_whose_stop_hangs_is_stuck(
    fake: Any, bench: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picamera, "CLOSE_TIMEOUT_S", 0.2)
    there = bench()
    there.frame()
    fake.stop_hangs = threading.Event()
    fake.frozen = True
    assert there.ended.wait(5)
    assert isinstance(there.failures[0], CameraStuck)
    fake.stop_hangs.set()


def test_a_missing_pi_camera_is_asked_for_until_it_is_there(
    fake: Any, bench: Callable[..., Bench], caplog: pytest.LogCaptureFixture
) -> None:
    fake.cameras, cameras = (), fake.cameras
    there = bench()
    there.until(lambda: there.lost)
    assert "no Pi camera found" in there.lost
    fake.cameras = cameras
    there.frame()
    assert len(caplog.records) == 1, "said once"


def test_with_once_a_missing_camera_ends_it(fake: Any, bench: Callable[..., Bench]) -> None:
    fake.cameras = ()
    there = bench(once=True)
    assert there.ended.wait(5)
    assert isinstance(there.failures[0], CameraAbsent)


def test_what_can_never_be_opened_ends_it(bench: Callable[..., Bench]) -> None:
    there = bench(CameraConfig(source="video:/no/such.mp4"))
    assert there.ended.wait(5)
    (failure,) = there.failures
    assert type(failure) is UserError


class Clip:
    """A source of three frames that is no camera."""

    name, live, device = "clip", False, False

    def __init__(self) -> None:
        self.left = 3

    def read(self) -> Frame | None:
        self.left -= 1
        pixels = np.zeros((4, 4, 3), np.uint8)
        return Frame(pixels, 0.0, 0.0, 2 - self.left) if self.left >= 0 else None

    def close(self) -> None:
        self.left = 0


def test_a_clip_begins_again_and_again(
    bench: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "open_camera", lambda *_, **__: Clip())
    there = bench()
    seen = [there.frames.take(5) for _ in range(7)]
    assert [frame and frame.index for frame in seen] == [0, 1, 2, 0, 1, 2, 0]
    assert there.stage.pictures.black == 0, "only a camera's pictures are examined"


class Gaps(Clip):
    """A source that skips six frames."""

    def __init__(self) -> None:
        self.indices = iter((0, 4, 5, 9))

    def read(self) -> Frame | None:
        index = next(self.indices, None)
        return None if index is None else Frame(np.zeros((4, 4, 3), np.uint8), 0.0, 0.0, index)

    def close(self) -> None: ...


def test_what_a_source_skips_is_counted(
    bench: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "open_camera", lambda *_, **__: Gaps())
    there = bench()
    there.until(lambda: (there.frames.take(0.1), there.stage.skipped == 12)[1])


class Asleep:
    """The clocks of a machine that may be suspended."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.suspended_s = 0.0
        real = time.clock_gettime
        monkeypatch.setattr(
            time,
            "clock_gettime",
            lambda clock: real(clock) + (clock == time.CLOCK_BOOTTIME) * self.suspended_s,
        )


def test_a_suspend_cuts_and_opens_a_camera_again(
    fake: Any, bench: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    machine, cuts = Asleep(monkeypatch), []
    there = bench(once=True, interrupted=lambda: cuts.append(1))
    for count, seconds in enumerate((6.0, 3600.0), start=1):
        there.frame()
        assert there.lost == ""
        machine.suspended_s += seconds
        there.until(lambda count=count: there.stage.restarts == count)
        assert f"the machine was suspended for {seconds:.0f} s" in there.said
        assert len(cuts) == count
    assert fake.log.count("open 0") == 3
    assert there.failures == []


@pytest.mark.parametrize(("live", "cut"), [(True, [1]), (False, [])])
def test_a_suspend_cuts_a_clip_in_real_time_but_no_other(
    bench: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch, live: bool, cut: list[int]
) -> None:
    machine, cuts = Asleep(monkeypatch), []

    class Sleepy(Clip):
        def read(self) -> Frame | None:
            machine.suspended_s += 60 * (self.left == 2)
            return super().read()

    Sleepy.live = live  # type: ignore[misc]
    monkeypatch.setattr(room, "open_camera", lambda *_, **__: Sleepy())
    there = bench(once=True, interrupted=lambda: cuts.append(1))
    there.until(lambda: there.frames.take(0) is None and there.frames.finished)
    assert cuts == cut
    assert there.said == []


def test_a_change_opens_the_new_source(
    bench: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def opened(uri: str, **options: Any) -> Clip:
        asked.append((uri, options["fps"]))
        return Clip()

    monkeypatch.setattr(room, "open_camera", opened)
    there = bench(CameraConfig(source="one"))
    there.frames.take(5)
    there.stage.change(CameraConfig(source="two", fps=5.0))
    there.until(lambda: (there.frames.take(0.1), asked[-1] == ("two", 5.0))[1])


def test_a_stop_interrupts_the_wait_for_a_camera(fake: Any, bench: Callable[..., Bench]) -> None:
    fake.cameras = ()
    there = bench()
    there.until(lambda: there.lost)
    time.sleep(0.6)  # it waits a second now
    began = time.monotonic()
    there.stage.stop()
    assert there.stage.join(2)
    assert time.monotonic() - began < 0.3
    assert there.failures == []
    assert there.frames.finished


def test_a_stopped_process_is_not_a_frozen_camera(
    bench: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The supervisor, stopped too, does not take the time of the stop for the camera's silence."""
    stage = CameraStage(USUAL, Slot(), lambda _: None, lambda *_: None, Ready())
    monitor = HangMonitor(stage)
    source = Clip()
    source.device = True  # type: ignore[misc]
    stage._source = source  # type: ignore[assignment]
    stage._activity = (Activity.READING, 100.0)
    monitor.check(100.1)
    monitor.check(105.0)
    assert stage.status.lost == ""
    monitor.check(105.1)
    monitor.check(105.6)
    assert "gives no frames" in stage.status.lost


def test_a_frame_that_comes_as_the_camera_is_given_up_ends_nothing(
    bench: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    given_up = threading.Event()

    class Late(Clip):
        device = True

        def read(self) -> Frame | None:
            given_up.wait(10)
            return super().read()

    def lose(
        stage: CameraStage, reason: str, real: Callable[..., None] = CameraStage._lose
    ) -> None:
        if not given_up.is_set():
            given_up.set()
            time.sleep(0.3)  # the frame overtakes what is said of it
        real(stage, reason)

    monkeypatch.setattr(room, "open_camera", lambda *_, **__: Late())
    monkeypatch.setattr(CameraStage, "_lose", lose)
    there = bench()
    there.frame()
    assert there.stage.restarts >= 1
    assert there.failures == []
