"""The shape around the bones: tapered capsules in layers.

Capsules of one layer blend into each other. Where a finger starts it also blends into the palm;
further out it only covers what is behind it, so that its edge stays visible.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from edge.camera.signer.skeleton import Array, Bones, cross
from edge.hand import FINGER_BASES, INDEX_BASE, THUMB_CMC, THUMB_MCP

ARM, SLEEVE, PALM, THUMB = 0, 1, 2, 3  # layers; the four fingers follow the thumb

# Radii at knuckle, PIP, DIP and tip; the thumb's at CMC, MCP, IP and tip.
_FINGER_RADII = np.array(
    [
        [0.125, 0.108, 0.094, 0.074],
        [0.125, 0.112, 0.097, 0.077],
        [0.122, 0.105, 0.092, 0.073],
        [0.110, 0.092, 0.080, 0.064],
    ]
)
_THUMB_RADII = np.array([0.15, 0.135, 0.118, 0.088])


@dataclass(frozen=True, slots=True)
class Capsule:
    """A capsule from ``a`` to ``b`` with radii ``ra`` and ``rb``, in palm lengths.

    Attributes:
        palmar: unit direction that its palm side faces.
        redness: how much blood shines through at a and at b, 0-1.
        blend_layer, blend_behind: distance over which it blends into its own layer, and into the
            layers behind.
    """

    layer: int
    a: Array
    b: Array
    ra: float
    rb: float
    palmar: Array
    redness: tuple[float, float] = (0.2, 0.2)
    blend_layer: float = 0.11
    blend_behind: float = 0.15


def capsules(bones: Bones, rotation: Array, elbow: Array, sleeve: float | None) -> list[Capsule]:
    """The capsules of a hand with rotation matrix ``rotation``, wrist at the origin, by layer.

    ``elbow`` is the unit direction of the forearm in the picture's axes; a ``sleeve`` begins that
    many palm lengths below the wrist.
    """
    joints, hinges = bones.joints @ rotation.T, bones.hinges @ rotation.T
    made = _forearm(rotation, elbow, sleeve) + _palm(joints, rotation)
    for f, base in enumerate((THUMB_CMC, *FINGER_BASES)):
        made += _finger(f, joints[base : base + 4], hinges[f])
    return made


def _forearm(rotation: Array, elbow: Array, sleeve: float | None) -> list[Capsule]:
    """A flat bundle that widens towards the elbow, partly in a sleeve."""
    across = rotation[:, 0] - (rotation[:, 0] @ elbow) * elbow
    across = across / max(1e-6, float(np.linalg.norm(across)))
    front = -rotation[:, 2]
    wrist = rotation @ np.array([0.0, 0.08, 0.02])
    made = []
    for side, radius in ((-0.12, 0.18), (0.0, 0.19), (0.12, 0.18)):
        start, end = wrist + side * across, wrist + 4.0 * elbow + 2.5 * side * across
        bare = 1.0 if sleeve is None else 0.1 + sleeve / 4.0
        inside = start + bare * (end - start)
        wide = radius + bare * (0.36 - radius)
        made.append(
            Capsule(ARM, start, inside, radius, wide, front, blend_layer=0.15, blend_behind=0.3)
        )
        if sleeve is not None and side:
            cuff = wrist + 0.5 * side * across + sleeve * elbow
            hem = end - 0.5 * side * across
            made.append(
                Capsule(SLEEVE, cuff, hem, 0.30, 0.48, front, blend_layer=0.2, blend_behind=0.02)
            )
    return made


def _palm(joints: Array, rotation: Array) -> list[Capsule]:
    """Metacarpals, the ball of the thumb, the heel of the hand, pads or tendons, and the webs."""
    front = -rotation[:, 2]

    def at(x: float, y: float, z: float) -> Array:
        spot: Array = rotation @ np.array([x, y, z])
        return spot

    made = []
    for f, x in enumerate((0.115, 0.04, -0.05, -0.135)):
        knuckle = joints[FINGER_BASES[f]]
        root, ball = at(x, -0.02, 0.01), 0.136 if f in (1, 2) else 0.126
        made.append(Capsule(PALM, root, knuckle, 0.185, ball, front, (0.1, 0.35), 0.14, 0.16))
        if front[2] < 0.1:  # pads under the fingers
            pad = knuckle + at(0.0, 0.10, -0.035)
            made.append(Capsule(PALM, pad, pad, 0.112, 0.112, front, (0.45, 0.45)))
        if front[2] > -0.3:  # tendons and knuckles
            ridge = root + 0.45 * (knuckle - root) + at(0.0, 0.0, 0.10)
            bump = knuckle + at(0.0, 0.02, 0.055)
            made.append(Capsule(PALM, ridge, bump, 0.045, 0.082, front, (0.1, 0.6), 0.07))
    base, ball = joints[THUMB_CMC], joints[THUMB_MCP]
    made += [
        Capsule(
            PALM,
            at(-0.17, -0.10, -0.06),
            at(-0.36, -0.58, -0.03),
            0.185,
            0.13,
            front,
            blend_layer=0.14,
        ),
        Capsule(
            PALM,
            at(0.12, -0.10, -0.06),
            0.2 * base + 0.8 * ball,
            0.19,
            0.145,
            front,
            blend_layer=0.16,
        ),
        Capsule(
            PALM, 0.5 * base + at(0.06, -0.15, -0.06), at(0.09, -0.5, -0.03), 0.17, 0.13, front
        ),
    ]
    root = at(0.115, -0.02, 0.0)
    for along, until, radius in ((0.35, 0.45, 0.13), (0.65, 0.62, 0.10), (0.88, 0.76, 0.075)):
        one, other = base + along * (ball - base), root + until * (joints[INDEX_BASE] - root)
        made.append(Capsule(PALM, one, other, radius, radius + 0.01, front, blend_layer=0.14))
    for f, g in pairwise(FINGER_BASES):
        one = joints[f] + 0.24 * (joints[f + 1] - joints[f])
        other = joints[g] + 0.24 * (joints[g + 1] - joints[g])
        gap = float(np.linalg.norm(one - other))
        radius = 0.075 * min(1.0, (0.42 - gap) / 0.12)
        if radius > 0.01:
            made.append(Capsule(PALM, one, other, radius, radius, front, (0.4, 0.4), 0.08))
    return made


def _finger(f: int, chain: Array, hinge: Array) -> list[Capsule]:
    """The bones of one finger, thumb first, along its four joints."""
    radii = _THUMB_RADII if f == 0 else _FINGER_RADII[f - 1]
    layer = THUMB + f
    made = []
    for k in range(3):
        a, b = chain[k], chain[k + 1]
        d = (b - a) / max(1e-6, float(np.linalg.norm(b - a)))
        palmar = cross(hinge, d)
        redness = ((0.25, 0.45), (0.35, 0.4), (0.35, 0.9))[k]
        if k == 0 and f > 0:
            # Webs cover half of a finger's first bone; only beyond them does it have an edge.
            middle, waist = a + 0.45 * (b - a), 0.485 * (radii[0] + radii[1])
            made.append(Capsule(layer, a, middle, radii[0], waist, palmar, redness, 0.06, 0.10))
            made.append(Capsule(layer, middle, b, waist, radii[1], palmar, redness, 0.06, 0.03))
            continue
        blend_behind = (0.2, 0.06 if f == 0 else 0.012, 0.012)[k]
        if f == 0 and k == 0:  # its root is inside the palm
            a = a + 0.3 * (b - a)
        if k == 2:  # the landmark lies a little inside the end of the finger
            b = b - 0.03 * d
        made.append(
            Capsule(layer, a, b, radii[k], radii[k + 1], palmar, redness, 0.05, blend_behind)
        )
        if k == 2:
            pad = a + 0.62 * (b - a) + 0.014 * palmar
            r = 0.51 * (radii[2] + radii[3])
            made.append(
                Capsule(layer, pad, pad + 0.02 * d, r, r, palmar, (0.6, 0.8), 0.05, blend_behind)
            )
    return made
