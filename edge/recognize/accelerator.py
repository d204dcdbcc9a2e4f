"""The process that holds an accelerator's delegate: both its ends.

A fault of the Edge TPU's USB device is LOG(FATAL): it aborts the process, inside ``invoke``. So
``python -m edge.recognize.accelerator FOLDER LIBRARY`` runs the accelerated model of the bundle in
FOLDER, and talks over a socket pair, its standard input, in whole messages:

- first, from it: READY, or why it cannot run, for people;
- then for each tick, to it: float32 [1 + WIDTH], the features after a number, which is 1 where all
  ticks before are to be forgotten, else 0;
- from it: float32 [1 + len(alphabet)], the log-probabilities.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import socket
import subprocess
import sys
import time
import weakref
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.errors import ConfigError, clear
from edge.recognize import selftest
from edge.recognize.bundle import Bundle, load
from edge.recognize.features import WIDTH
from edge.recognize.model import StreamingModel

Floats = NDArray[np.float32]

READY = b"ready"
PATIENCE_S = 0.2
"""Seconds for a tick; then it hangs. One takes milliseconds."""
START_S = 10.0
"""Seconds until it must be ready: the device may want its firmware first."""

_REASON = 1000  # bytes
_PR_SET_PDEATHSIG = 1  # of linux/prctl.h


class Lost(Exception):
    """The process died or hangs; a new one may do better."""


class Unfit(Exception):
    """The model or the library cannot be used, whoever tries."""


class Accelerator:
    """Our end. The process ends with `end`, with this object, and with the thread that made it."""

    def __init__(self, bundle: Bundle, library: str) -> None:
        """Starts the process and returns at once.

        Args:
            bundle: one with an accelerated model.
            library: of the delegate.

        Raises:
            Lost: it cannot be started now.
        """
        self._answer = 4 * (1 + len(bundle.alphabet))
        self._ready = False
        self._began = time.monotonic()
        command = [sys.executable, "-P", "-m", __name__, str(bundle.folder), library]
        try:
            self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with theirs:
                try:
                    self._process = subprocess.Popen(
                        command,
                        stdin=theirs.fileno(),
                        stdout=subprocess.DEVNULL,
                        env=_environment(),
                    )
                except OSError:
                    self._socket.close()
                    raise
        except OSError as error:
            raise Lost(f"it cannot be started ({error.strerror})") from error
        self._socket.setblocking(False)
        self.end = weakref.finalize(self, _end, self._process, self._socket)

    def step(self, features: Floats, forget: bool) -> Floats | None:
        """Log-probabilities after a tick; None until it is ready. Takes at most PATIENCE_S.

        Args:
            features: float32 [WIDTH].
            forget: all ticks before.

        Raises:
            Lost, Unfit: as they say.
        """
        try:
            if not (self._ready or self._told()):
                return None
            self._socket.send(np.r_[np.float32(forget), features].tobytes())
            answer = self._socket.recv(self._answer + 1)
        except TimeoutError:
            raise Lost("it does not answer") from None
        except OSError:
            answer = b""
        if not answer:
            raise Lost(self._death())
        scores = np.frombuffer(answer, np.float32) if len(answer) == self._answer else None
        if scores is None or not np.isfinite(scores).all():
            raise Lost("it answers nonsense")
        return scores.copy()

    @property
    def gone(self) -> bool:
        """After `end`: it is no more. One that waits for its device may take long to die."""
        return self._process.poll() is not None

    def _told(self) -> bool:
        """Whether it has said that it is ready."""
        try:
            said = self._socket.recv(_REASON)
        except BlockingIOError:
            if time.monotonic() - self._began > START_S:
                raise Lost("it does not get ready") from None
            return False
        if said and said != READY:
            raise Unfit(clear(said.decode(errors="replace")))
        if not said:
            raise Lost(self._death())
        self._ready = True
        self._socket.settimeout(PATIENCE_S)
        return True

    def _death(self) -> str:
        with suppress(subprocess.TimeoutExpired):
            code = self._process.wait(0.05)
            how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
            return f"it ended ({how})"
        return "it ended"


def _environment() -> dict[str, str]:
    """Ours, without what systemd gave to the daemon alone; it finds the code that runs here."""
    ours = {k: v for k, v in os.environ.items() if k not in ("NOTIFY_SOCKET", "WATCHDOG_USEC")}
    here = str(Path(__file__).resolve().parents[2])
    return {**ours, "PYTHONPATH": os.pathsep.join(filter(None, (here, ours.get("PYTHONPATH"))))}


def _end(process: subprocess.Popen[bytes], ours: socket.socket) -> None:
    ours.close()
    process.kill()
    with suppress(subprocess.TimeoutExpired):
        process.wait(0.05)


def main(folder: Path, library: str) -> int:
    """The other end, until ours is closed. Returns the exit code."""
    # Of the daemon's end we hear by the socket; one that hangs in its driver, by the kernel.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    with suppress(OSError, ValueError):  # a sandbox may forbid it; ours has seen to it
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # an abort leaves no hand on the disk
    with socket.socket(fileno=os.dup(0)) as theirs, suppress(ConnectionError):
        try:
            model = _model(folder, library)
        except ConfigError as refusal:
            theirs.send(str(refusal).encode()[:_REASON])
            return refusal.exit_code
        theirs.send(READY)
        while message := theirs.recv(4 * (1 + WIDTH)):
            forget, features = np.split(np.frombuffer(message, np.float32), [1])
            if forget:
                model.reset()
            theirs.send(model.step(features).tobytes())
    return 0


def _model(folder: Path, library: str) -> StreamingModel:
    told = load(folder)
    if told.accelerated is None:
        raise ConfigError(f"bundle {folder} has no accelerated model any more: restore it")
    model = StreamingModel(replace(told, model=told.accelerated.file), delegate=library)
    if told.selftest:
        selftest.check(model, told.selftest, f"the accelerated model of bundle {folder}")
    return model


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
