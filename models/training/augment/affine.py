"""Affine: another view. Size and place need none: features are free of both."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from models.training.augment.hand_sequences import HandSequences, chosen
from models.training.augment.sets import Floats

_ROLL = 0.15
"""Radians in the picture; standard deviation, as all of these."""
_TURN = 0.1
"""Radians out of the picture, about x and about y."""
_SHEAR = 0.05
_ASPECT = 0.05
_DEPTH = 0.1
_CLIP_SIGMAS = 2.5
"""Standard deviations."""


def affine(sequences: HandSequences, probability: float, rng: np.random.Generator) -> HandSequences:
    """All points of a sequence are turned in the picture and a little out of it, sheared, and
    stretched in height and in depth."""
    rows = chosen(len(sequences), probability, rng)
    if not len(rows):
        return sequences
    points = sequences.points.copy()
    some = points[rows]
    view = _views(len(rows), rng).astype(some.dtype)
    points[rows] = (some.reshape(len(rows), -1, 3) @ view).reshape(some.shape)
    return replace(sequences, points=points)


def _views(count: int, rng: np.random.Generator) -> Floats:
    """Matrices [N, 3, 3] to multiply rows of points with."""
    drawn = np.clip(rng.normal(0, 1, (count, 6)), -_CLIP_SIGMAS, _CLIP_SIGMAS)
    roll, pitch, yaw, shear, aspect, depth = (
        drawn * (_ROLL, _TURN, _TURN, _SHEAR, _ASPECT, _DEPTH)
    ).T
    shape = np.zeros((count, 3, 3))
    shape[:, 0, 0], shape[:, 1, 0] = 1, shear
    shape[:, 1, 1], shape[:, 2, 2] = np.exp(aspect), np.exp(depth)
    turns = _about(0, pitch) @ _about(1, yaw) @ _about(2, roll)
    views: Floats = turns @ shape
    return views


def _about(axis: int, angle: Floats) -> Floats:
    """Rotations [N, 3, 3] about ``axis``."""
    one, two = (axis + 1) % 3, (axis + 2) % 3
    turn = np.zeros((len(angle), 3, 3))
    turn[:, axis, axis] = 1
    turn[:, one, one] = turn[:, two, two] = np.cos(angle)
    turn[:, one, two], turn[:, two, one] = np.sin(angle), -np.sin(angle)
    return turn
