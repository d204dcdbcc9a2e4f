"""The slot between two stages: it holds the newest item and counts what it dropped."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class Slot(Generic[T]):
    """A mailbox of one item between one writer and one reader.

    For a live source a new item replaces one that was not taken: latency is bounded because
    nothing queues. Where `lossless` (a source read as fast as possible), `put` waits until the
    slot is free.

    Attributes:
        dropped: items that were replaced, or dropped by the reader.
        stale: those of them that the reader dropped, because they were too old.
    """

    def __init__(self, lossless: bool = False) -> None:
        self.dropped = 0
        self.stale = 0
        self._lossless = lossless
        self._item: T | None = None
        self._closed = False
        self._changed = threading.Condition()

    @property
    def lossless(self) -> bool:
        """No item is dropped: the writer waits for the reader."""
        return self._lossless

    def set_lossless(self, lossless: bool) -> None:
        """Called by the writer, for a new source."""
        with self._changed:
            self._lossless = lossless
            self._changed.notify_all()

    def put(self, item: T) -> None:
        """Hand over an item; after `close` it is discarded."""
        with self._changed:
            while self._lossless and self._item is not None and not self._closed:
                self._changed.wait()
            if self._closed:
                return
            if self._item is not None:
                self.dropped += 1
            self._item = item
            self._changed.notify_all()

    def take(self, timeout: float | None = None) -> T | None:
        """The item, waiting at most ``timeout`` seconds; None on time-out or when closed."""
        with self._changed:
            if self._item is None and not self._closed:
                self._changed.wait(timeout)
            item, self._item = self._item, None
            self._changed.notify_all()
            return item

    def drop(self) -> None:
        """Count the item just taken as dropped: it is too old."""
        with self._changed:
            self.dropped += 1
            self.stale += 1

    def close(self) -> None:
        """No more items will come; one that waits can still be taken."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def finished(self) -> bool:
        """Closed and empty."""
        with self._changed:
            return self._closed and self._item is None
