"""What a target is, and how one input is given to it."""

from __future__ import annotations

import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from edge.errors import UserError
from edge.events import requests

MAX_SECONDS = 2.0
"""Processor seconds in which any input must have been read."""
LONGEST = 1000
"""Characters of a refusal, which a person is to read."""


@dataclass(frozen=True)
class Finding:
    """What must not be; ``where`` tells one from another."""

    what: str
    where: str


def tried(run: Callable[[bytes], bool], data: bytes) -> str | Finding:
    """``taken``, ``refused``, or what is wrong with how ``run`` reads ``data``."""
    begin = time.thread_time()
    try:
        outcome = "taken" if run(data) else "refused"
    except (UserError, requests.BadRequest) as refusal:
        message = str(refusal)
        if not message.isprintable() or len(message) > LONGEST:
            return Finding(f"a refusal no one can read: {message[:200]!r}", _where(refusal))
        outcome = "refused"
    except Exception as error:
        return Finding(f"{type(error).__name__}: {str(error)[:200]}", _where(error))
    spent = time.thread_time() - begin
    return outcome if spent < MAX_SECONDS else Finding(f"took {spent:.1f} s", run.__qualname__)


def _where(error: BaseException) -> str:
    """The innermost line of this project that it came through."""
    at, trace = "", error.__traceback__
    while trace:
        file = trace.tb_frame.f_code.co_filename
        if "/edge/" in file or not at:
            at = f"{file.rsplit('/edge/')[-1]}:{trace.tb_lineno}"
        trace = trace.tb_next
    return at


class Target(ABC):
    """Something to fuzz, in a folder of its own.

    Attributes:
        share: of all inputs, how many it gets.
        usual: whether it is one of those that run where none is named.
        guided: whether inputs are made from those that reached new code; what reads them is Python.
        seeds: good inputs to start from.
        words: what inputs are made of.
    """

    name: str
    share: float
    usual = guided = True
    seeds: tuple[bytes, ...]
    words: tuple[str, ...] = ()

    def __init__(self) -> None:
        memory = Path("/dev/shm")  # a disk would be what is measured
        self._temporary = tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None)
        self.folder = Path(self._temporary.name)

    @abstractmethod
    def run(self, data: bytes) -> bool:
        """Read ``data``. Returns whether it was taken."""

    @abstractmethod
    def made(self, rng: Random) -> bytes:
        """An input by the grammar of what is read: well-formed, but wrong somewhere."""

    def figures(self) -> dict[str, Any]:
        """More to be recorded of the inputs so far."""
        return {}

    def close(self) -> None:
        """Leave nothing behind."""
        self._temporary.cleanup()
