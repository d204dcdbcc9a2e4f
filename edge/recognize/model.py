"""The streaming model of a bundle: one tick of features in, log-probabilities of symbols out."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.errors import ConfigError, first_line, raise_shortage
from edge.recognize.bundle import Bundle, verified
from edge.runtime import load

Floats = NDArray[np.float32]


class StreamingModel:
    """A model whose state is carried from step to step as tensors.

    A step costs the same however long it has been running.

    Attributes:
        alphabet: symbol n is ``alphabet[n - 1]``; symbol 0 is blank.
        rate: ticks per second.
        look_ahead: ticks by which an answer is late: at tick t it is about tick
            t - look_ahead.
    """

    def __init__(self, bundle: Bundle, threads: int = 1, delegate: str = "") -> None:
        """
        Args:
            bundle: one with tensors.
            delegate: library of an accelerator's delegate; empty: the CPU.

        Raises:
            ConfigError: the model cannot be loaded or is not what the bundle says.
        """
        self.alphabet = bundle.alphabet
        self.rate = bundle.rate
        self.look_ahead = bundle.look_ahead
        self._symbols = 1 + len(bundle.alphabet)
        self._where = f"bundle {bundle.folder}"
        self._interpreter = load(verified(bundle.model, bundle.sha256), threads, delegate)
        tensors = bundle.tensors
        if tensors is None:
            raise ConfigError(f"{self._where} names no tensors: restore the bundle")
        inputs = {str(d["name"]): d for d in self._interpreter.get_input_details()}
        outputs = {str(d["name"]): d for d in self._interpreter.get_output_details()}
        self._features = _Tensor(self._pick(inputs, tensors.features, bundle.width))
        self._scores = _Tensor(self._pick(outputs, tensors.scores, self._symbols))
        self._states: list[tuple[int, int, NDArray[Any]]] = []
        for into, out in tensors.states:
            self._states.append(self._state(inputs, outputs, into, out))
        unnamed = len(inputs) - 1 - len(self._states)
        if unnamed:
            raise ConfigError(f"{self._where}: {unnamed} inputs of its model are not named")
        self.reset()
        try:
            self.draft(np.zeros(bundle.width, np.float32))
        except (ValueError, RuntimeError) as error:
            raise_shortage(error, bundle.model)
            raise ConfigError(
                f"{self._where}: its model does not answer ({first_line(error)}): restore it"
            ) from error

    def reset(self) -> None:
        """Forget all ticks."""
        for into, _, initial in self._states:
            self._interpreter.set_tensor(into, initial)

    def step(self, features: Floats) -> Floats:
        """Log-probabilities, float32 [1 + len(alphabet)], after a tick of float32 [width]."""
        scores = self.draft(features)
        for into, out, _ in self._states:
            self._interpreter.set_tensor(into, self._interpreter.get_tensor(out))
        return scores

    def draft(self, features: Floats) -> Floats:
        """What `step` would answer; changes nothing, for the states are inputs."""
        interpreter = self._interpreter
        interpreter.set_tensor(self._features.index, self._features.quantised(features))
        interpreter.invoke()
        scores = self._scores.dequantised(interpreter.get_tensor(self._scores.index))
        scores -= scores.max()
        scores -= np.log(np.exp(scores).sum(dtype=np.float32))
        return scores

    def _pick(self, details: dict[str, Any], name: str, count: int) -> Any:
        if name not in details:
            raise ConfigError(
                f"{self._where}: its model has no tensor {name!r}: restore the bundle"
            )
        detail = details[name]
        if int(np.prod(detail["shape"])) != count or detail["dtype"] not in (np.float32, np.int8):
            raise ConfigError(
                f"{self._where}: tensor {name!r} is {np.dtype(detail['dtype'])}"
                f" {[int(n) for n in detail['shape']]}, not {count} of float32 or int8: restore it"
            )
        return detail

    def _state(
        self, inputs: dict[str, Any], outputs: dict[str, Any], into: str, out: str
    ) -> tuple[int, int, NDArray[Any]]:
        if into not in inputs or out not in outputs:
            raise ConfigError(
                f"{self._where}: its model has no state {into!r} -> {out!r}: restore it"
            )
        a, b = inputs[into], outputs[out]
        alike = all(
            (tuple(p["shape"]), p["dtype"], tuple(p["quantization"]))
            == (tuple(a["shape"]), a["dtype"], tuple(a["quantization"]))
            for p in (a, b)
        )
        if not alike:
            raise ConfigError(
                f"{self._where}: state {into!r} does not take what {out!r} gives: restore it"
            )
        zero = a["quantization"][1] if a["quantization"][0] else 0
        initial = np.full(tuple(a["shape"]), zero, dtype=a["dtype"])
        return int(a["index"]), int(b["index"]), initial


class _Tensor:
    """An input or output tensor, float32 or int8 with a scale."""

    def __init__(self, detail: Any) -> None:
        self.index = int(detail["index"])
        self._shape = tuple(int(n) for n in detail["shape"])
        scale, zero = detail["quantization"]
        self._scale, self._zero = np.float32(scale), np.float32(zero)

    def quantised(self, x: Floats) -> NDArray[Any]:
        if self._scale:
            x = np.clip(np.rint(x / self._scale) + self._zero, -128, 127).astype(np.int8)
        return x.reshape(self._shape)

    def dequantised(self, y: NDArray[Any]) -> Floats:
        flat = y.reshape(-1).astype(np.float32)
        return (flat - self._zero) * self._scale if self._scale else flat
