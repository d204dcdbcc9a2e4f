"""Regions of interest (ROI): the rotated square of a frame that a model sees.

Geometry and constants follow MediaPipe's graphs ``palm_detection_detection_to_roi`` and
``hand_landmark_landmarks_to_roi`` (Apache-2.0), so that its models see what they were trained on.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.hand import (
    FINGER_BASES,
    INDEX_BASE,
    MIDDLE_BASE,
    RING_BASE,
    THUMB_CMC,
    THUMB_IP,
    THUMB_MCP,
    WRIST,
)

Floats = NDArray[np.float32]

# The points of the palm and the fingers' first bones: with fingertips, the square would grow and
# shrink with the letter.
_PALM_POINTS = np.array(
    [WRIST, THUMB_CMC, THUMB_MCP, THUMB_IP]
    + [point for base in FINGER_BASES for point in (base, base + 1)]
)


@dataclass(frozen=True, slots=True)
class Roi:
    """A square in a frame.

    Attributes:
        x, y: its centre, pixels.
        size: its side, pixels.
        angle: radians, clockwise as seen in the picture; 0 is upright.
    """

    x: float
    y: float
    size: float
    angle: float = 0.0

    def matrix(self, side: float = 1.0) -> NDArray[np.float64]:
        """[2, 3]: maps a point of a crop ``side`` units wide to the frame's pixels."""
        cos = math.cos(self.angle) * self.size
        sin = math.sin(self.angle) * self.size
        return np.array(
            [
                [cos / side, -sin / side, self.x - (cos - sin) / 2],
                [sin / side, cos / side, self.y - (sin + cos) / 2],
            ]
        )

    def to_frame(self, points: Floats) -> Floats:
        """Points [n, 2 or 3] of the crop, 0-1 across it, as pixels of the frame.

        A third column is depth: it is scaled in the same way and not rotated.
        """
        matrix = self.matrix()
        out = np.empty_like(points, dtype=np.float32)
        out[:, :2] = points[:, :2] @ matrix[:, :2].T + matrix[:, 2]
        out[:, 2:] = points[:, 2:] * self.size
        return out

    def overlap(self, other: Roi) -> float:
        """Intersection over union of the two squares as if both were upright, 0-1."""
        reach = (self.size + other.size) / 2
        wide = min(reach - abs(self.x - other.x), self.size, other.size)
        high = min(reach - abs(self.y - other.y), self.size, other.size)
        shared = max(0.0, wide) * max(0.0, high)
        return shared / max(self.size**2 + other.size**2 - shared, 1e-9)


def upright(start: Floats, end: Floats) -> float:
    """The angle, in [-pi, pi), that turns the way from ``start`` to ``end`` upwards."""
    return turned(start, end, math.pi / 2)


def turned(start: Floats, end: Floats, target: float) -> float:
    """The angle, in [-pi, pi), of a square in which the way from ``start`` to ``end`` has the
    direction ``target``, radians: 0 is to the right, pi / 2 upwards."""
    dx, dy = float(end[0] - start[0]), float(end[1] - start[1])
    return normalised(target - math.atan2(-dy, dx))


def normalised(angle: float) -> float:
    """``angle`` in [-pi, pi)."""
    return angle - 2 * math.pi * math.floor((angle + math.pi) / (2 * math.pi))


def letterbox(width: int, height: int) -> Roi:
    """The square around a whole frame: the letterbox that the detector sees."""
    return Roi(width / 2, height / 2, max(width, height))


def from_palm(box: Floats, keypoints: Floats) -> Roi:
    """The hand's region from a detected palm.

    Args:
        box: [4] left, top, right, bottom in pixels.
        keypoints: [7, 2] in pixels; 0 is the wrist, 2 the base of the middle finger.
    """
    left, top, right, bottom = (float(edge) for edge in box)
    width, height = right - left, bottom - top
    angle = upright(keypoints[0], keypoints[2])
    # The shift is half the box's height, the size its longer side.
    x = (left + right) / 2 + 0.5 * height * math.sin(angle)
    y = (top + bottom) / 2 - 0.5 * height * math.cos(angle)
    return Roi(x, y, max(width, height) * 2.6, angle)


def from_landmarks(points: Floats) -> Roi:
    """The hand's region in the next frame from its landmarks in this one.

    ``points`` are [`HAND_POINTS`, 2 or 3] in pixels.
    """
    xy = points[:, :2]
    # MediaPipe's calculator names these joints 4, 6 and 8 of the points above (and calls them the
    # middle joints, which they are not).
    aim = ((xy[INDEX_BASE] + xy[RING_BASE]) / 2 + xy[MIDDLE_BASE]) / 2
    angle = upright(xy[WRIST], aim)
    palm = xy[_PALM_POINTS]
    centre = (palm.max(0) + palm.min(0)) / 2
    cos, sin = math.cos(angle), math.sin(angle)
    turn = np.array([[cos, -sin], [sin, cos]], np.float32)
    turned = (palm - centre) @ turn
    high, low = turned.max(0), turned.min(0)
    width, height = (float(side) for side in high - low)
    middle = turn @ ((high + low) / 2) + centre
    # As from_palm: shifted by a tenth of the box's height towards the fingers.
    x = float(middle[0]) + 0.1 * height * sin
    y = float(middle[1]) - 0.1 * height * cos
    return Roi(x, y, max(width, height) * 2.0, angle)


class Cropper:
    """Cuts regions out of frames into one buffer: a model's input, [1, side, side, 3], 0-1."""

    def __init__(self, side: int, zero_border: bool = False, signed: bool = False) -> None:
        """``zero_border``: outside the frame is black; else its edge is repeated. ``signed``: the
        model takes -1..1."""
        import cv2

        cv2.setNumThreads(1)
        self._border = cv2.BORDER_CONSTANT if zero_border else cv2.BORDER_REPLICATE
        self._flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        self._warp = cv2.warpAffine
        self._pixels = np.empty((side, side, 3), np.uint8)
        self._input = np.empty((1, side, side, 3), np.float32)
        self._scale = np.float32((2 if signed else 1) / 255)
        self._signed = signed

    def __call__(self, pixels: NDArray[np.uint8], roi: Roi) -> Floats:
        """The crop; it is valid until the next call."""
        side = len(self._pixels)
        size = (side, side)
        self._warp(pixels, roi.matrix(side), size, self._pixels, self._flags, self._border)
        np.multiply(self._pixels, self._scale, out=self._input[0])
        if self._signed:
            self._input -= 1
        return self._input
