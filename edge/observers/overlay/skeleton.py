"""Draws landmarks on a picture."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.hand import FINGER_BASES, FINGERTIPS, INDEX_BASE, LITTLE_BASE, THUMB_CMC, WRIST
from edge.recording import FoundParts

Pixels = NDArray[np.uint8]
Colour = tuple[int, int, int]

LEFT: Colour = (255, 170, 60)
RIGHT: Colour = (80, 220, 160)
JOINT: Colour = (255, 255, 255)
POSE: Colour = (150, 170, 255)
FACE: Colour = (200, 200, 200)

_FINGERS = tuple(tuple(range(tip - 3, tip + 1)) for tip in FINGERTIPS)
_HAND_LINES = (
    *(line for finger in _FINGERS for line in pairwise(finger)),
    *pairwise(FINGER_BASES),
    (WRIST, THUMB_CMC), (WRIST, INDEX_BASE), (WRIST, LITTLE_BASE),
)  # fmt: skip
# Shoulders, arms, trunk and thighs, by MediaPipe's numbers of the 33 points.
_POSE_LINES = (
    (11, 12), (11, 13), (13, 15), (12, 14), (14, 16), (11, 23), (12, 24), (23, 24), (23, 25),
    (24, 26),
)  # fmt: skip

_SHIFT = 4
"""Bits of a pixel's fraction: lines move smoothly."""
_FAR = 1 << 14
"""Pixels from the corner beyond which nothing is drawn: OpenCV counts in 32 bits."""


def draw_parts(picture: Pixels, parts: FoundParts) -> None:
    """Draw ``parts``, shares of the picture, on RGB uint8 [height, width, 3]."""
    height, width = picture.shape[:2]
    scale = np.array([width, height], np.float32)
    unit = max(width, height) / 640
    if (face := parts.get("face")) is not None:
        for point in _places(face, scale):
            if point:
                cv2.circle(picture, point, round(unit * 8), FACE, -1, cv2.LINE_AA, _SHIFT)
    if (pose := parts.get("pose")) is not None:
        _lines(picture, _places(pose, scale), _POSE_LINES, POSE, max(1, round(2 * unit)))
    for name, colour in (("left_hand", LEFT), ("right_hand", RIGHT)):
        if (hand := parts.get(name)) is not None:
            _draw_hand(picture, hand[:, :2] * scale, _places(hand, scale), colour)


def _draw_hand(
    picture: Pixels,
    pixels: NDArray[np.float32],
    places: list[tuple[int, int] | None],
    colour: Colour,
) -> None:
    size = float(np.ptp(pixels, axis=0).max())
    thick = min(6, max(1, round(size / 70)))
    _lines(picture, places, _HAND_LINES, colour, thick)
    for place in places:
        if place:
            radius = round((thick + 1) * (1 << _SHIFT))
            cv2.circle(picture, place, radius, colour, -1, cv2.LINE_AA, _SHIFT)
            cv2.circle(picture, place, round(radius * 0.55), JOINT, -1, cv2.LINE_AA, _SHIFT)


def _lines(
    picture: Pixels,
    places: list[tuple[int, int] | None],
    lines: tuple[tuple[int, int], ...],
    colour: Colour,
    thick: int,
) -> None:
    for one, other in lines:
        start, end = places[one], places[other]
        if start and end:
            cv2.line(picture, start, end, colour, thick, cv2.LINE_AA, _SHIFT)


def _places(
    points: NDArray[np.float32], scale: NDArray[np.float32]
) -> list[tuple[int, int] | None]:
    """Of points [n, 3], in parts of a pixel as OpenCV takes them; None where not to be drawn."""
    pixels = points[:, :2] * scale
    seen = (np.abs(np.nan_to_num(pixels, nan=_FAR, posinf=_FAR, neginf=_FAR)) < _FAR).all(1)
    fine = np.where(seen[:, None], pixels * (1 << _SHIFT), 0).astype(int).tolist()
    return [(x, y) if there else None for (x, y), there in zip(fine, seen, strict=True)]
