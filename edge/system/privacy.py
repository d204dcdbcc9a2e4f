"""Keeps what is seen and spelled out of core dumps and from other processes."""

from __future__ import annotations

import ctypes
import os
import resource
from contextlib import suppress

DEBUG = "ISHARA_DEBUG"
"""Set to 1 in the environment: the process may be dumped and traced."""

_PR_SET_DUMPABLE = 4  # of linux/prctl.h


def debugging() -> bool:
    """Whether it was asked for that the process may be looked into."""
    return os.environ.get(DEBUG) == "1"


def seal() -> None:
    """No core dump of this process, nor of its children, and no other process of this user may
    read its memory; to be called first of all. Nothing where `debugging`."""
    if debugging():
        return
    with suppress(OSError, ValueError):  # a sandbox may forbid it; the unit sets it too
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    libc = ctypes.CDLL(None)
    if hasattr(libc, "prctl"):
        libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
