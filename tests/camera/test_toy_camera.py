"""A camera of one's own, added without editing a file: the example of docs/adding-a-camera.md."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import pytest

from edge import camera
from edge.camera import Camera, Frame, Size, Uri, open_camera, register
from edge.errors import UserError


# The example begins here.
@dataclass
class Counter:
    """Counts frames from 0: ``count:5`` gives five, each of a brightness equal to its number."""

    frames: int
    size: Size
    fps: float
    name: str = "count:"
    live: bool = False  # the reader sets the pace
    device: bool = False  # nothing to unplug
    index: int = 0

    def read(self) -> Frame | None:
        if self.index >= self.frames:
            return None
        pixels = np.full((self.size[1], self.size[0], 3), self.index % 256, np.uint8)
        frame = Frame(pixels, self.index / self.fps, time.monotonic(), self.index)
        self.index += 1
        return frame

    def close(self) -> None:
        self.frames = 0


def open_counter(uri: Uri, size: Size, fps: float) -> Camera:
    if not uri.rest.isdecimal():
        raise UserError(f"count: needs a number of frames, not {uri.rest!r}: write count:5")
    return Counter(int(uri.rest), size, fps)


# The example ends here.
@pytest.fixture(autouse=True)
def registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Schemes registered by a test end with it."""
    monkeypatch.setattr(camera, "_OPENERS", dict(camera._OPENERS))
    monkeypatch.setattr(camera, "_DEVICES", set(camera._DEVICES))


def test_a_registered_camera_is_opened_by_its_uri() -> None:
    register("count", open_counter)
    counter = open_camera("count:5", size=(64, 48), fps=10.0)
    assert (counter.name, counter.live, counter.device) == ("count:5", False, False)
    frames = []
    while (frame := counter.read()) is not None:
        frames.append(frame)
    assert [frame.index for frame in frames] == [0, 1, 2, 3, 4]
    assert [frame.time for frame in frames] == pytest.approx([0.0, 0.1, 0.2, 0.3, 0.4])
    assert all((frame.pixels == frame.index).all() for frame in frames)
    assert frames[0].pixels.shape == (48, 64, 3)


def test_after_closing_there_are_no_more_frames() -> None:
    register("count", open_counter)
    counter = open_camera("count:5")
    assert counter.read() is not None
    counter.close()
    counter.close()
    assert counter.read() is None


def test_its_errors_reach_the_user_and_its_scheme_is_suggested() -> None:
    register("count", open_counter)
    with pytest.raises(UserError, match="needs a number of frames"):
        open_camera("count:many")
    with pytest.raises(UserError, match="begin with one of count:, "):
        open_camera("cuont:5")


@pytest.mark.parametrize(("device", "opened"), [(True, 0), (False, 1)])
def test_a_check_opens_it_only_if_it_is_no_device(device: bool, opened: int) -> None:
    opens: list[Uri] = []

    def opener(uri: Uri, size: Size, fps: float) -> Camera:
        opens.append(uri)
        return open_counter(uri, size, fps)

    register("count", opener, device=device)
    camera.check("count:5")
    assert len(opens) == opened


@pytest.mark.parametrize("scheme", ["auto", "video", "Count", "a:b", "", "2x"])
def test_a_scheme_that_is_taken_or_not_a_word_is_refused(scheme: str) -> None:
    with pytest.raises(ValueError, match=f"scheme {scheme!r}"):
        register(scheme, open_counter)
