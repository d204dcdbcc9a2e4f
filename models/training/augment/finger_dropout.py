"""FingerDropout: some fingers are unknown for a while."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.training.augment.hand_sequences import HandSequences, chosen, stretches
from models.training.augment.sets import is_hand, slices

_MAX_FINGERS = 3
_SHORTEST = 0.1
"""Of the sequence."""
_FINGER = np.zeros((5, 21), dtype=bool)
"""The joints of each finger, thumb first, without the bases of the other four: these are the palm,
by whose size everything is scaled."""
for _n, _joints in enumerate(((1, 2, 3, 4), (6, 7, 8), (10, 11, 12), (14, 15, 16), (18, 19, 20))):
    _FINGER[_n, list(_joints)] = True


def finger_dropout(
    sequences: HandSequences, probability: float, rng: np.random.Generator
) -> HandSequences:
    """One to three fingers of a hand lie on its wrist for a stretch of time.

    There they are zero in the features, which no real finger is: it means unknown, not folded.
    """
    points = sequences.points
    for s, where in zip(sequences.sets, slices(sequences.sets), strict=True):
        rows = chosen(len(sequences), probability, rng) if is_hand(s) else ()
        if not len(rows):
            continue
        count = rng.integers(1, _MAX_FINGERS + 1, len(rows))
        drop = rng.random((len(rows), 5)).argsort(1).argsort(1) < count[:, None]
        lengths = sequences.lengths[rows]
        ticks = np.ceil(lengths * rng.uniform(_SHORTEST, 1, len(rows))).astype(np.int64)
        when = stretches(lengths, ticks, points.shape[1], rng)
        lost = when[..., None] & (drop @ _FINGER)[:, None]
        if points is sequences.points:
            points = points.copy()
        hands = points[rows, :, where]
        points[rows, :, where] = np.where(lost[..., None], hands[:, :, :1], hands)
    return replace(sequences, points=points)
