"""A model that this program does not know proves itself in a process of its own first.

The TFLite runtime trusts the bytes of a model: one that is damaged may crash the process, raise
what nobody foresaw, or take all memory and time. So a child loads it, lets it answer a few times
and takes it down again, within limits; the same bytes are loaded here afterwards, or not at all.
Both ends are here. The messages:

- from the child: READY, when it has the runtime;
- to it: the number of threads and `CPU_S`, as text, with a descriptor of the model;
- from it: FINE, or what the runtime says.
"""

from __future__ import annotations

import errno
import hashlib
import os
import resource
import signal
import socket
import time
from collections import deque
from contextlib import suppress
from typing import Any

import numpy as np

from edge.child import Child, ended, settled
from edge.errors import ConfigError, Shortage, clear, first_line, raise_shortage
from edge.files import Contents

MEMORY_BYTES = 384 << 20
"""The most that the process takes: with the daemon's own it stays within the unit's limit."""
CPU_S = 5
"""Processor seconds; a model usually takes some hundredths."""
WAIT_S = 180.0
"""Until there is an answer: a machine may have hardly any processor time."""

READY, FINE = b"ready", b"fine"
_GREEDY = f"it takes more than {MEMORY_BYTES >> 20} MiB of memory"
_MAX_REASON_BYTES = 1000
_ANSWERS = 4
_KNOWN = 64
"""Models that proved themselves and are remembered."""

_proved: deque[tuple[bytes, int]] = deque(maxlen=_KNOWN)


def prove(model: Contents, threads: int = 1) -> None:
    """Return where ``model`` may be loaded in this process.

    Nothing is tried where `Contents.pinned` says that this program knows it, nor what has proved
    itself in this process before.

    Raises:
        ConfigError: it cannot be loaded, does not answer, or takes too much.
        Shortage: it could not be tried now.
    """
    if model.pinned:
        return
    key = hashlib.sha256(model.data).digest(), threads
    if key in _proved:
        return
    try:
        _try(model, threads)
    except OSError as error:
        raise Shortage(
            f"model {model} cannot be tried in a process of its own now ({first_line(error)}):"
            " free some memory, or try again"
        ) from error
    _proved.append(key)


def _try(model: Contents, threads: int) -> None:
    deadline = time.monotonic() + WAIT_S
    child = Child(__name__, quiet=True)
    try:
        if _received(child, deadline) != READY:
            raise OSError(errno.ECHILD, ended(child.wait(1)))
        with os.fdopen(os.memfd_create("model"), "w+b") as file:
            file.write(model.data)
            file.flush()
            with suppress(ConnectionError):
                socket.send_fds(child.socket, [b"%d %d" % (threads, CPU_S)], [file.fileno()])
        answer = _received(child, deadline)
        if answer == FINE:
            return
        code = None if answer else child.wait(1)
    except TimeoutError:
        raise OSError(errno.ETIMEDOUT, f"no answer within {WAIT_S:g} s") from None
    finally:
        child.end()
    if code == -signal.SIGKILL:  # nobody here: the kernel, where memory is short
        raise OSError(errno.ENOMEM, ended(code))
    failed = ConfigError(f"model {model} cannot be loaded: {_reason(answer, code)}")
    raise_shortage(failed, model, MEMORY_BYTES)
    raise failed


def _received(child: Child, deadline: float) -> bytes:
    """A message; empty where the process has ended.

    Raises:
        TimeoutError: there is none before ``deadline``.
    """
    child.socket.settimeout(max(0.01, deadline - time.monotonic()))
    try:
        return child.socket.recv(_MAX_REASON_BYTES)
    except ConnectionError:
        return b""


def _reason(answer: bytes, code: int | None) -> str:
    if answer:
        return clear(answer.decode(errors="replace"))
    if code == -signal.SIGXCPU:
        return f"it takes more than {CPU_S} s to answer"
    return f"the TFLite runtime crashes on it ({ended(code)})"


def main() -> int:
    """The other end. Returns the exit code."""
    from edge.runtime import interpreter_class

    with settled() as theirs:
        interpreter_class()
        serve(theirs)
    return 0


def serve(theirs: socket.socket) -> None:
    """What the child does, once it has the runtime."""
    theirs.send(READY)
    message, (model,), _, _ = socket.recv_fds(theirs, 64, 1)
    with os.fdopen(model, "rb") as file:
        file.seek(0)
        content = file.read()
    threads, seconds = map(int, message.split())
    _limit(seconds)
    try:
        _rehearse(content, threads)
        answer = FINE
    except Exception as error:  # whatever the runtime raises
        # It says nothing where it gets no memory.
        said = str(error).strip() and first_line(error)
        answer = (said or _GREEDY).encode()[:_MAX_REASON_BYTES]
    theirs.send(answer)


def _limit(seconds: int) -> None:
    most = int(time.process_time()) + 1 + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (most, most + 1))
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))


def _rehearse(content: bytes, threads: int) -> None:
    """The life of a model; what it takes and gives is not looked at.

    Raises:
        Exception: of any kind.
    """
    from edge.runtime import allocated

    rng = np.random.default_rng(0)
    interpreter = allocated(content, threads)
    for n in range(_ANSWERS):
        for detail in interpreter.get_input_details():
            interpreter.set_tensor(detail["index"], _made_up(detail, rng if n else None))
        interpreter.invoke()
        for detail in interpreter.get_output_details():
            interpreter.get_tensor(detail["index"])
    signatures = interpreter.get_signature_list()
    for name in signatures if len(signatures) > 1 else ():  # each is a graph of its own
        run = interpreter.get_signature_runner(name)
        for n in range(_ANSWERS):
            details = run.get_input_details().items()
            run(**{key: _made_up(detail, rng if n else None) for key, detail in details})


def _made_up(detail: dict[str, Any], rng: np.random.Generator | None) -> Any:
    """Zeros, or numbers where they stand for real ones: others may be places in a table."""
    shape, dtype = tuple(detail["shape"]), np.dtype(detail["dtype"])
    if rng is None or not (dtype.kind == "f" or detail["quantization"][0]):
        return np.zeros(shape, dtype)
    if dtype.kind == "f":
        return rng.standard_normal(shape).astype(dtype)
    span = np.iinfo(dtype)
    return rng.integers(span.min, span.max, shape, dtype, endpoint=True)
