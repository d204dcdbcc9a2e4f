"""The network of a second reader: one TFLite file, its encoder and its decoder as signatures.

``bundle.toml`` has, beside what `edge.recognize.bundle` describes::

    kind = "second-reader"
    [second]
    windows = [128, 256, 512]   # ticks; of each there is a signature encode_TICKS
    reduction = 2               # ticks that the encoder joins
    beams = 4                   # texts that are decoded together
    characters = 64             # of a text
    layers = 2                  # of the decoder, each with keys and values
    forward = 0.5               # weights of the texts' scores: read from the start, ...
    reversed = 0.3              # ... from the end, ...
    ctc = 0.2                   # ... and tick by tick
    sure = [0.1, 1.0, 0.2]      # optional: confidence is the logistic function of: this, this times
                                # what the model says of itself, and this times the text's score

``models.training.second.graphs`` writes the file and describes its tensors.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from edge import runtime
from edge.errors import ConfigError, clear, first_line, raise_shortage
from edge.recognize.bundle import Bundle, verified
from edge.recognize.contracts import Floats

TABLE = "second"
END = 0
"""Symbol n is character n - 1 of the alphabet; 0 ends a text, and is CTC's blank."""
_HIDDEN = np.float32(-1e4)
_MOST = {"beams": 16, "characters": 512, "layers": 16, "reduction": 8}
_MOST_TICKS = 2048
State = tuple[Floats, ...]
"""What was read so far: keys and values of each layer, the texts first."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """The table ``[second]``; see the module's docstring."""

    windows: tuple[int, ...]
    reduction: int
    beams: int
    characters: int
    layers: int
    forward: float = 0.5
    reversed: float = 0.3
    ctc: float = 0.2
    sure: tuple[float, ...] = ()

    @staticmethod
    def of(table: dict[str, Any]) -> Sizes:
        """
        Raises:
            KeyError, TypeError, ValueError: it lacks something, or it cannot be so.
        """
        windows = tuple(int(n) for n in table["windows"])
        sizes = {name: int(table[name]) for name in _MOST}
        weights = {name: float(table.get(name, 0.0)) for name in ("forward", "reversed", "ctc")}
        sure = tuple(float(x) for x in table.get("sure", ()))
        if not windows or sorted(set(windows)) != list(windows) or windows[-1] > _MOST_TICKS:
            raise ValueError("windows")
        if wrong := [name for name, n in sizes.items() if not 1 <= n <= _MOST[name]]:
            raise ValueError(wrong[0])
        if any(n < 1 or n % sizes["reduction"] for n in windows):
            raise ValueError("windows")
        if not all(math.isfinite(x) for x in (*weights.values(), *sure)) or len(sure) not in (0, 3):
            raise ValueError("sure" if sure else "forward")
        if weights["forward"] <= 0 or min(weights.values()) < 0:
            raise ValueError("forward")
        forward, backward, ctc = weights.values()
        return Sizes(
            windows, **sizes, forward=forward, reversed=backward, ctc=ctc, sure=sure,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Seen:
    """What the encoder makes of a segment.

    Attributes:
        ticks: CTC's log-probabilities, float32 [T, 1 + characters of the alphabet].
        memory: keys and values of each layer of the decoder.
        hidden: [1, 1, 1, frames], what the decoder must not look at.
    """

    ticks: Floats
    memory: tuple[Floats, ...]
    hidden: Floats


class Network(Protocol):
    """What `edge.recognize.second_reader` reads with; `SecondModel` is one."""

    alphabet: str
    sizes: Sizes

    def see(self, features: Floats) -> Seen:
        """``features`` [T, width] of at most ``sizes.windows[-1]`` ticks."""

    def nothing(self) -> State:
        """What was read before the first symbol."""

    def step(
        self, symbols: NDArray[np.int32], place: int, seen: Seen, state: State
    ) -> tuple[Floats, float, State]:
        """Log-probabilities [beams, 1 + characters] of what follows ``symbols`` [beams], the
        ``place``-th of their texts; how sure the model is, a logit, meant after the first symbol;
        and the state."""


class SecondModel:
    """A `Network` on a TFLite interpreter.

    Attributes:
        alphabet: symbol n is ``alphabet[n - 1]``.
    """

    def __init__(self, bundle: Bundle, threads: int = 1) -> None:
        """Load the model and ask it once, as the runtime takes its memory then.

        Raises:
            ConfigError: the model cannot be loaded or is not what the bundle says.
        """
        where = f"bundle {bundle.folder}"
        self.alphabet = bundle.alphabet
        try:
            self.sizes = Sizes.of(bundle.tables[TABLE])
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise ConfigError(
                f"{where}: [{TABLE}] lacks or garbles {clear(str(error))}: restore the bundle"
            ) from error
        interpreter = runtime.load(verified(bundle.model, bundle.sha256), threads)
        sizes = self.sizes
        try:
            self._encoders = {
                ticks: interpreter.get_signature_runner(f"encode_{ticks}")
                for ticks in sizes.windows
            }
            self._decoder = interpreter.get_signature_runner("decode")
            details = self._decoder.get_input_details()
            last = 3 + 2 * sizes.layers
            self._slots = [
                tuple(details[f"args_{last + n}"]["shape"]) for n in range(2 * sizes.layers)
            ]
            first = np.full(sizes.beams, 1 + len(self.alphabet), np.int32)
            for ticks in sizes.windows:
                seen = self.see(np.zeros((ticks, bundle.width), np.float32))
                scores, _, _ = self.step(first, 0, seen, self.nothing())
                wanted = (ticks, 1 + len(self.alphabet)), (sizes.beams, 1 + len(self.alphabet))
                if (seen.ticks.shape, scores.shape) != wanted or not np.isfinite(scores).all():
                    raise ValueError("its answer is not what the bundle says")
        except (ValueError, RuntimeError, KeyError, IndexError, TypeError) as error:
            raise_shortage(error, bundle.model, 32 << 20)
            raise ConfigError(
                f"{where}: its model does not answer ({first_line(error)}): restore the bundle"
            ) from error

    def see(self, features: Floats) -> Seen:
        count, reduction = len(features), self.sizes.reduction
        ticks = next(n for n in self.sizes.windows if n >= count)
        padded = np.zeros((1, ticks, features.shape[1]), np.float32)
        padded[0, :count] = features
        inside = np.zeros((1, ticks), np.float32)
        inside[0, :count] = 1
        found = self._encoders[ticks](args_0=padded, args_1=inside)
        hidden = np.full((1, 1, 1, self.sizes.windows[-1] // reduction), _HIDDEN, np.float32)
        hidden[..., : -(-count // reduction)] = 0
        memory = tuple(found[f"output_{1 + n}"] for n in range(2 * self.sizes.layers))
        return Seen(_log_softmax(found["output_0"][0, :count]), memory, hidden)

    def nothing(self) -> State:
        return tuple(np.zeros(shape, np.float32) for shape in self._slots)

    def step(
        self, symbols: NDArray[np.int32], place: int, seen: Seen, state: State
    ) -> tuple[Floats, float, State]:
        given = (symbols, np.array([place], np.float32), seen.hidden, *seen.memory, *state)
        found = self._decoder(**{f"args_{n}": one for n, one in enumerate(given)})
        after = tuple(found[f"output_{2 + n}"] for n in range(len(state)))
        return _log_softmax(found["output_0"]), float(found["output_1"][0, 0]), after


def _log_softmax(scores: Floats) -> Floats:
    away = scores - scores.max(-1, keepdims=True)
    found: Floats = away - np.log(np.exp(away).sum(-1, keepdims=True, dtype=np.float32))
    return found
