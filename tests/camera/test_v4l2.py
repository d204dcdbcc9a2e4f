"""Webcams, with a stand-in for kernel and OpenCV: a test machine has no webcam."""

import errno
import threading
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from edge.camera import (
    CameraAbsent,
    CameraLost,
    CameraStuck,
    device,
    failures,
    open_camera,
    v4l2,
)
from edge.camera.device import Device, check_usable, devices
from edge.errors import UserError

CAPTURE, MPLANE, META, DEVICE_CAPS = 0x1, 0x1000, 0x800000, 0x80000000


@pytest.fixture
def kernel(monkeypatch):
    """A kernel that answers for every device; its attributes say what."""

    class Kernel:
        flags = (CAPTURE | META | DEVICE_CAPS, CAPTURE)
        bus = b"usb-0000:01:00.0-1.2"
        error = None
        requests = ()

        def ioctl(self, handle, code, argument):
            if code == 0x80685600:
                return device._CAPABILITY.pack(b"uvcvideo", b"A webcam", self.bus, 0, *self.flags)
            if self.error:
                raise OSError(self.error, "from the driver")
            self.requests += (device._REQUEST.unpack(argument),)
            return argument

    kernel = Kernel()
    monkeypatch.setattr(device.fcntl, "ioctl", kernel.ioctl)
    return kernel


def test_a_camera_is_accepted_and_its_buffer_freed(kernel):
    check_usable("/dev/null")
    assert kernel.requests == ((1, 1, 1, 0), (0, 1, 1, 0))


def test_a_planar_camera_is_asked_in_its_way(kernel):
    kernel.flags = (MPLANE, 0)
    check_usable("/dev/null")
    assert kernel.requests[0][1] == 9


def test_a_metadata_node_is_no_camera(kernel):
    kernel.flags = (CAPTURE | META | DEVICE_CAPS, META)
    with pytest.raises(UserError, match=r"/dev/null \(A webcam\) is not a camera"):
        check_usable("/dev/null")


def test_a_busy_camera_says_so(kernel):
    kernel.error = errno.EBUSY
    with pytest.raises(CameraAbsent, match="in use by another program"):
        open_camera("v4l2:/dev/null")


def test_no_permission_names_the_group(monkeypatch):
    def denied(*_):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(device.os, "open", denied)
    with pytest.raises(CameraAbsent, match="join the video group"):
        open_camera("v4l2:/dev/video0")


@pytest.mark.parametrize("name", ["/dev/null", "folder", "file"])
def test_what_is_no_device_is_refused(tmp_path, name):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="is not a camera"):
        open_camera(f"v4l2:{tmp_path / name}")


@pytest.mark.parametrize("path", ["/dev/video987", "987", "a%00b", "/dev/null/x"])
def test_a_missing_device_is_refused_in_one_line(path):
    with pytest.raises(UserError) as error:
        open_camera(f"v4l2:{path}")
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("bus", "capture", "webcam"),
    [
        ("usb-0000:01:00.0-1.2", True, True),
        ("usb-0000:01:00.0-1.2", False, False),
        ("platform:bcm2835-isp", True, False),
        ("platform:v4l2loopback-000", True, True),
    ],
)
def test_which_devices_are_webcams(bus, capture, webcam):
    assert Device("/dev/video0", "card", bus, False, capture).webcam == webcam


def test_devices_are_listed_by_number(kernel, monkeypatch, tmp_path):
    for name in ("video10", "video2", "videos"):
        (tmp_path / name).touch()
    monkeypatch.setattr(device, "Path", lambda _: tmp_path)
    assert [Path(found.path).name for found in devices()] == ["video2", "video10"]
    assert {(found.card, found.webcam) for found in devices()} == {("A webcam", True)}


@pytest.fixture
def webcam(monkeypatch):
    """A capture of OpenCV that gives red frames; its clock stands still."""

    class Capture:
        opened = True
        frames = 3
        now = 5000.0
        stamp = None
        settings = ()

        def isOpened(self):  # noqa: N802
            return self.opened

        def set(self, key, value):
            self.settings += ((key, value),)
            return True

        def get(self, key):
            assert key == cv2.CAP_PROP_POS_MSEC
            return 0.0 if self.stamp is None else self.stamp * 1000

        def grab(self):
            self.frames -= 1
            return self.frames >= 0

        def retrieve(self):
            return True, np.full((4, 6, 3), (0, 0, 250), np.uint8)

        def release(self):
            self.opened = False

    capture = Capture()
    monkeypatch.setattr(v4l2, "time", SimpleNamespace(monotonic=lambda: capture.now))
    monkeypatch.setattr(v4l2, "check_usable", lambda _: None)
    monkeypatch.setattr(v4l2.cv2, "VideoCapture", lambda *_: capture)
    return capture


def test_frames_are_rgb_and_the_camera_is_asked_for_mjpg_and_few_buffers(webcam):
    source = open_camera("v4l2:", size=(320, 240), fps=25.0)
    assert source.live
    first, second = source.read(), source.read()
    assert (first.index, second.index) == (0, 1)
    assert (first.pixels == (250, 0, 0)).all()
    asked = dict(webcam.settings)
    assert asked[cv2.CAP_PROP_FOURCC] == cv2.VideoWriter.fourcc(*"MJPG")
    assert (asked[cv2.CAP_PROP_FRAME_WIDTH], asked[cv2.CAP_PROP_FRAME_HEIGHT]) == (320, 240)
    assert asked[cv2.CAP_PROP_FPS] == 25.0
    assert asked[cv2.CAP_PROP_BUFFERSIZE] <= 2


def test_the_drivers_stamp_is_taken_when_it_is_on_our_clock(webcam):
    source = open_camera("v4l2:")
    webcam.stamp = webcam.now - 0.05
    frame = source.read()
    assert frame.captured == frame.time == pytest.approx(webcam.stamp)


@pytest.mark.parametrize("shift", [-1e6, -5.0, 1e6, float("nan")])
def test_else_the_time_of_arrival(webcam, shift):
    source = open_camera("v4l2:")
    webcam.stamp = webcam.now + shift
    assert source.read().captured == webcam.now


def test_a_frame_that_waited_in_the_driver_stays_old(webcam):
    source = open_camera("v4l2:")
    webcam.stamp = webcam.now - 0.05
    source.read()
    webcam.now += 5.0  # the process was stopped meanwhile
    assert source.read().captured == pytest.approx(webcam.stamp)


def test_a_camera_whose_read_hangs_cannot_be_closed(webcam, monkeypatch):
    monkeypatch.setattr(v4l2, "CLOSE_TIMEOUT_S", 0.05)
    source = open_camera("v4l2:")
    reading, hang = threading.Event(), threading.Event()

    def grab():
        reading.set()
        hang.wait(60)
        return True

    webcam.grab = grab
    reader = threading.Thread(target=source.read)
    reader.start()
    assert reading.wait(30)
    with pytest.raises(CameraStuck, match="cannot be closed"):
        source.close()
    hang.set()
    reader.join(30)
    source.close()
    assert not webcam.opened


def error():
    raise cv2.error("imdecode_ (-215:Assertion failed) !buf.empty()")


BROKEN = {
    "grab fails": ("grab", lambda: False),
    "grab raises": ("grab", error),
    "retrieve fails": ("retrieve", lambda: (False, None)),
    "retrieve raises": ("retrieve", error),
    "no picture": ("retrieve", lambda: (True, None)),
    "two channels": ("retrieve", lambda: (True, np.zeros((4, 6, 2), np.uint8))),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_failed_read_is_skipped_and_leaves_a_gap(webcam, what):
    source = open_camera("v4l2:")
    webcam.frames = 10
    step, broken = BROKEN[what]
    sound = getattr(webcam, step)
    outcomes = iter([sound, broken, sound, broken, broken, broken, sound, sound])
    setattr(webcam, step, lambda: next(outcomes)())
    assert [source.read().index for _ in range(4)] == [0, 2, 6, 7]


def test_failed_reads_in_a_row_are_counted_anew_after_a_picture(webcam):
    source = open_camera("v4l2:")
    outcomes = iter(([False] * (failures.MOST - 1) + [True]) * 3)
    webcam.grab = lambda: next(outcomes)
    assert [source.read().index for _ in range(3)] == [4, 9, 14]


@pytest.mark.parametrize("what", BROKEN)
def test_failed_reads_in_a_row_are_a_lost_camera(webcam, what):
    source = open_camera("v4l2:7")
    step, broken = BROKEN[what]
    webcam.frames, tried = 100, []
    setattr(webcam, step, lambda: (tried.append(1), broken())[1])
    with pytest.raises(CameraLost, match="/dev/video7 gives no more frames"):
        source.read()
    assert len(tried) == failures.MOST


def test_one_read_that_fails_late_is_a_lost_camera(webcam, monkeypatch):
    monkeypatch.setattr(failures, "LIMIT_S", 0.0)
    source = open_camera("v4l2:")
    tried = []
    webcam.grab = lambda: bool(tried.append(1))
    with pytest.raises(CameraLost):
        source.read()
    assert len(tried) == 1


def test_opening_that_raises_is_an_absent_camera(monkeypatch, webcam):
    webcam.set = lambda *_: error()
    with pytest.raises(CameraAbsent, match="cannot be opened"):
        open_camera("v4l2:")


def test_no_frame_is_a_lost_camera(webcam):
    source = open_camera("v4l2:7")
    webcam.frames = 0
    with pytest.raises(CameraLost, match="/dev/video7 gives no more frames"):
        source.read()


def test_closing(webcam):
    source = open_camera("v4l2:")
    source.close()
    source.close()
    assert not webcam.opened
    assert source.read() is None


def test_a_format_opencv_cannot_read_is_refused(webcam):
    webcam.opened = False
    with pytest.raises(CameraAbsent, match="no picture format"):
        open_camera("v4l2:")
