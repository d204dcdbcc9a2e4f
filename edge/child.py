"""A Python of this program's own that runs one of its modules, and may crash: both its ends.

They communicate over a socket pair, in whole messages; the process has its end as its standard
input. It looks for modules where this process does, never in the working directory.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import socket
import subprocess
import sys
import weakref
from contextlib import suppress
from pathlib import Path

_START = """
import importlib, sys
sys.path[:] = {path}
sys.exit(importlib.import_module(sys.argv[1]).main(*sys.argv[2:]))
"""
_NOT_FOR_IT = frozenset({"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS"})
"""Variables by which systemd speaks to the daemon alone."""
_PR_SET_DUMPABLE = 4
_PR_SET_PDEATHSIG = 1  # of linux/prctl.h


class Child:
    """This end. The process ends with `end`, this object, or the thread that made it.

    Attributes:
        socket: SOCK_SEQPACKET.
        end: kills the process and closes the socket; ``end.alive`` until then.
    """

    def __init__(self, module: str, *arguments: str, quiet: bool = False) -> None:
        """Starts the process and returns at once.

        Args:
            module: its ``main(*arguments) -> int`` is called there; it calls `settled` first.
            quiet: what it writes to its standard error output is dropped.

        Raises:
            OSError: it cannot be started now.
        """
        code = _START.format(path=_path())
        command = [sys.executable, "-I", "-c", code, module, *arguments]
        self.socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            try:
                self._process = subprocess.Popen(
                    command,
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL if quiet else None,
                    cwd="/",
                    env={k: v for k, v in os.environ.items() if k not in _NOT_FOR_IT},
                )
            except OSError:
                self.socket.close()
                raise
        self.end = weakref.finalize(self, _end, self._process, self.socket)

    @property
    def exited(self) -> bool:
        """Whether the process has exited; after `end` that may take long where a device hangs."""
        return self._process.poll() is not None

    def wait(self, most: float) -> int | None:
        """Its exit code, or minus the signal that ended it; None after ``most`` seconds."""
        with suppress(subprocess.TimeoutExpired):
            return self._process.wait(most)
        return None


def ended(code: int | None) -> str:
    """What a code of `Child.wait` means, for people."""
    if code is None:
        return "it ended"
    return f"it ended ({signal.Signals(-code).name if code < 0 else f'exit code {code}'})"


def settled() -> socket.socket:
    """The other end, in the process: it neither outlives nor leaves a dump, nor hears a Ctrl-C."""
    # A closed socket shows that the other end is gone; where this process hangs, the kernel does.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    with suppress(OSError, ValueError):  # a sandbox may forbid it; the unit sets it too
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # an abort leaves no hand on the disk
    if os.environ.get("ISHARA_DEBUG") != "1":  # edge.system.privacy, which is not for all rooms
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    return socket.socket(fileno=os.dup(0))


def _path() -> list[str]:
    """Where this process looks for modules: this program first, no working directory."""
    here, working = str(Path(__file__).resolve().parents[1]), ""
    with suppress(OSError):  # it may be gone
        working = os.getcwd()
    return [here, *(each for each in sys.path if os.path.isabs(each) and each != working)]


def _end(process: subprocess.Popen[bytes], ours: socket.socket) -> None:
    ours.close()
    process.kill()
    with suppress(subprocess.TimeoutExpired):
        process.wait(0.05)
