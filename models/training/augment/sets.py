"""What an augmentation must know of a landmark set: where it hangs, and what carries its scale.

Points of a set become features relative to its origin and in units of its size
(`edge.recognize.hand_features.encode`, `models.training.aslfr.holistic.encode`). So a point that is
unknown lies on the origin: zero in the features. The points that make origin and size are never
made unknown, or all the others would change with them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.training.architecture.shape import LandmarkSet

Floats = NDArray[Any]

_HAND = (0,), (0, 5, 9, 13, 17)
_GEOMETRY = {
    "hand": _HAND,
    "left_hand": _HAND,
    "right_hand": _HAND,
    "face": ((0, 10), (0, 10)),
    "pose": ((0, 5), (0, 1, 5, 6)),
}
"""By name: the points whose mean is the origin, and those never dropped: the wrist and the finger
bases; the corners of the mouth; elbows (the origin lies between them) and wrists."""


def origin_of(s: LandmarkSet) -> list[int]:
    """The points of ``s`` whose mean is its origin."""
    return list(_GEOMETRY[s.name][0])


def fixed(s: LandmarkSet) -> list[int]:
    """The points of ``s`` that must stay known."""
    return list(_GEOMETRY[s.name][1])


def is_hand(s: LandmarkSet) -> bool:
    return s.name.endswith("hand")


def slices(sets: Sequence[LandmarkSet]) -> list[slice]:
    """Where the points of each set lie among all."""
    ends = np.cumsum([s.points for s in sets]).tolist()
    return [slice(end - s.points, end) for s, end in zip(sets, ends, strict=True)]


def set_of(sets: Sequence[LandmarkSet]) -> NDArray[np.int64]:
    """The set [P] each point belongs to."""
    return np.repeat(np.arange(len(sets)), [s.points for s in sets])


def origins(points: Floats, sets: Sequence[LandmarkSet]) -> Floats:
    """The origin of each set: [..., P, 3] to [..., S, 3]."""
    middles = [
        points[..., where, :][..., origin_of(s), :].mean(-2)
        for s, where in zip(sets, slices(sets), strict=True)
    ]
    return np.stack(middles, axis=-2)
