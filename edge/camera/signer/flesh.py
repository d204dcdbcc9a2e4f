"""What lies around the bones: tapered capsules of flesh in layers.

Parts of one layer melt into each other. Where a finger grows out of the palm it melts into the
palm; further out it only lies on what is behind it, so that its edge stays visible.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edge.camera.signer.skeleton import Array, Bones

ARM, PALM, THUMB, INDEX = 0, 1, 2, 3  # layers; the other fingers follow the index
LAYERS = 7

# Radii at knuckle, PIP, DIP and tip; the thumb's at CMC, MCP, IP and tip.
_FINGER_RADII = np.array(
    [
        [0.125, 0.108, 0.094, 0.074],
        [0.125, 0.112, 0.097, 0.077],
        [0.122, 0.105, 0.092, 0.073],
        [0.110, 0.092, 0.080, 0.064],
    ]
)
_THUMB_RADII = np.array([0.19, 0.135, 0.118, 0.088])


@dataclass(frozen=True, slots=True)
class Part:
    """A capsule from ``a`` to ``b`` with radii ``ra`` and ``rb``, in palm lengths.

    Attributes:
        palmar: unit direction in which its palm side looks.
        warm: how much blood shines through at a and at b, 0-1.
        own: how far it melts into its own layer; ``far``: into what lies behind.
    """

    layer: int
    a: Array
    b: Array
    ra: float
    rb: float
    palmar: Array
    warm: tuple[float, float]
    own: float
    far: float


def parts(bones: Bones, turn: Array, elbow: Array, stout: float = 1.0) -> list[Part]:
    """The flesh of a hand turned by matrix ``turn``, wrist at the origin, sorted by layer.

    ``elbow`` is the unit direction of the forearm in the picture's axes; ``stout`` scales every
    radius.
    """
    made: list[Part] = []
    joints = bones.joints @ turn.T
    hinges = bones.hinges @ turn.T
    front = turn @ np.array([0.0, 0.0, -1.0])

    def add(
        layer: int,
        a: Array,
        b: Array,
        ra: float,
        rb: float,
        palmar: Array = front,
        warm: tuple[float, float] = (0.2, 0.2),
        own: float = 0.12,
        far: float = 0.1,
    ) -> None:
        made.append(Part(layer, a, b, ra * stout, rb * stout, palmar, warm, own, far))

    def at(x: float, y: float, z: float) -> Array:
        spot: Array = turn @ np.array([x, y, z])
        return spot

    # Forearm: two bones side by side, the wider towards the elbow.
    across = turn[:, 0] - (turn[:, 0] @ elbow) * elbow
    across = across / max(1e-6, float(np.linalg.norm(across)))
    wrist = at(0.0, 0.10, 0.02)
    for side in (-0.115, 0.115):
        start = wrist + side * across
        end = start + 2.8 * elbow + 0.9 * side * across
        add(ARM, start, start + 1.0 * elbow + 0.2 * side * across, 0.185, 0.225, far=0.25, own=0.2)
        add(ARM, start + 1.0 * elbow + 0.2 * side * across, end, 0.225, 0.33, far=0.25, own=0.2)

    # Palm: four metacarpals, the ball of the thumb, the heel, the pads under the fingers.
    roots = ((0.115, -0.02), (0.04, 0.0), (-0.05, 0.0), (-0.135, -0.03))
    for f, (x, y) in enumerate(roots):
        knuckle = joints[5 + 4 * f]
        ball = 0.138 if f in (1, 2) else 0.128
        add(PALM, at(x, y, 0.01), knuckle, 0.185, ball, warm=(0.1, 0.35), own=0.18, far=0.2)
        pad = knuckle + turn @ np.array([0.0, 0.09, -0.035])
        add(PALM, pad, pad + turn @ np.array([0.0, 0.05, 0.0]), 0.112, 0.112, warm=(0.4, 0.4))
    add(PALM, at(-0.16, -0.10, -0.06), at(-0.34, -0.62, -0.035), 0.175, 0.125, own=0.2)
    base, ball = joints[1], joints[2]
    add(PALM, at(0.13, -0.10, -0.06), 0.2 * base + 0.8 * ball, 0.19, 0.15, own=0.2)
    add(PALM, 0.5 * base + at(0.06, -0.15, -0.05), at(0.08, -0.50, -0.03), 0.17, 0.14, own=0.2)
    for along, upto, radius in ((0.35, 0.45, 0.13), (0.65, 0.62, 0.10), (0.88, 0.76, 0.075)):
        one = base + along * (ball - base)
        other = at(0.115, -0.02, 0.0) + upto * (joints[5] - at(0.115, -0.02, 0.0))
        add(PALM, one, other, radius, radius + 0.01, own=0.14)
    for f in range(3):
        one = _along(joints, 5 + 4 * f, 0.24)
        other = _along(joints, 9 + 4 * f, 0.24)
        gap = float(np.linalg.norm(one - other))
        radius = 0.075 * float(np.clip((0.42 - gap) / 0.12, 0.0, 1.0))
        if radius > 0.01:
            add(PALM, one, other, radius, radius, warm=(0.4, 0.4), own=0.08)

    for f in range(5):
        chain = joints[[1, 2, 3, 4]] if f == 0 else joints[5 + 4 * f - 4 : 9 + 4 * f - 4]
        radii = _THUMB_RADII if f == 0 else _FINGER_RADII[f - 1]
        for k in range(3):
            a, b = chain[k], chain[k + 1]
            d = b - a
            d = d / max(1e-6, float(np.linalg.norm(d)))
            palmar = np.cross(hinges[f], d)
            far = (0.14, 0.012, 0.012)[k] if f else (0.2, 0.06, 0.012)[k]
            warm = ((0.25, 0.45), (0.35, 0.4), (0.35, 0.9))[k]
            if k == 2:  # the landmark lies a little inside the end of the finger
                b = b - 0.03 * d
            layer = THUMB + f
            if f and k == 0:
                # The free part of a finger starts half-way along its first bone.
                m = a + 0.45 * (b - a)
                waist = 0.5 * (radii[0] + radii[1]) * 0.97
                add(layer, a, m, radii[0], waist, palmar, warm, 0.06, 0.14)
                add(layer, m, b, waist, radii[1], palmar, warm, 0.06, 0.03)
            else:
                add(layer, a, b, radii[k], radii[k + 1], palmar, warm, 0.05, far)
                if k == 2:  # the pad of the tip
                    pad = a + 0.62 * (b - a) + 0.014 * palmar
                    r = 0.5 * (radii[2] + radii[3]) * 1.02
                    add(layer, pad, pad + 0.02 * d, r, r, palmar, (0.6, 0.8), 0.05, far)
    return made


def _along(joints: Array, knuckle: int, share: float) -> Array:
    spot: Array = joints[knuckle] + share * (joints[knuckle + 1] - joints[knuckle])
    return spot
