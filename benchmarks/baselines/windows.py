"""When a system that reads window by window shows a letter, by the signer's truth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from edge.camera.signer.motion import Spelled


@dataclass(frozen=True)
class Pace:
    """How a system works through the frames of a camera.

    Attributes:
        size: frames of a window; windows do not overlap.
        frame_s, window_s: seconds it takes for a frame, and for a window on top.
        keeps_up: it processes every frame, as with enough cores; otherwise it takes the newest
            frame whenever it is free, and its windows last longer.
        fps: of the camera.
    """

    size: int
    frame_s: float
    window_s: float
    keeps_up: bool
    fps: float = 30.0


@dataclass(frozen=True)
class Window:
    """Capture time of its last frame, and when its text is there; seconds."""

    last: float
    shown: float


def windows(pace: Pace, until: float) -> list[Window]:
    """All windows up to the first that has seen the moment ``until``; frames begin at 0."""
    out: list[Window] = []
    index = count = 0
    free = 0.0
    while True:
        captured = index / pace.fps
        started = captured if pace.keeps_up else max(captured, free)
        free = started + pace.frame_s
        count += 1
        if count == pace.size:
            free += pace.window_s
            out.append(Window(captured, free))
            count = 0
            if captured >= until:
                return out
        index += 1
        if not pace.keeps_up:
            # A frame captured at the very moment it becomes free is available.
            index = max(index, math.floor(free * pace.fps + 1e-9))


def delays(pace: Pace, spelled: Sequence[Spelled]) -> list[float]:
    """Seconds from the end of each letter to the text of the window that has seen it whole."""
    letters = [letter for letter in spelled if letter.text != " "]
    if not letters:
        return []
    seen = windows(pace, max(letter.end for letter in letters))
    return [next(w.shown for w in seen if w.last >= letter.end) - letter.end for letter in letters]
