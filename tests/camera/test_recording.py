"""A recording of landmarks as a camera."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge.camera import carries_landmarks, open_camera
from edge.errors import UserError

pytest.importorskip("pyarrow", reason="recordings need pyarrow")

from edge.recording import Writer
from tests.recording.conftest import hand


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Four frames at 20 a second; in the third there is no hand."""
    path = tmp_path / "a?b.parquet"
    writer = Writer(path)
    for n in range(4):
        writer.add(3, n, n / 20, {} if n == 2 else {"right_hand": hand(n)})
    writer.close((320, 240))
    return path


def uri(path: Path, options: str = "") -> str:
    return f"landmarks:{str(path).replace('?', '%3F')}{options}"


def test_frames_carry_landmarks_and_a_plain_ground(path: Path) -> None:
    camera = open_camera(uri(path, "?pace=0"))
    assert (camera.live, camera.device) == (False, False)
    for n in range(4):
        frame = camera.read()
        assert frame is not None
        assert (frame.index, frame.pixels.shape) == (n, (240, 320, 3))
        assert frame.time == pytest.approx(n / 20)
        assert np.ptp(frame.pixels.reshape(-1, 3), axis=0).max() == 0
        assert frame.parts is not None
        assert set(frame.parts) == (set() if n == 2 else {"right_hand"})
    assert camera.read() is None
    camera.close()
    assert camera.read() is None


def test_options_say_what_the_file_does_not(path: Path) -> None:
    camera = open_camera(uri(path, "?pace=0&fps=5&width=720&height=1280&sequence=3"))
    frames = [frame for frame in iter(camera.read, None) if frame]
    assert [frame.time for frame in frames] == pytest.approx([0, 0.2, 0.4, 0.6])
    assert frames[0].pixels.shape == (1280, 720, 3)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("?fps=0", "more than 0"),
        ("?width=3", "between 64 and 4096"),
        ("?sequence=x", "whole number"),
        ("?speed=2", "no option 'speed'"),
        ("?sequence=4", "no sequence 4"),
    ],
)
def test_options_that_cannot_be(path: Path, options: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        open_camera(uri(path, options))


def test_a_path_alone_will_do(path: Path) -> None:
    camera = open_camera(str(path))
    assert camera.name == uri(path)
    assert camera.live
    camera.close()


def test_it_is_played_in_real_time(path: Path, clock: Any) -> None:
    camera = open_camera(uri(path))
    began = clock.now
    times = [frame.time for frame in iter(camera.read, None) if frame]
    assert times == pytest.approx([began + n / 20 for n in range(4)])


def test_closing_ends_a_read_in_another_thread(path: Path) -> None:
    camera = open_camera(uri(path, "?fps=0.7"))
    ended = threading.Event()

    def read() -> None:
        while camera.read() is not None:
            pass
        ended.set()

    assert camera.read() is not None
    threading.Thread(target=read, daemon=True).start()
    camera.close()
    assert ended.wait(30)


def test_it_is_known_before_it_is_opened() -> None:
    assert carries_landmarks("landmarks:x.parquet")
    assert carries_landmarks("Landmarks:x.parquet?fps=3")
    assert carries_landmarks("x.parquet")
    assert not carries_landmarks("signer:landmarks")
    assert not carries_landmarks("auto")
