"""A stage: a loop in a thread of its own, set up before and torn down after."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

PATIENCE = 0.1
"""Seconds a stage waits for work before it looks whether it is to end."""

Ended = Callable[["Stage", BaseException | None], None]


class Stage:
    """Runs `set_up`, `run` and `tear_down` in a thread.

    Attributes:
        name: of the stage and its thread.
        beats: grows while the loop turns; a stage that hangs stands still.
        stopping: set when the loop is to end.
    """

    def __init__(self, name: str, ended: Ended, after: Stage | None = None) -> None:
        """Made here, started by `start`.

        Args:
            name: as above.
            ended: called in the stage's thread when it has ended, with the exception that ended it,
                or None.
            after: set up this stage when that one is set up: while a model loads, the standard
                error output of the whole process goes elsewhere (`edge.runtime`).
        """
        self.name = name
        self.beats = 0
        self.stopping = threading.Event()
        self._ended = ended
        self._after = after
        self._up = threading.Event()
        self._thread = threading.Thread(target=self._live, name=name, daemon=True)

    @property
    def up(self) -> bool:
        """The stage, and those it comes after, have been set up."""
        return self._up.is_set()

    def set_up(self) -> None:
        """Build what the loop needs."""

    def run(self) -> None:
        """The loop: until `stopping`, or until there is no more work."""
        raise NotImplementedError  # there is no loop that suits all stages

    def tear_down(self) -> None:
        """Give back what the loop had; called even where `set_up` failed."""

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ask the loop to end; returns at once."""
        self.stopping.set()

    def join(self, timeout: float) -> bool:
        """Wait for the end at most ``timeout`` seconds; whether it has come."""
        if self._thread.ident is not None:
            self._thread.join(max(0.0, timeout))
        return not self._thread.is_alive()

    def settle(self, timeout: float) -> None:
        """Wait at most ``timeout`` seconds for a whole turn of the loop: what was replaced is gone.

        Until then the loop may still hold, or use, what it had taken for the turn before.
        """
        deadline = time.monotonic() + timeout
        before = self.beats
        while self.beats < before + 2 and time.monotonic() < deadline and not self.join(0):
            time.sleep(PATIENCE / 10)

    def _ordered(self) -> bool:
        """Wait for one's turn; whether it has come before the stop."""
        while not self.stopping.is_set():
            if self._after is None or self._after._up.wait(PATIENCE):
                return True
        return False

    def _live(self) -> None:
        try:
            if self._ordered():
                self.set_up()
                self._up.set()
                self.run()
        except BaseException as failure:
            self._ended(self, failure)
            self.tear_down()
        else:
            self.tear_down()
            self._ended(self, None)
