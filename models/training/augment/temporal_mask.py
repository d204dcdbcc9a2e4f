"""Temporal mask: the tracker loses a whole set for a moment."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.training.augment.moves import Moves, chosen, stretches

_MOST = 3
"""Stretches in a sequence."""
_LONGEST = 5
"""Ticks of one: a letter held for a sixth of a second is still seen a little."""


def temporal_mask(moves: Moves, probability: float, rng: np.random.Generator) -> Moves:
    """Sets are absent for a few short stretches, each set at its own times."""
    present = moves.present
    for n in range(len(moves.sets)):
        rows = chosen(len(moves), probability, rng)
        if not len(rows):
            continue
        present = present.copy() if present is moves.present else present
        count = rng.integers(1, _MOST + 1, len(rows))
        for k in range(_MOST):
            some = rows[count > k]
            ticks = rng.integers(1, _LONGEST + 1, len(some))
            lost = stretches(moves.lengths[some], ticks, present.shape[1], rng)
            present[some, :, n] &= ~lost
    return moves if present is moves.present else replace(moves, present=present)
