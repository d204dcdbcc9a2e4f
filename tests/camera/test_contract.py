"""What a Pi camera promises, whoever keeps the promise: a made-up picamera2, or a real Pi.

``pytest -m pi`` runs these on a Raspberry Pi with a camera that nobody else uses.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from edge.camera import CameraAbsent, Source, open_source
from tests.camera.test_picamera import fake

__all__ = ["fake"]

SIZE = (640, 480)
Open = Callable[[], Source]


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.pi)])
def opened(request: pytest.FixtureRequest) -> Iterator[Open]:
    """Opens the camera; closes it after the test."""
    if request.param == "fake":
        made_up: Any = request.getfixturevalue("fake")
        made_up.alone = True
        made_up.period = 1 / 30
        made_up.size = SIZE
        made_up.stamped = True
    sources: list[Source] = []

    def make() -> Source:
        sources.append(open_source("picamera:", size=SIZE, fps=30.0))
        return sources[-1]

    yield make
    for source in sources:
        source.close()


def test_frames_come_in_order_of_size_and_on_our_clock(opened: Open) -> None:
    source = opened()
    assert (source.live, source.device, source.name) == (True, True, "picamera:")
    frames = []
    for _ in range(10):
        frame = source.read()
        assert frame is not None
        assert 0 <= time.monotonic() - frame.captured < 1
        assert frame.pixels.shape == (SIZE[1], SIZE[0], 3)
        assert frame.pixels.dtype == np.uint8
        assert frame.pixels.flags.c_contiguous
        frames.append(frame)
    for before, after in pairwise(frames):
        assert after.captured > before.captured
        assert after.index == before.index + 1


def test_who_reads_slowly_gets_a_new_frame(opened: Open) -> None:
    source = opened()
    source.read()
    time.sleep(0.5)
    frame = source.read()
    assert frame is not None
    assert time.monotonic() - frame.captured < 0.25


def test_the_camera_is_one_programs_alone_until_it_is_closed(opened: Open) -> None:
    first = opened()
    with pytest.raises(CameraAbsent, match="another program"):
        opened()
    assert first.read() is not None
    first.close()
    first.close()
    assert first.read() is None
    assert opened().read() is not None


def test_closing_ends_a_read_in_another_thread(opened: Open) -> None:
    source = opened()
    source.read()
    ended = threading.Event()

    def read() -> None:
        while source.read() is not None:
            pass
        ended.set()

    threading.Thread(target=read, daemon=True).start()
    time.sleep(0.2)
    source.close()
    assert ended.wait(3)
