"""The regions of MediaPipe Holistic, and when a region is followed.

The constants are those of the graphs ``holistic_landmark`` and ``pose_landmark`` (Apache-2.0).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from edge.landmarks.roi import Floats, Roi, normalised, turned, upright

_UPWARDS, _RIGHT, _DOWNWARDS = math.pi / 2, 0.0, -math.pi / 2


def round_person(centre: Floats, rim: Floats, scale: float = 1.25) -> Roi:
    """The region of a person: a circle round the hips whose rim is above the head.

    Args:
        centre, rim: [2 or 3], pixels; of a detection its keypoints 0 and 1, of a pose its
            auxiliary points.
        scale: 1 for the size of the person, by which the pose is smoothed.
    """
    return _between(centre, rim, _UPWARDS, scale, 0.0)


def hand_from_pose(wrist: Floats, little: Floats, index: Floats) -> Roi:
    """Where a hand may be, roughly, by the three points [2 or 3] of a pose, in pixels."""
    middle = ((2 * index[:2] + little[:2]) / 3).astype(np.float32)
    size = 2 * float(np.linalg.norm(middle - wrist[:2]))
    return _shifted(middle, size, size, upright(wrist, middle), 2.7, -0.1)


def hand_from_recrop(centre: Floats, guide: Floats) -> Roi:
    """Where a hand is, by the two points [2] of the hand re-crop model, in pixels."""
    return _between(centre, guide, _DOWNWARDS, 1.0, -0.1)


def face_from_pose(points: Floats) -> Roi:
    """Where a face may be, by the points of a pose [33, 3] in pixels."""
    return _round(points[:11], points[5], points[2], 3.0, 0.0)


def face_from_detection(keypoints: Floats) -> Roi:
    """Where a face is, by the keypoints [6, 2] of its detection in pixels."""
    return _round(keypoints, keypoints[0], keypoints[1], 2.0, -0.1)


def face_from_landmarks(points: Floats) -> Roi:
    """Where a face is, by its points [468, 3] in the frame before, in pixels."""
    return _round(points, points[33], points[263], 1.5, 0.0)


def _between(start: Floats, end: Floats, target: float, scale: float, shift: float) -> Roi:
    size = 2 * float(np.linalg.norm(end[:2] - start[:2]))
    return _shifted(start, size, size, turned(start, end, target), scale, shift)


def _round(points: Floats, left: Floats, right: Floats, scale: float, shift: float) -> Roi:
    """The upright box of ``points``, turned as the way from ``left`` to ``right``."""
    low, high = points[:, :2].min(0), points[:, :2].max(0)
    width, height = (float(side) for side in high - low)
    return _shifted((low + high) / 2, width, height, turned(left, right, _RIGHT), scale, shift)


def _shifted(
    centre: Floats, width: float, height: float, angle: float, scale: float, shift: float
) -> Roi:
    """The square round a box, moved by ``shift`` heights downwards in the turned frame."""
    x = float(centre[0]) - shift * height * math.sin(angle)
    y = float(centre[1]) + shift * height * math.cos(angle)
    return Roi(x, y, max(width, height) * scale, angle)


@dataclass(frozen=True, slots=True)
class Limits:
    """Within which a region is followed from its own landmarks.

    Attributes:
        rotation: radians between the region of the last landmarks and the one just found.
        translation, scale: shares of the found region's size by which they may differ.
        inside: share of the found region in which the last landmarks must lie.
    """

    rotation: float
    translation: float
    scale: float
    inside: float

    def hold(self, last: Roi, points: Floats, found: Roi) -> bool:
        """Whether ``last``, the region of the last landmarks ``points`` [n, 2 or 3] in pixels, is
        still that of ``found``."""
        cos, sin = math.cos(found.angle), math.sin(found.angle)
        dx, dy = last.x - found.x, last.y - found.y
        furthest = self.translation * found.size
        if (
            abs(normalised(last.angle - found.angle)) > self.rotation
            or abs(dx * cos + dy * sin) > furthest
            or abs(dy * cos - dx * sin) > furthest
            or abs(last.size - found.size) > self.scale * found.size
        ):
            return False
        away = points[:, :2] - np.array([found.x, found.y], np.float32)
        turned = away @ np.array([[cos, -sin], [sin, cos]], np.float32)
        return bool((np.abs(turned) < self.inside * found.size / 2).all())


HAND = Limits(math.radians(40), 0.2, 0.4, 0.9)
FACE = Limits(math.radians(15), 0.1, 0.3, 0.8)
