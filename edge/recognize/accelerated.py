"""A bundle's accelerated model, in a process that may die at any tick, with the CPU as fallback."""

from __future__ import annotations

import logging
import time
from collections import deque
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from edge.recognize.accelerator import AcceleratorProcess, ProcessLost, Unusable
from edge.recognize.bundle import Bundle
from edge.recognize.model import StreamingModel

Floats = NDArray[np.float32]
log = logging.getLogger(__name__)

WARM_UP_TICKS = 30
"""Given to a model before its answers are used, so that no letter is lost or read twice."""
MAX_RESTARTS, RESTART_WINDOW_S = 5, 60.0
"""After so many restarts within so many seconds the CPU is used from then on."""
RESTART_PAUSE_S = 0.5
"""From a loss to the next start."""


class Selection(Protocol):
    """The part of `edge.recognize.delegate.DelegateSelection` that is used here.

    Attributes:
        library: of the delegate; empty while it is not known to be usable.
    """

    library: str

    def report(self, name: str, reason: str) -> None:
        """What the model runs on now, and why, for people."""


class AcceleratedModel:
    """An `edge.recognize.contracts.Model`; each tick is answered, by the accelerator or the CPU.

    A process that has just started gets its first WARM_UP_TICKS ticks while the CPU answers. When
    one is lost, the CPU model gets the last WARM_UP_TICKS ticks at once, and answers from the same
    tick on.
    """

    def __init__(self, bundle: Bundle, cpu: StreamingModel, selection: Selection) -> None:
        """
        Args:
            bundle: one with an accelerated model.
            cpu: its model for the CPU.
            selection: says whether there is an accelerator; gets reports of what is used.
        """
        self.alphabet, self.rate, self.look_ahead = cpu.alphabet, cpu.rate, cpu.look_ahead
        self._bundle = bundle
        self._cpu = cpu
        self._selection = selection
        self._past: deque[Floats] = deque(maxlen=WARM_UP_TICKS)
        self._cpu_is_behind = False  # it has not got the past ticks
        self._process: AcceleratorProcess | None = None
        self._process_ticks = 0
        self._forget = False
        self._restarts: deque[float] = deque(maxlen=MAX_RESTARTS)
        self._restart_count = 0
        self._given_up = False
        selection.report("cpu", "the accelerator starts with the first frames")

    def reset(self) -> None:
        """Forget all ticks."""
        self._past.clear()
        self._cpu_is_behind = self._forget = True

    def step(self, features: Floats) -> Floats:
        """Log-probabilities [1 + len(alphabet)] after one tick's ``features``."""
        scores = self._accelerated(features)
        if scores is None:
            scores = self._on_cpu(features)
        self._past.append(features)
        return scores

    def draft(self, features: Floats) -> Floats | None:
        """None while the process answers: asking it twice a tick would cost more than it gains."""
        return None if self._cpu_is_behind else self._cpu.draft(features)

    def _on_cpu(self, features: Floats) -> Floats:
        if self._cpu_is_behind:
            self._cpu.reset()
            for past in self._past:
                self._cpu.step(past)
            self._cpu_is_behind = False
        return self._cpu.step(features)

    def _accelerated(self, features: Floats) -> Floats | None:
        """The process's answer; None where there is none yet that may be used."""
        try:
            if not self._started():
                return None
            assert self._process
            scores = self._process.step(features, self._forget)
        except ProcessLost as lost:
            self._lose(str(lost))
            return None
        except Unusable as unusable:
            self._give_up(str(unusable))
            return None
        if scores is None:
            return None
        self._forget = False
        self._process_ticks += 1
        if self._process_ticks <= WARM_UP_TICKS:
            return None
        if self._process_ticks == WARM_UP_TICKS + 1:
            times = f"{self._restart_count} time{'s' * (self._restart_count != 1)}"
            self._selection.report("edgetpu", f"restarted {times}" if self._restart_count else "")
        self._cpu_is_behind = True
        return scores

    def _started(self) -> bool:
        """Whether there is a running process; starts one where allowed."""
        if self._process and not self._process.end.alive and self._process.exited:
            self._process = None
        if self._process:
            return self._process.end.alive
        now = time.monotonic()
        soon = bool(self._restarts) and now - self._restarts[-1] < RESTART_PAUSE_S
        if self._given_up or soon or not self._selection.library:
            return False
        self._process_ticks = 0
        self._process = AcceleratorProcess(self._bundle, self._selection.library)
        return True

    def _lose(self, why: str) -> None:
        now = time.monotonic()
        if len(self._restarts) == MAX_RESTARTS and now - self._restarts[0] < RESTART_WINDOW_S:
            self._give_up(
                f"restarted {MAX_RESTARTS} times within {RESTART_WINDOW_S:.0f} s, and {why}"
            )
            return
        self._end()
        self._restarts.append(now)
        self._restart_count += 1
        log.warning("the accelerator's process is started again: %s", why)
        self._selection.report("cpu", f"the accelerator's process is started again: {why}")

    def _give_up(self, why: str) -> None:
        self._end()
        self._given_up = True
        log.error("the accelerator is given up: %s", why)
        self._selection.report("cpu", f"the accelerator is given up: {why}")

    def _end(self) -> None:
        if self._process:
            self._process.end()
