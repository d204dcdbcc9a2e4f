"""Both hands, lips and arms as features: `models.training.architecture.HOLISTIC`.

Every set is seen from itself, so none depends on whether another was found, and neither place nor
size of the signer in the picture is left:

====== ============================== =====================================================
set    relative to                    in units of
====== ============================== =====================================================
hands  the wrist                      palm lengths, as `edge.recognize.hand_features.encode`
face   the middle between the         half the distance between them
       corners of the mouth
pose   the middle between the elbows  the mean length of both forearms
====== ============================== =====================================================

A left hand is mirrored into a right one. The wrist would always be 0: in its place stands how far
it moved since the tick before (x, y, 0), in the units of `encode`. A set with any point missing is
absent, and all zero. Each tick depends on itself and on the one before only, so it can be live.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edge.recognize import hand_features
from models.training.architecture.shape import HOLISTIC
from models.training.augment.sets import Floats, is_hand, slices

_REACH = 2.5
_SMALLEST = 1e-6
_CORNERS = (0, 10)
"""Of the mouth, in `models.training.aslfr.columns.FACE`."""
_ELBOWS, _WRISTS = (0, 5), (1, 6)
"""Left and right, in `models.training.aslfr.columns.POSE`."""
_MIRROR = np.array([-1, 1, 1], dtype=np.float32)


def encode(points: Floats, present: NDArray[np.bool_]) -> Floats:
    """Features of successive ticks, `edge.recognize.hand_features.RATE` a second.

    Args:
        points: float32 [..., T, 92, 3] in square units, the sets of `HOLISTIC` in their order.
        present: bool [..., T, 4].

    Returns:
        float32 [..., T, 280]: of each set x, y, z of every point, then 1 for presence; clipped to
        +-2.5, zero where absent.
    """
    rows = []
    for n, (s, where) in enumerate(zip(HOLISTIC, slices(HOLISTIC), strict=True)):
        one, seen = np.asarray(points[..., where, :], dtype=np.float32), present[..., n]
        if is_hand(s):
            one = one * _MIRROR if s.name == "left_hand" else one
            rows.append(_hand(hand_features.encode(one, seen)))
        else:
            middle, size = _face(one) if s.name == "face" else _pose(one)
            rows.append(_relative(one, middle, size, seen))
    return np.concatenate(rows, axis=-1)


def _hand(live: Floats) -> Floats:
    """The 63 live features in the order wrist, joints, presence."""
    wrist = np.concatenate([live[..., 60:62], np.zeros_like(live[..., :1])], axis=-1)
    return np.concatenate([wrist, live[..., :60], live[..., 62:]], axis=-1)


def _face(points: Floats) -> tuple[Floats, Floats]:
    one, other = (points[..., n, :] for n in _CORNERS)
    return (one + other) / 2, np.linalg.norm(one - other, axis=-1) / 2


def _pose(points: Floats) -> tuple[Floats, Floats]:
    elbows, wrists = points[..., _ELBOWS, :], points[..., _WRISTS, :]
    return elbows.mean(-2), np.linalg.norm(wrists - elbows, axis=-1).mean(-1)


def _relative(points: Floats, middle: Floats, size: Floats, seen: NDArray[np.bool_]) -> Floats:
    away = points - middle[..., None, :]
    away = away / np.maximum(size, np.float32(_SMALLEST))[..., None, None]
    flat = np.clip(away, -_REACH, _REACH).reshape(*away.shape[:-2], -1)
    flat = np.concatenate([flat, np.ones_like(flat[..., :1])], axis=-1)
    return np.where(seen[..., None], flat, np.float32(0))
