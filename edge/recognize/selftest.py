"""A known input with a known answer, given to a bundle's model at every start.

The SHA-256 shows that the file is right; this shows that the runtime and its delegate compute
correctly on this machine. In ``bundle.toml``::

    [selftest]
    text = "leaf"                   # read by greedy decoding
    chances = [0.98, ...]           # the highest chance of each of its characters
    tolerance = 0.2                 # runtimes round int8 differently
    hold = 6                        # ticks each pose is held
    blend = 4                       # ticks from one pose to the next
    poses = ["...", ...]            # features of a tick: base64 of int8, in steps of 1 / 50

``python -m models.training.selftest FOLDER`` writes it, with poses of the rendered signer.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from edge.errors import ConfigError

Floats = NDArray[np.float32]
STEPS = 50
"""Steps of a stored feature for each 1.0."""
_MAX_TICKS = 150
"""A start must not wait long for it."""


class Steps(Protocol):
    """The part of `edge.recognize.contracts.Model` that is tested."""

    alphabet: str

    def step(self, features: Floats) -> Floats: ...

    def reset(self) -> None: ...


@dataclass(frozen=True, slots=True)
class SelfTest:
    """The table ``[selftest]``; ``poses`` is int8 [N, width]."""

    text: str
    chances: tuple[float, ...]
    tolerance: float
    hold: int
    blend: int
    poses: NDArray[np.int8]

    @staticmethod
    def of(table: dict[str, Any], width: int) -> SelfTest:
        """
        Args:
            width: features per tick.

        Raises:
            KeyError, TypeError, ValueError: it is not what the module's docstring says.
        """
        stored = [base64.b64decode(row, validate=True) for row in table["poses"]]
        test = SelfTest(
            str(table["text"]),
            tuple(float(chance) for chance in table["chances"]),
            float(table["tolerance"]),
            int(table["hold"]),
            int(table["blend"]),
            np.stack([np.frombuffer(row, np.int8) for row in stored]),
        )
        if not (
            test.poses.shape[1:] == (width,)
            and len(test.chances) == len(test.text) > 0
            and 0 < test.tolerance < 1
            and test.hold > 0
            and test.blend > 0
            and len(stored) * (test.hold + test.blend) <= _MAX_TICKS
        ):
            raise ValueError("selftest")
        return test

    def ticks(self) -> Floats:
        """The input, float32 [T, width]: every pose held, then blended into the next."""
        poses = self.poses.astype(np.float32) / STEPS
        shares = np.r_[np.zeros(self.hold), np.linspace(0, 1, self.blend + 2)[1:-1]]
        after = np.r_[poses[1:], poses[-1:]]
        return np.concatenate([
            pose + (then - pose) * shares[:, None].astype(np.float32)
            for pose, then in zip(poses, after, strict=True)
        ])  # fmt: skip


def read(model: Steps, ticks: Floats) -> tuple[str, tuple[float, ...]]:
    """(text, highest chance of each character) that ``model`` reads greedily after a reset."""
    model.reset()
    text, chances, last = "", [], 0
    for tick in ticks:
        scores = model.step(tick)
        symbol = int(scores.argmax())
        chance = float(np.exp(scores[symbol]))
        if symbol and symbol != last:
            text += model.alphabet[symbol - 1]
            chances.append(chance)
        elif symbol:
            chances[-1] = max(chances[-1], chance)
        last = symbol
    model.reset()
    return text, tuple(chances)


def check(model: Steps, test: SelfTest, where: str) -> None:
    """
    Raises:
        ConfigError: ``model``, of the bundle ``where``, does not answer as it should.
    """
    text, chances = read(model, test.ticks())
    # `<=` is false for NaN, so NaN fails.
    near = text == test.text and all(
        abs(chance - expected) <= test.tolerance
        for chance, expected in zip(chances, test.chances, strict=True)
    )
    if not near:
        raise ConfigError(
            f"{where} fails its self-test (it reads {text!r}, not {test.text!r}, or is not as sure"
            " of it): the TFLite runtime computes wrongly here: install another version of it"
        )
