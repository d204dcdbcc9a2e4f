"""Children for `edge.proof` that are forked, not started: a hundred times as fast.

A process that has the runtime and nothing of the fuzzer forks one for each model. What such a child
does is what `edge.proof` does in a child that was started, with the same limits.
"""

from __future__ import annotations

import os
import resource
import socket
import struct
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from edge import proof
from edge.runtime import interpreter_class

_CODE = struct.Struct("i")


class Forks:
    """The process that forks; to be used by one thread.

    Attributes:
        tried: models given to a child so far.
        died: children that a signal ended.
    """

    def __init__(self) -> None:
        self.tried = self.died = 0
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", "from tests.fuzz.forks import main; main()"],
                stdin=theirs.fileno(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
            )  # fmt: skip

    def child(self, module: str, *arguments: str, quiet: bool = False) -> Forked:
        """As `edge.child.Child`, for `edge.proof` to use."""
        assert (module, arguments) == (proof.__name__, ())
        self.tried += 1
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            socket.send_fds(self._control, [b"one"], [theirs.fileno()])
        return Forked(self, ours)

    def code(self) -> int:
        """How the newest child ended, which it must have, or be about to."""
        (code,) = _CODE.unpack(self._control.recv(_CODE.size))
        self.died += code < 0
        return int(code)

    def close(self) -> None:
        self._control.close()
        self._process.wait()


class Forked:
    """The part of `edge.child.Child` that `edge.proof` uses."""

    def __init__(self, forks: Forks, ours: socket.socket) -> None:
        self.socket = ours
        self._forks = forks
        self._code: int | None = None

    def wait(self, most: float) -> int | None:
        if self._code is None:
            self._code = self._forks.code()
        return self._code

    def end(self) -> None:
        self.socket.close()
        self.wait(0)


def main() -> None:
    """Forks until the other end is closed."""
    interpreter_class()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with socket.socket(fileno=0) as control:
        while True:
            message, (theirs,), _, _ = socket.recv_fds(control, 16, 1)
            if not message:
                return
            child = os.fork()
            if not child:
                with suppress(BaseException):
                    proof.serve(socket.socket(fileno=theirs))
                    os._exit(0)
                os._exit(1)
            os.close(theirs)
            _, status = os.waitpid(child, 0)
            control.send(_CODE.pack(os.waitstatus_to_exitcode(status)))
