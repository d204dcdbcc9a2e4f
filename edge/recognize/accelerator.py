"""The process that holds an accelerator's delegate: both its ends.

A fault of the Edge TPU's USB device is LOG(FATAL): it aborts the process, inside ``invoke``. So
an `edge.child` runs the accelerated model of the bundle in a folder. The messages:

- first, from it: READY, or the reason why it cannot run, for people;
- then for each tick, to it: float32 [1 + width], a number and the features; the number is 1 where
  all earlier ticks are to be forgotten, else 0;
- from it: float32 [1 + len(alphabet)], the log-probabilities.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.child import Child, ended, settled
from edge.errors import ConfigError, clear
from edge.recognize import selftest
from edge.recognize.bundle import Bundle, load
from edge.recognize.model import StreamingModel

Floats = NDArray[np.float32]

READY = b"ready"
STEP_TIMEOUT_S = 0.2
"""A tick that takes longer hangs; one usually takes milliseconds."""
START_TIMEOUT_S = 10.0
"""Until it must be ready: the device may need its firmware first."""

_MAX_REASON_BYTES = 1000


class ProcessLost(Exception):
    """The process died or hangs; a new one may work."""


class Unusable(Exception):
    """The model or the library cannot be used; another process would fail as well."""


class AcceleratorProcess:
    """The daemon's end. The process ends with `end`, this object, or the thread that made it."""

    def __init__(self, bundle: Bundle, library: str) -> None:
        """Starts the process and returns at once.

        Args:
            bundle: one with an accelerated model.
            library: of the delegate.

        Raises:
            ProcessLost: it cannot be started now.
        """
        self._answer_bytes = 4 * (1 + len(bundle.alphabet))
        self._ready = False
        self._started_s = time.monotonic()
        try:
            self._child = Child(__name__, str(bundle.folder.absolute()), library)
        except OSError as error:
            raise ProcessLost(f"it cannot be started ({error.strerror})") from error
        self._socket, self.end = self._child.socket, self._child.end
        self._socket.setblocking(False)

    def step(self, features: Floats, forget: bool) -> Floats | None:
        """Log-probabilities after a tick; None until it is ready. Takes at most STEP_TIMEOUT_S.

        Args:
            features: float32 [width].
            forget: all earlier ticks.

        Raises:
            ProcessLost: it died, hangs or answers with something that is no answer.
            Unusable: it cannot run.
        """
        try:
            if not (self._ready or self._became_ready()):
                return None
            self._socket.send(np.r_[np.float32(forget), features].tobytes())
            answer = self._socket.recv(self._answer_bytes + 1)
        except TimeoutError:
            raise ProcessLost("it does not answer") from None
        except OSError:
            answer = b""
        if not answer:
            raise ProcessLost(self._death())
        scores = np.frombuffer(answer, np.float32) if len(answer) == self._answer_bytes else None
        if scores is None or not np.isfinite(scores).all():
            raise ProcessLost("it answers nonsense")
        return scores.copy()

    @property
    def exited(self) -> bool:
        """Whether the process has exited; after `end` that may take long where its device hangs."""
        return self._child.exited

    def _became_ready(self) -> bool:
        """Whether it has reported that it is ready."""
        try:
            report = self._socket.recv(_MAX_REASON_BYTES)
        except BlockingIOError:
            if time.monotonic() - self._started_s > START_TIMEOUT_S:
                raise ProcessLost("it does not get ready") from None
            return False
        if report and report != READY:
            raise Unusable(clear(report.decode(errors="replace")))
        if not report:
            raise ProcessLost(self._death())
        self._ready = True
        self._socket.settimeout(STEP_TIMEOUT_S)
        return True

    def _death(self) -> str:
        return ended(self._child.wait(0.05))


def main(folder: str, library: str) -> int:
    """The other end, until the daemon's is closed. Returns the exit code."""
    with settled() as theirs, suppress(ConnectionError):
        try:
            model, width = _model(Path(folder), library)
        except ConfigError as error:
            theirs.send(str(error).encode()[:_MAX_REASON_BYTES])
            return error.exit_code
        theirs.send(READY)
        while message := theirs.recv(4 * (1 + width)):
            forget, features = np.split(np.frombuffer(message, np.float32), [1])
            if forget:
                model.reset()
            theirs.send(model.step(features).tobytes())
    return 0


def _model(folder: Path, library: str) -> tuple[StreamingModel, int]:
    """The accelerated model, and its features per tick."""
    bundle = load(folder)
    if bundle.accelerated is None:
        raise ConfigError(f"bundle {folder} no longer has an accelerated model: restore it")
    quick = replace(bundle, model=bundle.accelerated.file, sha256=bundle.accelerated.sha256)
    model = StreamingModel(quick, delegate=library)
    if bundle.selftest:
        selftest.check(model, bundle.selftest, f"the accelerated model of bundle {folder}")
    return model, bundle.width
