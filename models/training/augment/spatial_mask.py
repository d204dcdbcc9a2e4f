"""Spatial mask: some joints are never known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.training.augment.hand_sequences import HandSequences, chosen
from models.training.augment.sets import fixed, origins, set_of, slices

_SHARE = 0.1
"""Of the joints, in a sequence that loses any."""


def spatial_mask(
    sequences: HandSequences, probability: float, rng: np.random.Generator
) -> HandSequences:
    """Single joints lie on the origin of their set for the whole sequence."""
    rows = chosen(len(sequences), probability, rng)
    if not len(rows):
        return sequences
    lost = rng.random((len(rows), sequences.points.shape[2])) < _SHARE
    for s, where in zip(sequences.sets, slices(sequences.sets), strict=True):
        lost[:, where][:, fixed(s)] = False
    points = sequences.points.copy()
    some = points[rows]
    middle = origins(some, sequences.sets)[:, :, set_of(sequences.sets)]
    points[rows] = np.where(lost[:, None, :, None], middle, some)
    return replace(sequences, points=points)
