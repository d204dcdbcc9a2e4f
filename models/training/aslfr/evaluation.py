"""How well a model reads real phrases: the competition's score and character error rates.

Every phrase of the split counts, however long, and also where no hand was ever found: nothing is
read of it then. Settings are chosen on ``development``; ``validation`` is used once, at the end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.training.aslfr.cache import Cache
from models.training.aslfr.characters import ALPHABET, readable
from models.training.aslfr.feed import pad_together, to_batch
from models.training.aslfr.prepare import SETS_OF
from models.training.aslfr.splits import Split
from models.training.augment.sets import Floats
from models.training.evaluation.greedy import greedy
from models.training.evaluation.metrics import Figure, Reading, by_signer, total

Predictor = Callable[[Floats, NDArray[np.int64]], Floats]
"""Features float32 [B, T, width] and lengths [B] to logits or log-probabilities [B, T, symbols] of
`ALPHABET`, the blank first."""


@dataclass(frozen=True)
class SplitResult:
    """The figures of one split.

    Attributes:
        all: against the phrases as they are: `Figure.score` is the competition's. Characters that
            are not read count as errors.
        readable: against the phrases without these: how good the reading is.
        signers: as ``readable``, one a signer, worst first.
        readings: every phrase, its truth as in ``readable``.
    """

    split: Split
    all: Figure
    readable: Figure
    signers: list[Figure]
    readings: list[Reading]

    def __str__(self) -> str:
        lines = [f"{self.split}: {self.all.texts} phrases of {len(self.signers)} signers"]
        lines.append(f"score {self.all.score:.4f} (all characters, as the competition)")
        lines += [
            f"CER {figure.cer:.4f} {figure.name}, {figure.texts} phrases"
            for figure in (self.readable, *self.signers)
        ]
        return "\n".join(lines)


def evaluate(
    read: Predictor, cache: Cache, split: Split = "development", most: int = 0, size: int = 32
) -> SplitResult:
    """What ``read``, greedily, makes of the phrases of ``split``.

    Args:
        most: of so many phrases, the same ones each time; 0: of all.
        size: phrases that are read at a time.
    """
    rows = cache.rows_of(split)
    if 0 < most < len(rows):
        rows = [rows[n] for n in np.random.default_rng(0).permutation(len(rows))[:most]]
    rows = sorted(rows, key=cache.ticks)
    sets = SETS_OF[cache.sets]
    whole, plain = [], []
    for at in range(0, len(rows), size):
        part = rows[at : at + size]
        ready = [cache.load(row) for row in part]
        batch = to_batch(pad_together(part, ready, [None] * len(part), sets))
        texts = greedy(read(batch.features, batch.lengths), ALPHABET, batch.lengths)
        for row, one, text in zip(part, ready, texts, strict=True):
            text_read, signer = readable(text) if len(one.points) else "", str(row.participant)
            whole.append(Reading(row.text, text_read, signer))
            plain.append(Reading(readable(row.text), text_read, signer))
    return SplitResult(split, total(whole), total(plain), by_signer(plain), plain)
