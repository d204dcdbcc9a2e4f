"""The contract of a camera, kept by a Pi camera: with a stand-in for picamera2, or a real Pi.

``pytest -m pi`` runs these on a Raspberry Pi with a camera that no other program uses.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from edge.camera import Camera, CameraAbsent, open_camera
from tests.camera.test_picamera import fake

__all__ = ["fake"]

SIZE = (640, 480)
Open = Callable[[], Camera]


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.pi)])
def opened(request: pytest.FixtureRequest) -> Iterator[Open]:
    """Opens the camera; closes it after the test."""
    if request.param == "fake":
        stand_in: Any = request.getfixturevalue("fake")
        stand_in.exclusive = True
        stand_in.period = 1 / 30
        stand_in.size = SIZE
        stand_in.stamped = True
    cameras: list[Camera] = []

    def make() -> Camera:
        cameras.append(open_camera("picamera:", size=SIZE, fps=30.0))
        return cameras[-1]

    yield make
    for camera in cameras:
        camera.close()


def test_frames_come_in_order_of_size_and_on_our_clock(opened: Open) -> None:
    camera = opened()
    assert (camera.live, camera.device, camera.name) == (True, True, "picamera:")
    frames = []
    for _ in range(10):
        before = time.monotonic()
        frame = camera.read()
        assert frame is not None
        assert before - 1 < frame.captured <= time.monotonic()
        assert frame.pixels.shape == (SIZE[1], SIZE[0], 3)
        assert frame.pixels.dtype == np.uint8
        assert frame.pixels.flags.c_contiguous
        frames.append(frame)
    for before, after in pairwise(frames):
        assert after.captured > before.captured
        assert after.index == before.index + 1


def test_a_slow_reader_gets_a_new_frame(opened: Open) -> None:
    camera = opened()
    camera.read()
    time.sleep(0.5)
    before = time.monotonic()
    frame = camera.read()
    assert frame is not None
    assert frame.captured > before - 0.25


def test_one_program_has_the_camera_until_it_closes_it(opened: Open) -> None:
    first = opened()
    with pytest.raises(CameraAbsent, match="another program"):
        opened()
    assert first.read() is not None
    first.close()
    first.close()
    assert first.read() is None
    assert opened().read() is not None


def test_closing_ends_a_read_in_another_thread(opened: Open) -> None:
    camera = opened()
    camera.read()
    reading, ended = threading.Event(), threading.Event()

    def read() -> None:
        while camera.read() is not None:
            reading.set()
        ended.set()

    threading.Thread(target=read, daemon=True).start()
    assert reading.wait(30)
    camera.close()
    assert ended.wait(30)
