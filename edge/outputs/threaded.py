"""A sink that writes in a thread of its own: what it writes to may block for ever."""

from __future__ import annotations

import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable

from edge.events import Published
from edge.outputs.queue import EventQueue

log = logging.getLogger(__name__)

IDLE_S = 0.1
"""Seconds between two calls of `idle` where no event comes."""


class ThreadedSink(ABC):
    """Calls `write` for each event, in order; subclasses say what that does."""

    def __init__(self, name: str, limit: int = 256) -> None:
        """
        Args:
            name: of the thread.
            limit: events that may wait; beyond, `edge.outputs.queue` says which are dropped.
        """
        self.name = name
        self._queue = EventQueue(limit)
        self._failed: Callable[[BaseException], None] = lambda failure: None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @abstractmethod
    def write(self, published: Published) -> None:
        """Write one event; may block."""

    def idle(self) -> None:
        """Called after each event, and every `IDLE_S` seconds where none comes."""

    def close(self) -> None:
        """Nothing more comes; called in the sink's thread, unless `write` or `idle` failed."""

    def put(self, published: Published) -> None:
        self._queue.put(published)

    def wait_for_room(self, timeout: float) -> bool:
        """Wait at most ``timeout`` seconds while the queue is more than half full."""
        return self._queue.wait_for_room(timeout)

    def start(self, failed: Callable[[BaseException], None]) -> None:
        """``failed`` gets the exception that ended the thread, in that thread."""
        self._failed = failed
        self._thread.start()

    def stop(self) -> None:
        """Write what waits, then end; returns at once."""
        self._queue.close()

    def join(self, timeout: float | None) -> bool:
        """Wait at most ``timeout`` seconds for the end; whether it has come."""
        if self._thread.ident is not None:
            self._thread.join(timeout if timeout is None else max(0.0, timeout))
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            while not self._queue.finished:
                if published := self._queue.take(IDLE_S):
                    self.write(published)
                self.idle()
            if self._queue.dropped:
                log.warning("%s did not keep up: %d events lost", self.name, self._queue.dropped)
            self.close()
        except BaseException as failure:
            self._queue.close()
            self._failed(failure)
