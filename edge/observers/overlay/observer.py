"""The overlay: an observer that draws, and shows what it drew."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from edge.camera import Frame
from edge.events import Published
from edge.landmarks import Landmarks
from edge.observers.overlay.caption import Caption
from edge.observers.overlay.draw import draw
from edge.observers.overlay.skeleton import Pixels
from edge.observers.parts import parts_of
from edge.observers.threaded import ThreadedObserver
from edge.recording import FoundParts

WAITING = 8
"""Frames that may wait to be drawn: a quarter of a second of a camera."""


class Screen(Protocol):
    """Where pictures are shown; all is called in one thread."""

    def show(self, picture: Pixels, time: float, whole: bool) -> None:
        """
        Args:
            picture: RGB uint8 [height, width, 3].
            time: seconds on the source's time line.
            whole: every picture of the source is to be shown.
        """

    def idle(self) -> None:
        """Called after each picture, and several times a second."""

    def close(self, last: Pixels | None) -> None:
        """No more pictures come; ``last``, where there is one, is the last one's new text."""


class Figures(Protocol):
    """What is shown of the pipeline: frames a second."""

    @property
    def fps(self) -> float: ...


@dataclass(frozen=True, slots=True)
class _View:
    """A frame, and what there was to say when it had been read."""

    frame: Frame
    parts: FoundParts
    caption: Caption
    fps: float
    age_ms: float
    whole: bool

    def draw(self, caption: Caption) -> Pixels:
        return draw(self.frame.pixels, self.parts, caption, self.fps, self.age_ms)


class Overlay(ThreadedObserver[_View]):
    """Draws each frame with the text that was known when it had been read.

    Where drawing does not keep up, frames of a live source are left out, the oldest first.
    """

    def __init__(self, screens: Sequence[Screen], figures: Callable[[], Figures]) -> None:
        """
        Args:
            screens: where the pictures are shown.
            figures: how the pipeline is doing.
        """
        super().__init__("overlay", WAITING)
        self._screens = screens
        self._figures = figures
        self._caption = Caption()
        self._last: _View | None = None

    def put(self, published: Published) -> None:
        self._caption = self._caption.after(published)

    def take(self, frame: Frame, landmarks: Landmarks) -> _View:
        age_ms = 1000 * (time.monotonic() - frame.captured)
        parts = parts_of(frame, landmarks)
        return _View(frame, parts, self._caption, self._figures().fps, age_ms, self.lossless)

    def work(self, item: _View) -> None:
        self._last = item
        picture = item.draw(item.caption)
        for screen in self._screens:
            screen.show(picture, item.frame.time, item.whole)

    def idle(self) -> None:
        for screen in self._screens:
            screen.idle()

    def close(self) -> None:
        last = self._last
        ended = last.draw(self._caption) if last and last.caption != self._caption else None
        for screen in self._screens:
            screen.close(ended)
