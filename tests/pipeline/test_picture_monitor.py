"""Black and repeated pictures."""

from __future__ import annotations

from typing import Any

import numpy as np

from edge.camera import Frame
from edge.pipeline.picture_monitor import PictureMonitor


def frames(pixels: Any, seconds: float, since: float = 0.0) -> list[Frame]:
    """Frames at 30 a second; ``pixels`` makes each."""
    return [
        Frame(pixels(), since + n / 30, since + n / 30, n) for n in range(round(30 * seconds) + 1)
    ]


def noisy(level: int) -> Any:
    random = np.random.default_rng(0)
    return lambda: random.integers(level, level + 5, (480, 640, 3)).astype(np.uint8)


def test_faulty_pictures_are_noticed() -> None:
    monitor = PictureMonitor()
    assert {monitor(frame) for frame in frames(noisy(90), 3)} == {""}
    black = [monitor(frame) for frame in frames(noisy(2), 3, since=10)]
    assert black[30] == ""
    assert black[46:] == ["black"] * len(black[46:])
    assert monitor.black == len(black)
    assert monitor(frames(noisy(90), 0, since=14)[0]) == "", "one sound picture ends it"
    picture = noisy(100)()
    same = [monitor(frame) for frame in frames(lambda: picture, 3, since=20)]
    assert same[30] == ""
    assert same[47:] == ["same"] * len(same[47:])
    assert monitor.same == len(same) - 1
