"""Temporal mask: the tracker loses a whole set for a moment."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.training.augment.hand_sequences import HandSequences, chosen, stretches

_MAX_STRETCHES = 3
"""Stretches in a sequence."""
_MAX_TICKS = 5
"""Ticks of one: a letter held for a sixth of a second is still seen a little."""


def temporal_mask(
    sequences: HandSequences, probability: float, rng: np.random.Generator
) -> HandSequences:
    """Sets are absent for a few short stretches, each set at its own times."""
    present = sequences.present
    for n in range(len(sequences.sets)):
        rows = chosen(len(sequences), probability, rng)
        if not len(rows):
            continue
        present = present.copy() if present is sequences.present else present
        count = rng.integers(1, _MAX_STRETCHES + 1, len(rows))
        for k in range(_MAX_STRETCHES):
            some = rows[count > k]
            ticks = rng.integers(1, _MAX_TICKS + 1, len(some))
            lost = stretches(sequences.lengths[some], ticks, present.shape[1], rng)
            present[some, :, n] &= ~lost
    return sequences if present is sequences.present else replace(sequences, present=present)
