"""From joint angles to joints: the bones of a right hand.

Lengths are in palm lengths (wrist to the knuckle of the middle finger). The hand's own axes are
x to the thumb, y from the fingers to the wrist, z from the palm to the back of the hand: those of
a picture of a raised right hand whose palm faces the camera (x right, y down, z away).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.hand import FINGER_BASES, HAND_POINTS, THUMB_CMC, THUMB_MCP

Array = NDArray[np.float64]

# Proportions as the landmark model sees real hands: fitted together with the handshapes.
KNUCKLES = np.array(
    [
        [0.244, -0.999, 0.018],
        [0.010, -0.993, 0.013],
        [-0.205, -0.924, 0.032],
        [-0.381, -0.793, 0.029],
    ]
)
PHALANGES = np.array(
    [[0.456, 0.272, 0.228], [0.497, 0.313, 0.248], [0.455, 0.297, 0.243], [0.381, 0.220, 0.202]]
)
THUMB_ROOT = np.array([0.223, -0.219, -0.091])
THUMB = (0.440, 0.356, 0.294)
# The direction of a straight finger, degrees from the middle finger towards the thumb.
FAN = (5.0, 0.0, -5.0, -10.0)

# Angles of one handshape: four fingers, index first, of (flexion, spread towards the thumb, PIP,
# DIP); the thumb (towards the side, towards the palm's front, twist, MCP, IP); the whole hand
# (pitch, yaw, roll). Degrees.
JOINT_ANGLES = 21  # those of fingers and thumb; the rest are the whole hand's
ANGLES = 24
THUMB_ANGLES = slice(16, JOINT_ANGLES)
ROTATION = slice(JOINT_ANGLES, ANGLES)
LOWEST = np.array([-20.0, -25, -5, -5] * 4 + [-30.0, -30, -20, -25, -15])
HIGHEST = np.array([100.0, 25, 115, 80] * 4 + [80.0, 75, 120, 80, 80])

_UP = np.array([0.0, -1.0, 0.0])


@dataclass(frozen=True, slots=True)
class Bones:
    """A hand in its own axes, wrist at the origin.

    Attributes:
        joints: [`HAND_POINTS`, 3], numbered as in `edge.hand`.
        hinges: [5, 3], thumb first: the unit axis a finger bends about. For a bone that points
            along d, ``cross(hinge, d)`` is the side that faces the palm when the finger curls.
    """

    joints: Array
    hinges: Array


def bones(angles: Array) -> Bones:
    """The hand with the joint ``angles`` [24] (see `ANGLES`), limited to what a hand can do."""
    bent = np.clip(angles[:JOINT_ANGLES], LOWEST, HIGHEST)
    joints, hinges = np.zeros((HAND_POINTS, 3)), np.zeros((5, 3))
    side, front, twist, knuckle, tip = bent[THUMB_ANGLES]
    turn = _about("z", side) @ _about("x", front) @ _about("y", twist)
    hinges[0] = turn[:, 0]
    joints[THUMB_CMC] = THUMB_ROOT
    for k, bend in enumerate((0.0, knuckle, tip)):
        turn = turn @ _about("x", bend)
        joints[THUMB_MCP + k] = joints[THUMB_CMC + k] + THUMB[k] * (turn @ _UP)
    for f, base in enumerate(FINGER_BASES):
        flexion, spread, pip, dip = bent[4 * f : 4 * f + 4]
        plane = _about("z", FAN[f] + spread)
        hinges[1 + f] = plane[:, 0]
        joints[base] = KNUCKLES[f]
        for k, bend in enumerate((flexion, flexion + pip, flexion + pip + dip)):
            bone = PHALANGES[f, k] * (plane @ _about("x", bend) @ _UP)
            joints[base + 1 + k] = joints[base + k] + bone
    return Bones(joints, hinges)


def forearm(rotation: Array, rest: Array, most: float = 65.0) -> Array:
    """The unit direction from the wrist to the elbow for a hand with rotation matrix ``rotation``.

    The elbow stays where the arm rests (unit direction ``rest``) until the wrist would bend by
    more than ``most`` degrees; then the arm follows the hand.
    """
    back = rotation @ -_UP
    angle = float(np.arccos(np.clip(back @ rest, -1.0, 1.0)))
    limit = np.radians(most)
    kept = limit * np.tanh(angle / limit)
    if angle - kept < 1e-6:
        return rest
    share = kept / angle
    mixed: Array = np.sin((1 - share) * angle) * back + np.sin(share * angle) * rest
    return mixed / np.linalg.norm(mixed)


def cross(a: Array, b: Array) -> Array:
    """The vector product of two vectors; `numpy.cross` takes ten times as long for one pair."""
    return np.array(
        [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
    )


def _about(axis: str, degrees: float) -> Array:
    a = np.radians(degrees)
    c, s = np.cos(a), np.sin(a)
    if axis == "x":
        return np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    if axis == "y":
        return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
