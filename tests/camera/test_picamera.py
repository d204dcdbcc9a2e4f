"""How picamera2 is used, against a module that behaves as picamera2 does."""

import sys
import threading
import time
from concurrent.futures import Future
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from edge.camera import CameraAbsent, CameraLost, CameraStuck, open_camera, picamera
from edge.errors import UserError

CONNECTOR = {"Id": "/base/axi/pcie@1000120000/rp1/i2c@88000/imx708@1a", "Num": 0}
WEBCAM = {"Id": "/base/axi/pcie@1000120000/rp1/usb@200000-1:1.0-046d:0825", "Num": 1}

AWAKE, SLEPT = 5000.0, 3600.0


class FakePicamera2:
    """Gives requests as its class attributes say; each test has a subclass of its own."""

    cameras = (CONNECTOR,)
    in_use = False
    frozen = False
    stop_hangs: threading.Event | None = None
    stamp: float | None = None
    stamped = False
    exclusive = False
    period = 0.0
    size = (6, 4)
    log: list[str]

    def __init__(self, number):
        if self.in_use or (self.exclusive and "close" not in self.log[-1:] and self.log):
            raise RuntimeError("Camera __init__ sequence did not complete.\nmore")
        self.log.append(f"open {number}")
        self.held = 0
        self.job = Future()

    @classmethod
    def global_camera_info(cls):
        return list(cls.cameras)

    def create_video_configuration(self, **options):
        return options

    def configure(self, options):
        type(self).configuration = options

    def start(self):
        self.log.append("start")

    def capture_request(self, wait=None):
        assert wait is False, "any other wait can last for ever"
        job = Future()
        self.job = job
        if self.period:  # the next complete request; failed ones in between are not reported
            threading.Timer(self.period, self.complete, (job,)).start()
        elif not self.frozen:
            self.complete(job)
        return SimpleNamespace(get_result=lambda timeout: job.result(timeout))

    def complete(self, job):
        if job.cancelled():
            return
        if self.stamped:
            self.stamp = time.monotonic()
        self.held += 1
        job.set_result(Request(self))

    def cancel_all_and_flush(self):
        self.log.append("flush")
        self.job.cancel()

    def stop(self):
        if self.stop_hangs:
            self.stop_hangs.wait(30)
        self.log.append("stop")

    def close(self):
        self.log.append("close")


class Request:
    def __init__(self, camera):
        self.camera = camera

    def make_array(self, name):
        assert name == "main"
        width, height = self.camera.size
        wide = np.zeros((height, width + 2, 3), np.uint8)  # rows are padded
        wide[..., 0] = 200
        return wide[:, :width]

    def get_metadata(self):
        stamp = self.camera.stamp
        return {} if stamp is None else {"SensorTimestamp": int(stamp * 1e9)}

    def release(self):
        self.camera.held -= 1


@pytest.fixture
def fake(monkeypatch):
    fake = type("Picamera2", (FakePicamera2,), {"log": []})
    module = ModuleType("picamera2")
    module.Picamera2 = fake
    monkeypatch.setitem(sys.modules, "picamera2", module)
    # However busy the machine is, only a test that shortens these runs into them.
    monkeypatch.setattr(picamera, "TIMEOUT_S", 60.0)
    monkeypatch.setattr(picamera, "CLOSE_TIMEOUT_S", 60.0)
    return fake


@pytest.fixture
def clocks(monkeypatch):
    """A machine that has slept for an hour: the two clocks differ by that."""
    now = {time.CLOCK_MONOTONIC: AWAKE, time.CLOCK_BOOTTIME: AWAKE + SLEPT}
    fake_time = SimpleNamespace(
        monotonic=lambda: now[time.CLOCK_MONOTONIC],
        clock_gettime=lambda clock: now[clock],
        CLOCK_MONOTONIC=time.CLOCK_MONOTONIC,
        CLOCK_BOOTTIME=time.CLOCK_BOOTTIME,
    )
    monkeypatch.setattr(picamera, "time", fake_time)
    return now


def test_what_is_asked_of_picamera2(fake):
    source = open_camera("picamera:", size=(320, 240), fps=25.0)
    assert source.live
    assert source.name == "picamera:"
    asked = fake.configuration
    assert asked["main"] == {"size": (320, 240), "format": "BGR888"}  # R, G, B in memory
    assert asked["raw"] is None
    assert asked["queue"] is False
    assert asked["buffer_count"] >= 3
    assert asked["controls"] == {"FrameRate": 25.0}


@pytest.mark.parametrize("step", ["complete", "make_array"])
def test_a_failed_request_is_skipped_and_leaves_a_gap(fake, monkeypatch, step):
    source = open_camera("picamera:")
    source.read()
    times = iter(range(2))
    kind = fake if step == "complete" else Request
    sound = getattr(kind, step)

    def sometimes(self, argument):
        if next(times, None) is None:
            return sound(self, argument)
        if step == "make_array":
            raise RuntimeError("cannot map the buffer")
        argument.set_exception(RuntimeError("the request was cancelled"))
        return None

    monkeypatch.setattr(kind, step, sometimes)
    assert source.read().index == 3
    assert source._camera.held == 0


def test_failed_requests_in_a_row_are_a_lost_camera(fake, monkeypatch):
    source = open_camera("picamera:")
    monkeypatch.setattr(fake, "complete", lambda _, job: job.set_exception(OSError("no buffer")))
    with pytest.raises(CameraLost, match=r"gives no more frames \(no buffer"):
        source.read()


def test_frames_are_rgb_contiguous_and_requests_are_given_back(fake):
    source = open_camera("picamera:")
    frames = [source.read() for _ in range(3)]
    assert [frame.index for frame in frames] == [0, 1, 2]
    assert frames[0].pixels.shape == (4, 6, 3)
    assert frames[0].pixels.flags.c_contiguous
    assert (frames[0].pixels == (200, 0, 0)).all()
    assert source._camera.held == 0


@pytest.mark.parametrize("clock", [time.CLOCK_BOOTTIME, time.CLOCK_MONOTONIC])
def test_either_clock_becomes_monotonic(fake, clocks, clock):
    source = open_camera("picamera:")
    fake.stamp = clocks[clock] - 0.04
    first = source.read()
    assert first.captured == pytest.approx(AWAKE - 0.04)
    assert first.time == first.captured
    for each in clocks:
        clocks[each] += 10.0
    fake.stamp = clocks[clock] - 1.5  # late, but the clock is decided
    assert source.read().captured == pytest.approx(AWAKE + 10.0 - 1.5)


def test_sleep_while_running_does_not_shift_the_time(fake, clocks):
    source = open_camera("picamera:")
    fake.stamp = clocks[time.CLOCK_BOOTTIME] - 0.04
    source.read()
    clocks[time.CLOCK_BOOTTIME] += 500.0
    fake.stamp = clocks[time.CLOCK_BOOTTIME] - 0.05
    assert source.read().captured == pytest.approx(AWAKE - 0.05)


@pytest.mark.parametrize("stamp", [None, 0.0, 1e9])
def test_without_a_sane_stamp_the_time_of_arrival_counts(fake, clocks, stamp):
    source = open_camera("picamera:")
    fake.stamp = stamp
    assert source.read().captured == AWAKE


def test_a_capture_that_never_returns_is_a_lost_camera(fake, monkeypatch):
    monkeypatch.setattr(picamera, "TIMEOUT_S", 0.05)
    source = open_camera("picamera:")
    fake.frozen = True
    with pytest.raises(CameraLost, match="gives no more frames"):
        source.read()


def test_incomplete_requests_only_delay_the_next_frame(fake):
    """picamera2 does not return what libcamera could not complete: it waits for the next."""
    source = open_camera("picamera:")
    fake.period = 0.3
    assert source.read().index == 0
    assert source.read().index == 1


def test_closing_flushes_stops_and_closes_once(fake):
    source = open_camera("picamera:")
    source.close()
    source.close()
    assert fake.log == ["open 0", "start", "flush", "stop", "close"]
    assert source.read() is None


def test_a_stop_that_hangs_does_not_hang_us(fake, monkeypatch):
    monkeypatch.setattr(picamera, "CLOSE_TIMEOUT_S", 0.05)
    fake.stop_hangs = threading.Event()
    source = open_camera("picamera:")
    for _ in range(2):  # it still hangs the second time
        with pytest.raises(CameraStuck, match="does not stop"):
            source.close()
    fake.stop_hangs.set()


def test_webcams_that_libcamera_lists_are_not_pi_cameras(fake):
    fake.cameras = (WEBCAM, CONNECTOR)
    open_camera("picamera:?camera=0")
    assert fake.log[0] == "open 1"
    fake.cameras = (WEBCAM,)
    with pytest.raises(CameraAbsent, match="no Pi camera found"):
        open_camera("picamera:")


@pytest.mark.parametrize(
    "raised",
    [AttributeError("a"), RuntimeError("b\nc"), IndexError(), OSError(5, "d"), KeyError(1)],
)
@pytest.mark.parametrize("where", ["global_camera_info", "configure", "start"])
def test_whatever_picamera2_raises_is_one_line(fake, monkeypatch, raised, where):
    def fails(*_):
        raise raised

    monkeypatch.setattr(fake, where, fails)
    with pytest.raises(UserError) as error:
        open_camera("picamera:")
    assert str(error.value).isprintable()
    assert open_camera("auto").name.startswith("signer:")


@pytest.mark.parametrize("where", ["make_array", "get_metadata"])
def test_a_request_that_cannot_be_read_is_a_lost_camera(fake, monkeypatch, where):
    source = open_camera("picamera:")

    def fails(*_):
        raise AttributeError("no such thing")

    monkeypatch.setattr(Request, where, fails)
    with pytest.raises(CameraLost, match="no such thing"):
        source.read()
    assert source._camera.held == 0


def test_errors_name_the_remedy(fake, monkeypatch):
    with pytest.raises(CameraAbsent, match="no Pi camera 3: found 1"):
        open_camera("picamera:?camera=3")
    fake.in_use = True
    with pytest.raises(CameraAbsent, match="another program") as error:
        open_camera("picamera:")
    assert "\n" not in str(error.value)
    monkeypatch.setitem(sys.modules, "picamera2", None)
    with pytest.raises(UserError, match="sudo apt install python3-picamera2"):
        open_camera("picamera:")
