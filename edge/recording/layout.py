"""What is in a recording: a row a frame, a column for each coordinate of each point.

==================  ==============================================================================
``sequence_id``     whole number; the frames of one are successive, and their numbers ascend
``frame``           whole number of the frame in its sequence
``AXIS_PART_N``     x, y or z of point N of a part of `PARTS`, in the order of `COLUMNS`: float32,
                    image-normalised (x / width, y / height, z in the scale of x, smaller nearer
                    the camera, the picture not mirrored), NaN where the part was not found
==================  ==============================================================================

That is the layout of the competition "American Sign Language Fingerspelling Recognition"; without
``sequence_id`` these are its 1,630 columns. "Isolated Sign Language Recognition" has a row a point
instead: ``frame``, ``type`` (the part), ``landmark_index``, ``x``, ``y``, ``z``. Both are read.
(Data pages of the two competitions on Kaggle.)

A file says neither its rate nor the size of its pictures. One that was written here says both, and
when each frame was captured, in the metadata of the file, where nobody else looks.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FoundParts = Mapping[str, NDArray[np.float32]]
"""float32 [n, 3] of each part that was found, by its name in `PARTS`; NaN where a point was not."""

PARTS = {"face": 468, "left_hand": 21, "pose": 33, "right_hand": 21}
"""Points of each part of MediaPipe Holistic, in the order of the columns."""

HANDS = ("left_hand", "right_hand")
AXES = ("x", "y", "z")
SEQUENCE = "sequence_id"
FRAME = "frame"


def columns_of(part: str) -> tuple[tuple[str, ...], ...]:
    """The columns of ``part``: its points, each with x, y and z."""
    return tuple(tuple(f"{axis}_{part}_{n}" for axis in AXES) for n in range(PARTS[part]))


COLUMNS = tuple(
    f"{axis}_{part}_{n}" for axis in AXES for part, points in PARTS.items() for n in range(points)
)

_KEY = b"ishara"
_TIMES = b"ishara_times"
_MOST_PIXELS = 1 << 16
_SMALLEST = 1e-6


@dataclass(frozen=True, slots=True)
class About:
    """What a file that was written here says of itself.

    Attributes:
        size: (width, height) of its pictures in pixels.
        times: float64 [rows], seconds at which each was captured, since the first.
    """

    size: tuple[int, int]
    times: NDArray[np.float64]

    def metadata(self) -> dict[bytes, bytes]:
        """As it stands in the file."""
        width, height = self.size
        about = {"version": 1, "width": width, "height": height}
        times = np.asarray(self.times, "<f8").tobytes()
        return {_KEY: json.dumps(about).encode(), _TIMES: base64.b64encode(times)}

    @staticmethod
    def of(metadata: Mapping[bytes, bytes] | None, rows: int) -> About | None:
        """What a file of so many rows says; None where it was not written here, or was changed."""
        try:
            about = json.loads((metadata or {})[_KEY])
            width, height = int(about["width"]), int(about["height"])
            times = np.frombuffer(base64.b64decode((metadata or {})[_TIMES]), "<f8")
        except (KeyError, TypeError, ValueError, OverflowError, RecursionError, binascii.Error):
            return None
        sound = 0 < min(width, height) <= max(width, height) <= _MOST_PIXELS
        if not (sound and len(times) == rows and bool(np.isfinite(times).all())):
            return None
        return About((width, height), times)


def found(points: NDArray[np.float32], hand: bool) -> bool:
    """Whether a part [n, 3] was found: of a hand, every point; of another part, any.

    Some writers fill with one number, mostly 0, what was not found.
    """
    if hand and not bool(np.isfinite(points).all()):
        return False
    places = points[:, :2]
    known = places[np.isfinite(places)]
    return bool(known.size) and float(np.ptp(known)) > _SMALLEST
