"""An observer that works in a thread of its own."""

from __future__ import annotations

import logging
import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from edge.camera import Frame
from edge.events import Published
from edge.landmarks import Landmarks

log = logging.getLogger(__name__)

IDLE_S = 0.05
"""Seconds between two calls of `idle` where no frame comes."""

T = TypeVar("T")


class ThreadedObserver(ABC, Generic[T]):
    """Calls `work` for what `take` makes of each frame, in order.

    Attributes:
        lossless: no frame of the source may be left out.
        lost: frames for which there was no room; none where the source is lossless.
        failure: what ended the thread, where something did.
    """

    def __init__(self, name: str, limit: int) -> None:
        """
        Args:
            name: of the thread.
            limit: frames that may wait. One more replaces the oldest where the source is live;
                otherwise `see` waits.
        """
        self.name = name
        self.lost = 0
        self.failure: BaseException | None = None
        self._limit = limit
        self.lossless = False
        self._closed = False
        self._waiting: deque[T] = deque()
        self._changed = threading.Condition()
        self._failed: Callable[[BaseException], None] = lambda failure: None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @abstractmethod
    def take(self, frame: Frame, landmarks: Landmarks) -> T:
        """What `work` needs of a frame; called in the thread of a stage, and must be quick."""

    @abstractmethod
    def work(self, item: T) -> None:
        """Do something with it; may take a while."""

    def idle(self) -> None:
        """Called after each `work`, and every `IDLE_S` seconds where there is none."""

    def close(self) -> None:
        """Nothing more comes; called in the observer's thread, also where `work` failed."""

    def set_lossless(self, lossless: bool) -> None:
        """The next frames are of another source; ``lossless``: `see` waits for room."""
        with self._changed:
            self.lossless = lossless
            self._changed.notify_all()

    def put(self, published: Published) -> None:
        """An event was published, as for `edge.events.bus.Sink`; ignored unless overridden."""

    def see(self, frame: Frame, landmarks: Landmarks) -> None:
        """A frame has passed every stage; after `stop` it is ignored."""
        item = self.take(frame, landmarks)
        with self._changed:
            while self.lossless and len(self._waiting) >= self._limit and not self._closed:
                self._changed.wait()
            if self._closed:
                return
            if len(self._waiting) >= self._limit:
                self._waiting.popleft()
                self.lost += 1
            self._waiting.append(item)
            self._changed.notify_all()

    def start(self, failed: Callable[[BaseException], None]) -> None:
        """``failed`` gets the exception that ended the thread, in that thread."""
        self._failed = failed
        self._thread.start()

    def stop(self) -> None:
        """Work on what waits, then end; returns at once."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def join(self, timeout: float) -> bool:
        """Wait at most ``timeout`` seconds for the end; whether it has come."""
        if self._thread.ident is not None:
            self._thread.join(max(0.0, timeout))
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            try:
                while not self._finished():
                    if (item := self._next()) is not None:
                        self.work(item)
                    self.idle()
            finally:
                self.stop()
                self.close()
        except BaseException as failure:
            self.failure = failure
            self._failed(failure)

    def _finished(self) -> bool:
        with self._changed:
            return self._closed and not self._waiting

    def _next(self) -> T | None:
        with self._changed:
            if not self._waiting and not self._closed:
                self._changed.wait(IDLE_S)
            item = self._waiting.popleft() if self._waiting else None
            self._changed.notify_all()
            return item
