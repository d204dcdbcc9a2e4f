"""Spatial mask: some joints are never known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.training.augment.moves import Moves, chosen
from models.training.augment.sets import fixed, origins, set_of, slices

_SHARE = 0.1
"""Of the joints, in a sequence that loses any."""


def spatial_mask(moves: Moves, probability: float, rng: np.random.Generator) -> Moves:
    """Single joints lie on the origin of their set for the whole sequence."""
    rows = chosen(len(moves), probability, rng)
    if not len(rows):
        return moves
    lost = rng.random((len(rows), moves.points.shape[2])) < _SHARE
    for s, where in zip(moves.sets, slices(moves.sets), strict=True):
        lost[:, where][:, fixed(s)] = False
    points = moves.points.copy()
    some = points[rows]
    middle = origins(some, moves.sets)[:, :, set_of(moves.sets)]
    points[rows] = np.where(lost[:, None, :, None], middle, some)
    return replace(moves, points=points)
