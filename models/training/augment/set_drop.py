"""Set drop: a whole set is never seen. For models that read several."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.training.augment.hand_sequences import HandSequences, chosen
from models.training.augment.sets import is_hand


def set_drop(
    sequences: HandSequences, probability: float, rng: np.random.Generator
) -> HandSequences:
    """One set of a sequence is absent throughout, but never the hand that is seen most."""
    rows = chosen(len(sequences), probability, rng) if len(sequences.sets) > 1 else ()
    if not len(rows):
        return sequences
    hand = np.array([is_hand(s) for s in sequences.sets])
    seen = sequences.present[rows].sum(1) * hand - ~hand
    order = rng.random((len(rows), len(sequences.sets)))
    order[np.arange(len(rows)), seen.argmax(1)] = -1
    present = sequences.present.copy()
    present[rows, :, order.argmax(1)] = False
    return replace(sequences, present=present)
