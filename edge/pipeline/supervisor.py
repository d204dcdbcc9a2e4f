"""Runs the stages until one ends, fails or hangs, or until it is asked to stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from enum import Enum, auto
from queue import Empty, SimpleQueue

from edge.pipeline.hang_monitor import HangMonitor
from edge.pipeline.reload import Reloader
from edge.pipeline.stage import POLL_S, Stage
from edge.pipeline.watchdog import Watchdog


class Order(Enum):
    """What the supervisor can be asked for."""

    STOP = auto()
    RELOAD = auto()
    DONE = auto()  # the source has ended, and all of it was read


class Orders:
    """What reaches the supervisor from signal handlers and other threads."""

    def __init__(self) -> None:
        # Its put is re-entrant, as a signal handler needs it; that of an Event is not.
        self._queue: SimpleQueue[Order | BaseException] = SimpleQueue()

    def put(self, order: Order | BaseException) -> None:
        """An order, or the failure that ends the process; safe in a signal handler."""
        self._queue.put(order)

    def take(self, timeout: float) -> Order | BaseException | None:
        """The next one, waiting at most ``timeout`` seconds."""
        try:
            return self._queue.get(timeout=timeout)
        except Empty:
            return None

    def stage_ended(self, last: str) -> Callable[[Stage, BaseException | None], None]:
        """What `Stage` calls at its end; the end of the stage named ``last`` is that of the run."""

        def ended(stage: Stage, failure: BaseException | None) -> None:
            if failure is not None:
                self.put(failure)
            elif stage.name == last:
                self.put(Order.DONE)

        return ended

    def watch_threads(self) -> None:
        """A crash of any other thread ends the process too."""
        threading.excepthook = lambda crash: self.put(crash.exc_value or SystemExit())


class Supervisor:
    """The caller's thread: takes orders, checks for hangs, feeds the watchdog."""

    def __init__(
        self,
        orders: Orders,
        hangs: HangMonitor,
        watchdog: Watchdog,
        reloader: Reloader,
        *,
        ready: Callable[[], bool],
        frames: Callable[[], int],
    ) -> None:
        """
        Args:
            ready: all stages are set up: no model is being loaded, and a reload may begin.
            frames: how many have passed every stage.
        """
        self._orders = orders
        self._hangs = hangs
        self._watchdog = watchdog
        self._reloader = reloader
        self._ready = ready
        self._frames = frames

    def run(self) -> Order:
        """Until an order to stop, or the end of the source; raises what ended a stage."""
        while True:
            order = self._orders.take(POLL_S)
            if order in (Order.STOP, Order.DONE):
                assert isinstance(order, Order)
                return order
            if isinstance(order, BaseException):
                raise order
            if order is Order.RELOAD:
                self._reloader.request()
            if self._ready():
                self._reloader.poll()
            now = time.monotonic()
            self._hangs.check(now)
            self._watchdog.check(now, self._frames())
