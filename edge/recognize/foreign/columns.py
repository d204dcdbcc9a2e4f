"""The columns of a foreign model's input: which coordinate of which point each one is.

``x_face_0``, ``y_left_hand_20``, ``z_pose_11``, ``x_right_hand_4``, ``frame``: the columns of the
Kaggle competition "American Sign Language Fingerspelling Recognition", in whatever order.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.hand import HAND_POINTS
from edge.landmarks.body import FACE_POINTS, POSE_POINTS
from edge.landmarks.contract import Parts
from edge.landmarks.hand import Landmarks

Floats = NDArray[np.float32]

POINTS = {
    "face": FACE_POINTS, "left_hand": HAND_POINTS, "pose": POSE_POINTS, "right_hand": HAND_POINTS,
}  # fmt: skip
FRAME = "frame"
MOST = 3 * sum(POINTS.values()) + 1
"""All columns of the competition."""

_NAME = re.compile(r"([xyz])_(face|left_hand|pose|right_hand)_(0|[1-9][0-9]{0,3})")
_STARTS: dict[str, int] = {}  # of each part among all points
for _part in POINTS:
    _STARTS[_part] = sum(POINTS[before] for before in _STARTS)


def position(name: str) -> int | None:
    """Where the column ``name`` stands in a `Columns` row's source; None where there is no such."""
    if name == FRAME:
        return MOST - 1
    found = _NAME.fullmatch(name)
    if not found or int(found[3]) >= POINTS[found[2]]:
        return None
    return 3 * (_STARTS[found[2]] + int(found[3])) + "xyz".index(found[1])


@dataclass(frozen=True, slots=True)
class Columns:
    """
    Attributes:
        names: of the columns, in the model's order; each is one that `position` knows.
        missing: stands for a coordinate that was not found: NaN or 0.
    """

    names: tuple[str, ...]
    missing: float

    @property
    def counts(self) -> dict[str, int]:
        """How many columns are of each part, and of the frame's number; those that have some."""
        parts = [name if name == FRAME else name[2:].rpartition("_")[0] for name in self.names]
        return {part: parts.count(part) for part in dict.fromkeys(parts)}

    @property
    def parts(self) -> Parts:
        """What has to be looked for."""
        counts = self.counts
        hands = sum(side in counts for side in ("left_hand", "right_hand"))
        return Parts(max(1, hands), "pose" in counts, "face" in counts)

    def nothing(self, frames: int) -> Floats:
        """Rows [frames, columns] in which nothing was found."""
        return np.full((frames, len(self.names)), self.missing, np.float32)


class Rows:
    """Turns landmarks into rows."""

    def __init__(self, columns: Columns) -> None:
        places = [position(name) for name in columns.names]
        self._places = np.array(places, np.intp)
        self._missing = np.float32(columns.missing)
        self._all = np.empty(MOST, np.float32)
        points = self._all[:-1].reshape(-1, 3)
        self._parts = {
            part: points[start : start + POINTS[part]] for part, start in _STARTS.items()
        }

    def __call__(self, landmarks: Landmarks, number: int) -> Floats:
        """float32 [columns] of one frame, the ``number``-th of its segment.

        Of two hands of one side, the better one counts.
        """
        self._all.fill(np.nan)
        self._all[-1] = number
        for hand in reversed(landmarks.hands):
            self._parts["right_hand" if hand.right >= 0.5 else "left_hand"][:] = hand.points
        if landmarks.pose:
            self._parts["pose"][:] = landmarks.pose.points
        if landmarks.face:
            self._parts["face"][:] = landmarks.face.points
        row: Floats = self._all[self._places]
        if not np.isnan(self._missing):
            row[np.isnan(row)] = self._missing
        return row


def unknown(names: Sequence[str]) -> list[str]:
    """Those of ``names`` that are no columns."""
    return [name for name in names if position(name) is None]
