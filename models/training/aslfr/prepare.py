"""A phrase made ready for training: the points of the landmark sets a model reads.

Two choices, `Sets`: ``hand`` is the hand that spells, canonical, for a model that runs live;
``holistic`` is both hands, lips and arms as they are in the picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from edge.recognize import hand_features
from edge.recognize.hand_features import palm
from models.training.architecture.shape import HAND, HOLISTIC, LandmarkSet
from models.training.aslfr import columns, holistic
from models.training.aslfr.columns import PointSet
from models.training.aslfr.hand import ASPECT, dominant, read_hand
from models.training.aslfr.landmarks import Landmarks
from models.training.augment import HandSequences
from models.training.augment.sets import Floats

Sets = Literal["hand", "holistic"]
SETS_OF: dict[Sets, tuple[LandmarkSet, ...]] = {"hand": HAND, "holistic": HOLISTIC}
READ: dict[Sets, tuple[PointSet, ...]] = {
    "hand": (columns.LEFT_HAND, columns.RIGHT_HAND),
    "holistic": columns.SETS,
}
"""What must be read of the landmark files."""
EDGE = 10
"""Ticks kept before the first hand and after the last one; signers wait longer."""
_SMALLEST = 1e-6


@dataclass(frozen=True, slots=True)
class Ready:
    """A phrase in ticks.

    Attributes:
        points: float32 [T, P, 3] in palm lengths of the hand that spells (their median in the
            phrase); zeros where absent.
        present: bool [T, S].
    """

    points: Floats
    present: NDArray[np.bool_]

    @property
    def seen(self) -> int:
        """Ticks with a hand."""
        return int(self.present[:, :2].any(1).sum())


def prepare(landmarks: Landmarks, sets: Sets) -> Ready:
    """``landmarks`` from `EDGE` ticks before the first hand to `EDGE` after the last one.

    Without any hand there are no ticks.

    Raises:
        KeyError: a set of ``READ[sets]`` was not read.
    """
    if sets == "hand":
        hand = read_hand(landmarks)
        points, present, spells = hand.hands, hand.present[:, None], hand.hands
        seen = hand.present
    else:
        names = [s.name for s in READ[sets]]
        present = np.stack([landmarks.present(name) for name in names], axis=1)
        known = np.repeat(present, [s.points for s in SETS_OF[sets]], axis=1)[..., None]
        whole = np.concatenate([landmarks[name] for name in names], axis=1)
        square = whole * np.array([1, ASPECT, 1], dtype=np.float32)
        points = np.where(known, square, np.float32(0))
        seen = present[:, 0] | present[:, 1]
        side = dominant(landmarks)
        spells = landmarks[side] * np.array([1, ASPECT, 1], dtype=np.float32)
    where = np.flatnonzero(seen)
    if not len(where):
        return Ready(points[:0], present[:0])
    kept = slice(max(0, where[0] - EDGE), where[-1] + 1 + EDGE)
    lengths = palm(spells)
    size = float(np.median(lengths[np.isfinite(lengths) & (lengths > 0)]))
    points = points[kept] / np.float32(max(size, _SMALLEST))
    return Ready(points.astype(np.float32), present[kept])


def encode(sequences: HandSequences) -> Floats:
    """Features float32 [B, T, width] of the sets of ``sequences``."""
    if sequences.sets == HAND:
        return hand_features.encode(sequences.hands, sequences.seen)
    return holistic.encode(sequences.points, sequences.present)
