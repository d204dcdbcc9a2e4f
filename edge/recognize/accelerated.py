"""A bundle's accelerated model, in a process that may die at any tick, and the CPU's at hand."""

from __future__ import annotations

import logging
import time
from collections import deque
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from edge.recognize.accelerator import Accelerator, Lost, Unfit
from edge.recognize.bundle import Bundle
from edge.recognize.model import StreamingModel

Floats = NDArray[np.float32]
log = logging.getLogger(__name__)

PAST = 30
"""Ticks that a model hears before it is believed, so that no letter is lost or read twice."""
MOST, WITHIN_S = 5, 60.0
"""Restarts, and the seconds in which there may be so many; then the CPU has it for good."""
PAUSE_S = 0.5
"""Seconds from a loss to the next start."""


class Choice(Protocol):
    """What is known of the accelerator; `edge.recognize.delegate.Choice` is one.

    Attributes:
        library: of the delegate; empty until it is known to be usable, and where it is not.
    """

    library: str

    def tell(self, name: str, reason: str) -> None:
        """What the model runs on now, if there is an accelerator, and why, for people."""


class Accelerated:
    """A `edge.recognize.recognizer.Model`; each tick is answered, by one or the other.

    A process that has just started listens to the first PAST ticks while the CPU answers. When one
    is lost, the CPU model hears the last PAST ticks at once, and answers from the same tick on.
    """

    def __init__(self, bundle: Bundle, cpu: StreamingModel, choice: Choice) -> None:
        """
        Args:
            bundle: one with an accelerated model.
            cpu: its model for the CPU.
            choice: asked whether there is an accelerator, told what is used.
        """
        self.alphabet, self.rate, self.look_ahead = cpu.alphabet, cpu.rate, cpu.look_ahead
        self._bundle = bundle
        self._cpu = cpu
        self._choice = choice
        self._past: deque[Floats] = deque(maxlen=PAST)
        self._behind = False  # the CPU model does not know the past
        self._process: Accelerator | None = None
        self._heard = 0  # ticks, by the process
        self._forget = False
        self._restarts: deque[float] = deque(maxlen=MOST)
        self._count = 0  # of all restarts
        self._over = False
        choice.tell("cpu", "the accelerator starts with the first frames")

    def reset(self) -> None:
        """Forget all ticks."""
        self._past.clear()
        self._behind = self._forget = True

    def step(self, features: Floats) -> Floats:
        """Log-probabilities [1 + len(alphabet)] after one tick's ``features``."""
        scores = self._accelerated(features)
        if scores is None:
            scores = self._on_cpu(features)
        self._past.append(features)
        return scores

    def draft(self, features: Floats) -> Floats | None:
        """None while the process answers: asking it twice a tick would cost more than it gains."""
        return None if self._behind else self._cpu.draft(features)

    def _on_cpu(self, features: Floats) -> Floats:
        if self._behind:
            self._cpu.reset()
            for past in self._past:
                self._cpu.step(past)
            self._behind = False
        return self._cpu.step(features)

    def _accelerated(self, features: Floats) -> Floats | None:
        """What the process says; None where there is none that is to be believed."""
        try:
            if not self._started():
                return None
            assert self._process
            scores = self._process.step(features, self._forget)
        except Lost as lost:
            self._lose(str(lost))
            return None
        except Unfit as unfit:
            self._give_up(str(unfit))
            return None
        if scores is None:
            return None
        self._forget = False
        self._heard += 1
        if self._heard <= PAST:
            return None
        if self._heard == PAST + 1:
            times = f"{self._count} time{'s' * (self._count != 1)}"
            self._choice.tell("edgetpu", f"restarted {times}" if self._count else "")
        self._behind = True
        return scores

    def _started(self) -> bool:
        """Whether there is a process to be asked; starts one where that may be."""
        if self._process and not self._process.end.alive and self._process.gone:
            self._process = None
        if self._process:
            return self._process.end.alive
        now = time.monotonic()
        soon = bool(self._restarts) and now - self._restarts[-1] < PAUSE_S
        if self._over or soon or not self._choice.library:
            return False
        self._heard = 0
        self._process = Accelerator(self._bundle, self._choice.library)
        return True

    def _lose(self, why: str) -> None:
        now = time.monotonic()
        if len(self._restarts) == MOST and now - self._restarts[0] < WITHIN_S:
            self._give_up(f"restarted {MOST} times within {WITHIN_S:.0f} s, and {why}")
            return
        self._end()
        self._restarts.append(now)
        self._count += 1
        log.warning("the accelerator's process is started again: %s", why)
        self._choice.tell("cpu", f"the accelerator's process is started again: {why}")

    def _give_up(self, why: str) -> None:
        self._end()
        self._over = True
        log.error("the accelerator is given up: %s", why)
        self._choice.tell("cpu", f"the accelerator is given up: {why}")

    def _end(self) -> None:
        if self._process:
            self._process.end()
