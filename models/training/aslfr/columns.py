"""The 1,630 columns of a landmark file, and the landmarks taken from them.

A row is one frame. Its columns are ``frame`` and then, for x, for y and for z, ``AXIS_PART_NUMBER``
of all 543 landmarks of MediaPipe Holistic: float32, image-normalised, NaN where the part was not
found. ``sequence_id`` is the index of the data frame the file was written from: a column more.
(Data page of the competition; order of the columns as printed by public notebooks.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from edge.errors import ConfigError
from models.training.aslfr import _json

INDEX = "sequence_id"
FRAME = "frame"
AXES = ("x", "y", "z")
PARTS = {"face": 468, "left_hand": 21, "pose": 33, "right_hand": 21}
"""Landmarks a part, in the order of the columns."""
COLUMNS = (
    FRAME,
    *(f"{axis}_{part}_{n}" for axis in AXES for part, count in PARTS.items() for n in range(count)),
)


@dataclass(frozen=True, slots=True)
class PointSet:
    """Landmarks that are read together: ``points`` are numbers within ``part``."""

    name: str
    part: str
    points: tuple[int, ...]


LEFT_HAND = PointSet("left_hand", "left_hand", tuple(range(21)))
RIGHT_HAND = PointSet("right_hand", "right_hand", tuple(range(21)))

# Lips, the outer ring, then the inner one: the 40 points of FACEMESH_LIPS in
# mediapipe/python/solutions/face_mesh_connections.py, in the order of the third place's notebook.
# fmt: off
FACE = PointSet("face", "face", (
    61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 146, 91, 181, 84, 17, 314, 405, 321, 375,
    78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308,
))
# fmt: on

# Elbow, wrist, little finger, index finger and thumb of the left arm, then of the right (numbers of
# mediapipe/python/solutions/pose.py PoseLandmark): those of the competition's starter notebook.
POSE = PointSet("pose", "pose", (13, 15, 17, 19, 21, 14, 16, 18, 20, 22))

SETS = (LEFT_HAND, RIGHT_HAND, FACE, POSE)


def columns_of(sets: Sequence[PointSet]) -> list[str]:
    """The columns of ``sets``: x of all their points, then y, then z."""
    return [f"{axis}_{s.part}_{n}" for axis in AXES for s in sets for n in s.points]


def selected_columns(file: Path) -> tuple[str, ...]:
    """The columns a competition model takes, in its order, from ``inference_args.json``.

    Raises:
        ConfigError: the file is missing or garbled, or names a column that does not exist.
    """
    content = _json.load(file)
    columns = content.get("selected_columns") if isinstance(content, dict) else None
    if not isinstance(columns, list) or not columns:
        raise ConfigError(
            f"{file} has no list selected_columns: give the file of a competition model"
        )
    known = set(COLUMNS)
    if wrong := [str(column) for column in columns if column not in known]:
        raise ConfigError(f"{file} selects {wrong[0]}, which no landmark file has")
    return tuple(columns)
