"""Set drop: a whole set is never seen. For models that read several."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.training.augment.moves import Moves, chosen
from models.training.augment.sets import is_hand


def set_drop(moves: Moves, probability: float, rng: np.random.Generator) -> Moves:
    """One set of a sequence is absent throughout, but never the hand that is seen most."""
    rows = chosen(len(moves), probability, rng) if len(moves.sets) > 1 else ()
    if not len(rows):
        return moves
    hand = np.array([is_hand(s) for s in moves.sets])
    seen = moves.present[rows].sum(1) * hand - ~hand
    order = rng.random((len(rows), len(moves.sets)))
    order[np.arange(len(rows)), seen.argmax(1)] = -1
    present = moves.present.copy()
    present[rows, :, order.argmax(1)] = False
    return replace(moves, present=present)
