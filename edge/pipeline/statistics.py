"""How the pipeline is doing: frames, drops and latency, over the last seconds."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

_WINDOW_S = 2.0
"""Seconds that running figures are taken over."""
_MAX_FRAMES = 240


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures at one moment.

    Attributes:
        frames: frames recognised since the start.
        dropped: frames that the source skipped, or that a later one replaced before they were
            processed.
        fps: recognised frames per second, over the last two seconds.
        latency_ms: mean time from capture to recognised, over the same.
        hand: a hand was in the last frame.
    """

    frames: int
    dropped: int
    fps: float
    latency_ms: float
    hand: bool


class PipelineStatistics:
    """Gathers figures in one thread, gives `Figures` in any."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._frames = 0
        self._dropped: Callable[[], int] = lambda: 0
        self._hand = False
        self._last: deque[tuple[float, float]] = deque(maxlen=_MAX_FRAMES)

    def add_frame(self, captured: float, now: float, hand: bool) -> None:
        """A frame captured at ``captured`` has been recognised at ``now``, monotonic seconds."""
        with self._lock:
            self._frames += 1
            self._hand = hand
            self._last.append((now, now - captured))

    @property
    def frames(self) -> int:
        """Frames recognised since the start."""
        return self._frames

    def count_dropped(self, dropped: Callable[[], int]) -> None:
        """``dropped``: how many frames have been dropped since the start; asked for each `figures`,
        for where every frame is dropped none is added."""
        self._dropped = dropped

    def figures(self) -> Figures:
        since = time.monotonic() - _WINDOW_S
        with self._lock:
            last = [one for one in self._last if one[0] > since]
            span = last[-1][0] - last[0][0] if len(last) > 1 else 0.0
            fps = (len(last) - 1) / span if span > 0 else 0.0
            latency = 1000 * sum(age for _, age in last) / len(last) if last else 0.0
            return Figures(self._frames, self._dropped(), fps, latency, self._hand)
