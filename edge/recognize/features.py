"""What the recogniser sees of a hand: the one way from landmarks to features, live and in training.

The canonical hand is the signer's right hand in a picture that is not mirrored; a left hand is
mirrored into one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FEATURES = "hand-1"
RATE = 30.0
"""Ticks per second."""
WIDTH = 63
"""20 joints x 3 relative to the wrist, wrist velocity x and y, presence."""

_PALM = (5, 9, 13, 17)
_REACH = 2.5
"""Nothing lies further than this from the wrist, in palm lengths; also bounds the int8 scale."""
_VELOCITY = 0.2
_SMALLEST = 1e-6

Floats = NDArray[np.float32]


def canonical(points: Floats, size: tuple[int, int], right: NDArray[np.bool_]) -> Floats:
    """Landmarks in square units, every hand a right hand.

    Args:
        points: [..., 21, 3] image-normalised, as in `edge.landmarks.hand.Hand.points`.
        size: (width, height) of the picture in pixels.
        right: [...], whether it is the signer's right hand.

    Returns:
        float32 [..., 21, 3] in pixels (x to the right, y down, z away from the camera); x is
        negated for left hands.
    """
    width, height = size
    scale = np.array([width, height, width], dtype=np.float32)
    pixels = np.asarray(points, dtype=np.float32) * scale
    pixels[..., 0] *= np.where(np.asarray(right)[..., None], np.float32(1), np.float32(-1))
    return pixels


def palm(hands: Floats) -> Floats:
    """Palm length [...] of ``hands`` [..., 21, 3]: mean distance wrist to the four finger bases."""
    # Sums are written out: they must not depend on how many ticks are encoded at once.
    away = hands[..., _PALM, :] - hands[..., :1, :]
    length = np.sqrt(away[..., 0] ** 2 + away[..., 1] ** 2 + away[..., 2] ** 2)
    total = length[..., 0] + length[..., 1] + length[..., 2] + length[..., 3]
    mean: Floats = total * np.float32(0.25)
    return mean


def encode(hands: Floats, present: NDArray[np.bool_]) -> Floats:
    """Features of successive ticks, `RATE` a second.

    A row depends on its tick and the one before only, so a live stream that encodes its last two
    ticks and takes the last row gets exactly the row of the whole sequence.

    Args:
        hands: float32 [..., T, 21, 3], canonical; what stands in absent ticks does not matter.
        present: bool [..., T].

    Returns:
        float32 [..., T, WIDTH]: joints 1-20 relative to the wrist in palm lengths, wrist velocity
        (x, y) in units of 5 palm lengths per second, 1 for presence; all clipped to +-2.5, all
        zero in absent ticks. The velocity is 0 where the tick before is absent.
    """
    hands = np.asarray(hands, dtype=np.float32)
    size = np.maximum(palm(hands), np.float32(_SMALLEST))[..., None]
    rows = np.zeros((*hands.shape[:-2], WIDTH), dtype=np.float32)
    joints = (hands[..., 1:, :] - hands[..., :1, :]) / size[..., None]
    rows[..., :60] = joints.reshape(*hands.shape[:-2], 60)
    moved = (hands[..., 1:, 0, :2] - hands[..., :-1, 0, :2]) / size[..., 1:, :]
    known = present[..., :-1, None]
    rows[..., 1:, 60:62] = np.where(known, moved * np.float32(RATE * _VELOCITY), np.float32(0))
    np.clip(rows, -_REACH, _REACH, out=rows)
    rows[..., 62] = 1
    return np.where(present[..., None], rows, np.float32(0))
