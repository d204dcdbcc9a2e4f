"""A pipe for what a program writes, whose reader can stop reading."""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_BYTES = 4096  # the least that the kernel makes a pipe: it is full soon


class Drain:
    """Reads what is written to `writing`, and keeps its end.

    Attributes:
        writing: the descriptor to write to; close it where another process has it.
        read: bytes read so far.
    """

    def __init__(self) -> None:
        self._reading, self.writing = os.pipe()
        fcntl.fcntl(self.writing, fcntl.F_SETPIPE_SZ, _BYTES)
        self.read = 0
        self._kept = b""
        self._going = threading.Event()
        self._going.set()
        threading.Thread(target=self._drain, daemon=True).start()

    @property
    def said(self) -> str:
        """The last kilobytes."""
        return self._kept.decode(errors="replace")

    @contextmanager
    def blocked(self) -> Iterator[None]:
        """Nobody reads meanwhile."""
        self._going.clear()
        try:
            yield
        finally:
            self._going.set()

    def _drain(self) -> None:
        while data := os.read(self._reading, _BYTES):
            self.read += len(data)
            self._kept = (self._kept + data)[-_BYTES:]
            self._going.wait()
        os.close(self._reading)
