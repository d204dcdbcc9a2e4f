"""Whether an accelerator's delegate library can be used, tried in a process that may crash.

A wrong library takes the process with it: one built for another runtime crashes, a fault of the
USB device aborts. So it is loaded in a child first. A bundle with a model for the accelerator then
runs it in a process of its own (`edge.recognize.accelerated`); the status says what is used.
"""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

log = logging.getLogger(__name__)

LIBRARY = "libedgetpu.so.1"

PROBE_TIMEOUT_S = 10
"""Then the child ends itself."""

# Vendor and product of the Coral USB Accelerator before and after its firmware is loaded.
_CORAL = {("1a6e", "089a"), ("18d1", "9302")}

_CHILD = """
import os, signal, sys
signal.alarm(int(sys.argv[3]))
try:
    __import__(sys.argv[1], fromlist=["load_delegate"]).load_delegate(sys.argv[2])
except Exception as error:
    print((str(error).splitlines() or [type(error).__name__])[0], flush=True)
    os._exit(1)
"""


@dataclass(frozen=True, slots=True)
class Delegate:
    """What the models run on, and the reason, for people; empty where there is nothing to say."""

    name: str
    reason: str


class DelegateSelection:
    """Selects the delegate in a thread of its own, once it is started.

    Attributes:
        library: of the accelerator's delegate; empty until it is known to be usable.
    """

    def __init__(self, wanted: Literal["auto", "off"]) -> None:
        """
        Args:
            wanted: "auto" tries whether there is an accelerator that can be used; "off": the CPU.
        """
        self.library = ""
        self._wanted = wanted
        self._found = Delegate("cpu", "delegate is off" if wanted == "off" else "")
        self._reported: Delegate | None = None
        self._thread = threading.Thread(target=self._select, name="delegate", daemon=True)

    def start(self) -> None:
        """Begin; returns at once. It ends by itself, after at most `PROBE_TIMEOUT_S`.

        Raises:
            RuntimeError: it was started before.
        """
        if self._wanted == "auto":
            self._thread.start()

    def _select(self) -> None:
        if not accelerator():
            self._found = Delegate("cpu", "no accelerator")
            return
        reason = probe(LIBRARY)
        if reason:
            log.warning("the accelerator cannot be used: %s", reason)
        self._found = Delegate("cpu", reason or "the bundle is made for the CPU")
        self.library = "" if reason else LIBRARY

    @property
    def delegate(self) -> Delegate:
        """What is used; the CPU until more is known."""
        return self._reported if self._reported and self.library else self._found

    def report(self, name: str, reason: str) -> None:
        """Called by a model for the accelerator: what it runs on now, and why, for people."""
        self._reported = Delegate(name, reason)


def accelerator(sys_: Path = Path("/sys")) -> bool:
    """Whether a Coral accelerator is plugged in, on USB or PCI Express."""
    with suppress(OSError):
        for vendor in sys_.glob("bus/usb/devices/*/idVendor"):
            product = vendor.parent / "idProduct"
            if (vendor.read_text().strip(), product.read_text().strip()) in _CORAL:
                return True
        return any(sys_.glob("class/apex/apex_*"))
    return False


def probe(library: str) -> str:
    """Why ``library`` cannot be used as a delegate; empty where it can."""
    from edge.runtime import interpreter_class

    runtime = interpreter_class()[1].__module__
    command = [sys.executable, "-P", "-c", _CHILD, runtime, library, str(PROBE_TIMEOUT_S)]
    try:
        child = subprocess.run(
            command, capture_output=True, text=True, errors="replace", cwd="/", check=False
        )
    except OSError as error:
        return f"{library} cannot be tried: {error.strerror}"
    if child.returncode == -signal.SIGALRM:
        return f"{library} does not answer"
    if child.returncode < 0:
        return f"{library} crashes ({signal.Signals(-child.returncode).name})"
    if child.returncode:
        return f"{library} cannot be loaded: {child.stdout.strip()}"
    return ""
