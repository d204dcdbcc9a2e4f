"""Ten points of a hand in two dimensions: all that ``aslfr_three.npz`` has of a real phrase.

A model of these points, trained with the same configuration, compares the synthesis with real
continuous fingerspelling; it is never shipped.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.training.architecture.shape import LandmarkSet
from models.training.data.hands import Floats

POINTS = (1, 4, 5, 8, 9, 12, 13, 16, 17, 20)
TEN_POINTS = (LandmarkSet("ten", 10, 21),)
_BASES = (2, 4, 6, 8)
"""The finger bases among `POINTS`."""
_REACH = 2.5


def encode(hands: Floats, present: NDArray[np.bool_]) -> Floats:
    """Features float32 [..., T, 21] of canonical hands [..., T, 21, 3].

    x and y of `POINTS` relative to the wrist, in mean distances wrist to finger base as the
    picture shows them, clipped to +-2.5; then 1 for presence. All zero in absent ticks.
    """
    flat = hands[..., POINTS, :2] - hands[..., :1, :2]
    return scaled(flat, present)


def scaled(flat: Floats, present: NDArray[np.bool_]) -> Floats:
    """The same of points [..., T, 10, 2] that are relative to the wrist already."""
    size = np.linalg.norm(flat[..., _BASES, :], axis=-1).mean(-1)[..., None, None]
    rows = np.ones((*flat.shape[:-2], 21), dtype=np.float32)
    near = np.clip(flat / np.maximum(size, 1e-6), -_REACH, _REACH)
    rows[..., :20] = near.reshape(*flat.shape[:-2], 20)
    return np.where(present[..., None], rows, np.float32(0))
