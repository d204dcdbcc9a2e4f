"""A foreign model: rows of frames in, characters out."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.errors import ConfigError, clear, first_line
from edge.recognize.foreign.folder import ForeignBundle
from edge.runtime import load

Floats = NDArray[np.float32]
log = logging.getLogger(__name__)

SIGNATURE, INPUTS, OUTPUTS = "serving_default", "inputs", "outputs"
MOST_CHARACTERS = 500
"""Of one reading; no more are taken."""
QUESTIONS = (1, 16, 70)
"""Frames without anything that a model is asked about at the start."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a model read.

    Attributes:
        text: the characters.
        confidences: 0-1, of each.
    """

    text: str
    confidences: tuple[float, ...]


class ForeignModel:
    """Reads some frames at once.

    Attributes:
        alphabet: character n of the model's outputs.
        frames: how many it takes at once; 0: any number.
        placeholders: what it says where there is nothing to read.
    """

    def __init__(self, bundle: ForeignBundle, threads: int = 1) -> None:
        """
        Raises:
            ConfigError: it cannot be loaded, takes or gives something else, or does not answer.
        """
        self.alphabet = bundle.alphabet
        self._where = f"bundle {bundle.folder}"
        self._columns = bundle.columns
        interpreter = load(bundle.model, threads)
        self._runner = self._signature(interpreter)
        self.frames = self._fixed(self._runner.get_input_details()[INPUTS])
        self._refused = 0
        self.placeholders = self._ask()

    def read(self, rows: Floats, allowed: NDArray[np.bool_] | None = None) -> Reading | None:
        """What stands in ``rows``, float32 [frames, columns]; None where there is nothing.

        Args:
            rows: at most `frames` where that is not 0; fewer are filled up.
            allowed: [len(alphabet)], the characters that may be read; None: all.
        """
        try:
            scores = self._answer(rows)
        except ConfigError as error:
            if not self._refused:
                log.warning("%d frames were not read: %s", len(rows), error)
            self._refused += 1
            return None
        reading = self._reading(scores, allowed)
        return None if reading.text.strip() in self.placeholders else reading

    def _ask(self) -> frozenset[str]:
        """What it says to nothing; the empty text always stands for that."""
        lengths = (self.frames,) if self.frames else QUESTIONS
        said = {""}
        for length in lengths:
            said.add(self._reading(self._answer(self._columns.nothing(length))).text.strip())
        return frozenset(said)

    def _reading(self, scores: Floats, allowed: NDArray[np.bool_] | None = None) -> Reading:
        scores = np.nan_to_num(scores[:MOST_CHARACTERS], nan=-1e30, posinf=1e30, neginf=-1e30)
        chances = _chances(scores)
        best = (scores if allowed is None else np.where(allowed, scores, -np.inf)).argmax(1)
        text = "".join(self.alphabet[number] for number in best)
        return Reading(text, tuple(float(x) for x in chances[np.arange(len(best)), best]))

    def _answer(self, rows: Floats) -> Floats:
        """Scores [characters, alphabet].

        Raises:
            ConfigError: there are none.
        """
        if self.frames:
            rows = np.concatenate([rows, self._columns.nothing(self.frames - len(rows))])
        try:
            scores = np.asarray(self._runner(**{INPUTS: rows})[OUTPUTS])
        except (RuntimeError, ValueError) as error:
            raise ConfigError(
                f"{self._where}: its model does not answer to {len(rows)} frames"
                f" ({first_line(error)}): bring another"
            ) from error
        wanted = len(self.alphabet)
        if scores.ndim != 2 or scores.shape[1] != wanted or scores.dtype != np.float32:
            raise ConfigError(
                f"{self._where}: {OUTPUTS} of its model are {scores.dtype} {list(scores.shape)},"
                f" not float32 [characters, {wanted}]: bring another"
            )
        return scores

    def _signature(self, interpreter: Any) -> Any:
        listed = interpreter.get_signature_list()
        if SIGNATURE not in listed:
            names = ", ".join(clear(name, 40) for name in listed) or "none"
            raise ConfigError(
                f"{self._where}: its model has no signature {SIGNATURE} (it has {names}):"
                " export it with one"
            )
        for way, name in (("inputs", INPUTS), ("outputs", OUTPUTS)):
            if name not in listed[SIGNATURE][way]:
                names = ", ".join(clear(found, 40) for found in listed[SIGNATURE][way]) or "none"
                raise ConfigError(
                    f"{self._where}: the {way} of its model are {names}, not {name}:"
                    " export it with that name"
                )
        if others := [name for name in listed[SIGNATURE]["inputs"] if name != INPUTS]:
            raise ConfigError(
                f"{self._where}: its model wants {clear(others[0], 40)} too, and takes {INPUTS}"
                " only: bring another"
            )
        return interpreter.get_signature_runner(SIGNATURE)

    def _fixed(self, detail: Any) -> int:
        shape = [int(n) for n in detail.get("shape_signature", detail["shape"])]
        width = len(self._columns.names)
        if len(shape) != 2 or detail["dtype"] != np.float32 or shape[1] not in (width, -1):
            raise ConfigError(
                f"{self._where}: {INPUTS} of its model is {np.dtype(detail['dtype'])} {shape},"
                f" not float32 [frames, {width}] as its columns say: bring what belongs together"
            )
        return shape[0] if shape[0] > 1 else 0


def _chances(scores: Floats) -> Floats:
    """Probabilities [n, characters] of scores that are logits, or probabilities already."""
    if scores.size and scores.min() >= 0 and np.allclose(scores.sum(1), 1, atol=0.01):
        return scores
    raised = np.exp(scores - scores.max(1, keepdims=True, initial=-1e30))
    chances: Floats = (raised / raised.sum(1, keepdims=True)).astype(np.float32)
    return chances
