"""A stage: a loop in a thread of its own, set up before and torn down after."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from enum import Enum, auto

POLL_S = 0.1
"""Seconds a stage waits for work before it checks whether it is to end."""


class StageState(Enum):
    """The life of a stage, in this order."""

    CREATED = auto()
    WAITING = auto()  # for the stage it comes after
    SETTING_UP = auto()
    RUNNING = auto()
    TEARING_DOWN = auto()
    ENDED = auto()


Ended = Callable[["Stage", BaseException | None], None]


class Stage(ABC):
    """Runs `set_up`, `run` and `tear_down` in a thread.

    Attributes:
        name: of the stage and its thread.
        state: where it is in its life.
        turns: grows while the loop turns; that of a stage that hangs does not.
        stopping: set when the loop is to end.
    """

    def __init__(self, name: str, ended: Ended, after: Stage | None = None) -> None:
        """Created here, started by `start`.

        Args:
            name: as above.
            ended: called in the stage's thread when it has ended, with the exception that ended it,
                or None.
            after: set up this stage when that one is set up: while a model loads, the standard
                error output of the whole process goes elsewhere (`edge.runtime`).
        """
        self.name = name
        self.state = StageState.CREATED
        self.turns = 0
        self.stopping = threading.Event()
        self._ended = ended
        self._after = after
        self._is_up = threading.Event()
        self._thread = threading.Thread(target=self._main, name=name, daemon=True)

    @property
    def up(self) -> bool:
        """The stage, and those it comes after, have been set up."""
        return self._is_up.is_set()

    def set_up(self) -> None:
        """Build what the loop needs."""

    @abstractmethod
    def run(self) -> None:
        """The loop: until `stopping`, or until there is no more work."""

    def tear_down(self) -> None:
        """Release what the loop held; called even where `set_up` failed."""

    def start(self) -> None:
        self.state = StageState.WAITING
        self._thread.start()

    def stop(self) -> None:
        """Ask the loop to end; returns at once."""
        self.stopping.set()

    def join(self, timeout: float) -> bool:
        """Wait for the end at most ``timeout`` seconds; whether it has come."""
        if self._thread.ident is not None:
            self._thread.join(max(0.0, timeout))
        return not self._thread.is_alive()

    def wait_for_turn(self, timeout: float) -> None:
        """Wait at most ``timeout`` seconds for a whole turn of the loop.

        Until then the loop may still hold, or use, what was replaced.
        """
        deadline = time.monotonic() + timeout
        before = self.turns
        while self.turns < before + 2 and time.monotonic() < deadline and not self.join(0):
            time.sleep(POLL_S / 10)

    def _may_set_up(self) -> bool:
        """Wait for the stage that comes first; False where the stop came before that."""
        while not self.stopping.is_set():
            if self._after is None or self._after._is_up.wait(POLL_S):
                return True
        return False

    def _main(self) -> None:
        failure: BaseException | None = None
        try:
            if self._may_set_up():
                self.state = StageState.SETTING_UP
                self.set_up()
                self.state = StageState.RUNNING
                self._is_up.set()
                self.run()
        except BaseException as error:
            failure = error
            # Before the next stage can end for want of work: the cause is reported first.
            self._ended(self, failure)
        self.state = StageState.TEARING_DOWN
        self.tear_down()
        self.state = StageState.ENDED
        if failure is None:
            self._ended(self, None)
