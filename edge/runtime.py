"""The one seam to the TFLite runtime: ai-edge-litert, or tflite-runtime where only that exists."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge import proof
from edge.errors import ConfigError, first_line, raise_shortage
from edge.files import Contents

Array = NDArray[Any]
log = logging.getLogger(__name__)

_RUNTIME_BYTES = 64 << 20
"""About what the runtime's libraries take."""

_NEEDS_TO_ANSWER_BYTES = 32 << 20
"""About what an interpreter takes at its first answer."""


def interpreter_class() -> tuple[str, Any]:
    """(package name, Interpreter class) of the installed runtime.

    Raises:
        ConfigError: neither runtime can be imported.
    """
    try:
        from ai_edge_litert.interpreter import Interpreter

        return "ai-edge-litert", Interpreter
    except ImportError:
        pass
    try:
        from tflite_runtime.interpreter import Interpreter

        return "tflite-runtime", Interpreter
    except ImportError as error:
        raise_shortage(error, "the TFLite runtime", _RUNTIME_BYTES)
        raise ConfigError(f"no TFLite runtime ({error}): pip install ai-edge-litert") from error


def load(model: Path | Contents, threads: int = 1, delegate: str = "") -> Any:
    """An allocated interpreter for ``model``, which is read once if it has not been read yet.

    One thread by default: tflite-runtime busy-waits with two under contention.

    Args:
        delegate: the library of an accelerator's, which may take the process with it, so that the
            caller has one of its own; empty: none, and the model has to pass `edge.proof` first.

    Raises:
        ConfigError: the file cannot be read or is no model this runtime can prepare, or the
            delegate cannot be loaded.
        Shortage: the system lacks something now.
    """
    interpreter_class()
    if isinstance(model, Path):
        try:
            model = Contents.of(model)
        except FileNotFoundError as error:
            raise ConfigError(f"model {model} is missing: run `ishara models fetch`") from error
        except OSError as error:
            raise_shortage(error, model)
            raise ConfigError(f"model {model} cannot be read: {error.strerror}") from error
    if not delegate:
        proof.prove(model, threads)
    try:
        with runtime_log():
            return allocated(model.data, threads, delegate)
    except (ValueError, RuntimeError, OSError) as error:
        raise_shortage(error, model, _needs_bytes(model))
        raise ConfigError(f"model {model} cannot be loaded: {first_line(error)}") from error


def allocated(content: bytes, threads: int, delegate: str = "") -> Any:
    """An interpreter of the model ``content``, as `load` makes it, without any care.

    Raises:
        Exception: what the runtime raises; it may also crash.
    """
    _, interpreter = interpreter_class()
    delegates = [_delegate(interpreter, delegate)] if delegate else None
    made = interpreter(model_content=content, num_threads=threads, experimental_delegates=delegates)
    made.allocate_tensors()
    return made


def _needs_bytes(model: Contents) -> int:
    """About what an interpreter of ``model`` takes."""
    return 4 * len(model.data) + (16 << 20)


def _delegate(interpreter: Any, library: str) -> Any:
    return import_module(interpreter.__module__).load_delegate(library)


def _shape(detail: dict[str, Any]) -> tuple[int, ...]:
    return tuple(int(n) for n in detail["shape"])


@contextmanager
def runtime_log() -> Iterator[None]:
    """Sends to our log, as debug, what the runtime writes to stderr from C++ while it loads."""
    stderr = os.dup(2)
    try:
        with os.fdopen(os.memfd_create("runtime-log"), "w+b") as said:
            os.dup2(said.fileno(), 2)
            try:
                yield
            finally:
                os.dup2(stderr, 2)
                said.seek(0)
                for line in said.read().decode(errors="replace").splitlines():
                    log.debug("%s", line)
    finally:
        os.close(stderr)


class Network:
    """A TFLite model with one float32 input and float32 answers, called as a function."""

    def __init__(self, model: Path | Contents, threads: int = 1) -> None:
        """Load ``model`` and ask it once.

        Raises:
            ConfigError: as `load`, or it has another kind of input.
        """
        self._interpreter = load(model, threads)
        self._input = self._interpreter.get_input_details()[0]
        self._outputs = self._interpreter.get_output_details()
        self.input_shape = _shape(self._input)
        self.output_shapes = tuple(_shape(detail) for detail in self._outputs)
        try:  # the runtime takes much of its memory at the first answer
            self(np.zeros(self.input_shape, np.float32))
        except (ValueError, RuntimeError) as error:
            raise_shortage(error, model, _NEEDS_TO_ANSWER_BYTES)
            raise ConfigError(f"model {model} does not answer: {first_line(error)}") from error

    def __call__(self, x: Array) -> list[NDArray[np.float32]]:
        """Outputs, in the model's order and shapes, for ``x`` of `input_shape`, float32."""
        self._interpreter.set_tensor(self._input["index"], x)
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(detail["index"]) for detail in self._outputs]
