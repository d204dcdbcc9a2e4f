"""Shows what is published in the terminal, in a thread of its own: a terminal can block."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue

from edge.events import Event
from edge.outputs.terminal import Screen
from edge.pipeline.stage import PATIENCE, Ended, Stage
from edge.pipeline.statistics import Reading

ROOM = 64
"""Events that may wait to be shown before `full` asks for patience."""


class Show(Stage):
    """All calls of the screen come from this thread."""

    def __init__(self, screen: Screen, read: Callable[[], Reading], ended: Ended) -> None:
        """``read`` gives the figures that the screen shows."""
        super().__init__("screen", ended)
        self._screen = screen
        self._read = read
        self._waiting: SimpleQueue[tuple[Event, bytes]] = SimpleQueue()

    def put(self, event: Event, line: bytes) -> None:
        """Show this; returns at once."""
        self._waiting.put((event, line))

    @property
    def full(self) -> bool:
        """The terminal does not keep up; whoever can should wait."""
        return self._waiting.qsize() > ROOM

    def run(self) -> None:
        while not (self.stopping.is_set() and self._waiting.empty()):
            self.beats += 1
            with suppress(Empty):
                self._screen.event(*self._waiting.get(timeout=PATIENCE))
            self._screen.beat(self._read)

    def tear_down(self) -> None:
        self._screen.close()
