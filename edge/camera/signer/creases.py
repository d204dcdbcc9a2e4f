"""The lines on the skin: creases of joints and palm, and the nails."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.camera.signer.capsules import PALM, THUMB
from edge.camera.signer.raster import Surface
from edge.camera.signer.skeleton import Array, Bones, cross
from edge.hand import FINGER_BASES, THUMB_CMC

# Lines of the palm in the hand's own axes, x and y: heart, head, life.
_PALM_LINES = (
    ((-0.40, -0.66), (-0.24, -0.76), (-0.06, -0.82), (0.10, -0.90)),
    ((-0.30, -0.46), (-0.10, -0.58), (0.10, -0.68), (0.27, -0.72)),
    ((0.27, -0.74), (0.12, -0.58), (0.03, -0.38), (0.02, -0.14)),
)


@dataclass(frozen=True, slots=True)
class Line:
    """A crease or nail: points [n, 3] in palm lengths about the wrist, on a layer's surface."""

    layer: int
    points: Array
    strength: float
    filled: bool


@dataclass(frozen=True, slots=True)
class Creases:
    """The lines of one hand: wrist at pixel ``origin``, ``palm`` pixels to a palm length."""

    lines: list[Line]
    origin: tuple[float, float]
    palm: float

    def draw(self, seen: Surface) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """(darkening by creases, nails), both [h, w] 0-1, where they are visible."""
        import cv2

        creases = np.zeros(seen.layer.shape, np.uint8)
        nails = np.zeros(seen.layer.shape, np.uint8)
        corner = np.array([self.origin[0] - seen.left, self.origin[1] - seen.top])
        for line in self.lines:
            spots = line.points[:, :2] * self.palm + corner
            middle = spots.mean(0) if line.filled else spots[len(spots) // 2]
            x, y = int(middle[0]), int(middle[1])
            if not (0 <= y < len(creases) and 0 <= x < len(creases[0])):
                continue
            depth = line.points[:, 2].mean() * self.palm
            if seen.layer[y, x] != line.layer or seen.depth[y, x] < depth - 0.08 * self.palm:
                continue
            fixed = [np.rint(spots * 16).astype(np.int32)]  # 4 bits of a pixel
            if line.filled:
                cv2.fillPoly(nails, fixed, (255,), cv2.LINE_AA, 4)
            else:
                grey = int(255 * line.strength)
                thick = max(1, round(0.012 * self.palm))
                cv2.polylines(creases, fixed, False, (grey,), thick, cv2.LINE_AA, 4)
        soft = np.asarray(cv2.GaussianBlur(creases, (0, 0), max(0.6, 0.011 * self.palm)))
        return soft * np.float32(1 / 255), nails * np.float32(1 / 255)


def lines(bones: Bones, rotation: Array) -> list[Line]:
    """The creases and nails that may face the camera, for rotation matrix ``rotation``."""
    made: list[Line] = []
    joints, hinges = bones.joints @ rotation.T, bones.hinges @ rotation.T
    if rotation[2, 2] > 0.2:
        for xy in _PALM_LINES:
            flat = np.array([(x, y, -0.12) for x, y in xy])
            made.append(Line(PALM, flat @ rotation.T, 0.30, False))
    angles = np.radians(np.linspace(-60, 60, 5))
    for f, first in enumerate((THUMB_CMC, *FINGER_BASES)):
        for k in (1, 2):
            joint, before, after = joints[first + k], joints[first + k - 1], joints[first + k + 1]
            axis = _unit(_unit(joint - before) + _unit(after - joint))
            palmar = cross(hinges[f], axis)
            radius = ((0.13, 0.112) if f == 0 else (0.106, 0.092))[k - 1]
            for side, strength in ((palmar, 0.34), (-palmar, 0.28)):
                if side[2] < -0.15:
                    ring = np.outer(np.cos(angles), side) + np.outer(np.sin(angles), hinges[f])
                    made.append(Line(THUMB + f, joint + radius * ring, strength, False))
        tip, last = joints[first + 3], joints[first + 2]
        axis = _unit(tip - last)
        dorsal = -cross(hinges[f], axis)
        if dorsal[2] < 0.25:
            nail = _nail(tip, axis, dorsal, hinges[f], f)
            made.append(Line(THUMB + f, nail, 1.0, True))
            made.append(Line(THUMB + f, nail, 0.45, False))
    return made


def _nail(tip: Array, axis: Array, dorsal: Array, hinge: Array, f: int) -> Array:
    """The outline of a nail on the back of a finger's last bone."""
    radius = 0.098 if f == 0 else 0.080
    length, width = (0.085, 52.0) if f == 0 else (0.068, 48.0)
    around = np.linspace(0, 2 * np.pi, 14, endpoint=False)
    along = np.sign(np.cos(around)) * np.abs(np.cos(around)) ** 0.7 * length - 0.045
    across = np.radians(width) * np.sin(around)
    ring = np.outer(np.cos(across), dorsal) + np.outer(np.sin(across), hinge)
    outline: Array = tip + np.outer(along, axis) + radius * ring
    return outline


def _unit(v: Array) -> Array:
    u: Array = v / max(1e-9, float(np.linalg.norm(v)))
    return u
