"""Noise: the tracker is off, for good and from tick to tick."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.training.augment.hand_sequences import HandSequences, chosen

_BIAS = 0.03
"""Palm lengths, per joint, for a whole sequence; at most, as the other one: each sequence has its
own strength."""
_JITTER = 0.02
_AXES = np.array([1, 1, 1.6], dtype=np.float32)
"""Depth is known least."""


def noise(sequences: HandSequences, probability: float, rng: np.random.Generator) -> HandSequences:
    """Every joint is off by a fixed amount, and by another one in each tick."""
    rows = chosen(len(sequences), probability, rng)
    if not len(rows):
        return sequences
    count, ticks, joints, _ = (len(rows), *sequences.points.shape[1:])
    bias = rng.normal(0, 1, (count, 1, joints, 3)) * rng.uniform(0, _BIAS, (count, 1, 1, 1))
    strength = rng.uniform(0, _JITTER, (count, 1, 1, 1)).astype(np.float32)
    off = rng.standard_normal((count, ticks, joints, 3), dtype=np.float32)
    points = sequences.points.copy()
    points[rows] += (off * strength + bias.astype(np.float32)) * _AXES
    return replace(sequences, points=points)
