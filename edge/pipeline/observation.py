"""What sees frames with their landmarks: a recorder, an overlay. It can change nothing."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from typing import Protocol

from edge.camera import Frame
from edge.landmarks import Landmarks

IN_FLIGHT = 4
"""Frames between the landmark stage and the end of recognition: one that is put into the slot, one
in it, one that is read, and one more."""


class Observer(Protocol):
    """Gets each frame that has passed every stage, after the texts read from it."""

    def see(self, frame: Frame, landmarks: Landmarks) -> None:
        """Called in the recognition stage's thread: where the source is live, returns at once."""

    def set_lossless(self, lossless: bool) -> None:
        """A new source was opened; ``lossless``: no frame of it may be left out."""


class Observation:
    """Brings a frame, which the landmark stage has, together with the end of its recognition.

    Without observers nothing is kept.
    """

    def __init__(self, observers: Sequence[Observer]) -> None:
        self._observers = observers
        self._tracked: deque[tuple[Frame, Landmarks]] = deque(maxlen=IN_FLIGHT)
        self._lock = threading.Lock()

    def tracked(self, frame: Frame, landmarks: Landmarks) -> None:
        """``landmarks`` were found in ``frame``; called in the landmark stage's thread."""
        if self._observers:
            with self._lock:
                self._tracked.append((frame, landmarks))

    def read(self, landmarks: Landmarks) -> None:
        """These were recognised; called in the recognition stage's thread."""
        if not self._observers:
            return
        with self._lock:
            frame = next((frame for frame, found in self._tracked if found is landmarks), None)
        if frame is not None:
            for observer in self._observers:
                observer.see(frame, landmarks)

    def set_lossless(self, lossless: bool) -> None:
        """As `Observer.set_lossless`."""
        for observer in self._observers:
            observer.set_lossless(lossless)
