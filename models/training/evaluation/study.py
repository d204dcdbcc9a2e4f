"""All that is measured of a model, by every reader and every way to decode."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from edge.recognize.model import StreamingModel
from models.training.data.hands import DIGITS, images
from models.training.evaluation import clips, negatives, samples
from models.training.evaluation.heard import Heard, Ways, hear
from models.training.evaluation.negatives import Invented
from models.training.evaluation.readers import Reader
from models.training.synthesis.bank import build
from models.training.synthesis.texts import Texts

By = dict[str, dict[str, list[Heard]]]
"""What was heard, by reader and by way to decode."""
_SEED = 11


@dataclass(frozen=True)
class Counts:
    """How much is measured: texts a signer, frames a letter of a signer, signers of other signs
    (all without a number)."""

    texts: int = 96
    frames: int = 30
    signers: int | None = None


QUICK = Counts(4, 1, 1)


@dataclass(frozen=True)
class Study:
    """What was measured.

    Attributes:
        phrases, held: of the validation signers, by reader and way.
        still: J and Z held still by them, by way.
        moving: real J and Z in motion, by way.
        digits: of one signer, by way; empty where the model reads none.
        signs: what was read of other signs, by way.
        seconds: how long it took.
    """

    counts: Counts
    phrases: By
    held: By
    still: dict[str, list[Heard]]
    moving: dict[str, list[Heard]]
    digits: dict[str, list[Heard]]
    signs: dict[str, Invented]
    seconds: float


def study(
    readers: Mapping[str, Reader], live: str, model: StreamingModel, ways: Ways, data: Path,
    counts: Counts,
) -> Study:  # fmt: skip
    """Measure.

    Args:
        readers: by name; ``live`` names the one that runs in the daemon, which reads J, Z and the
            other signs too, these as ``model``.
        ways: to decode.
        data: the data folder.
    """
    begun = time.monotonic()
    bank = build(images(data, "validation"), data, 0, fresh=False)
    texts = Texts(data, "held-out", digits=False)
    spelled = samples.phrases(bank, texts, counts.texts, _SEED)
    stood = samples.held(bank, count=counts.frames)
    phrases, held = {}, {}
    for name, reader in readers.items():
        phrases[name] = hear(reader, spelled, ways, Progress(f"phrases, {name}", len(spelled)))
        held[name] = hear(reader, stood, ways, Progress(f"held letters, {name}", len(stood)))
    stills = samples.held(bank, "jz", counts.frames)
    still = hear(readers[live], stills, ways, Progress("J and Z held", len(stills)))
    real = clips.moving(data)
    moving = hear(readers[live], real, ways, Progress("J and Z in motion", len(real)))
    shown = clips.digits(data) if set(DIGITS) <= set(model.alphabet) else []
    digits = hear(readers[live], shown, ways, Progress("digits", len(shown)))
    others = negatives.signs(data, counts.signers)
    signs = {}
    for way, decoder in ways.items():
        progress = Progress(f"other signs, {way}", 1)
        signs[way] = negatives.read(model, decoder, others)
        progress()
    spent = time.monotonic() - begun
    return Study(counts, phrases, held, still, moving, digits, signs, spent)


class Progress:
    """Says on stderr how far a part is, every few seconds and at its end."""

    def __init__(self, name: str, count: int, every: float = 5.0) -> None:
        self._name, self._count, self._every = name, count, every
        self._done = 0
        self._begun = self._said = time.monotonic()

    def __call__(self) -> None:
        """One more is done."""
        self._done += 1
        now = time.monotonic()
        if self._done == self._count or now - self._said >= self._every:
            self._said = now
            spent = now - self._begun
            left = spent / self._done * (self._count - self._done)
            told = f"{self._done}/{self._count}, {spent:.0f} s, left {left:.0f} s"
            print(f"{self._name}: {told}", file=sys.stderr, flush=True)
