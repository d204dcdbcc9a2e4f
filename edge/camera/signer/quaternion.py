"""Rotations as unit quaternions (w, x, y, z)."""

from __future__ import annotations

import numpy as np

from edge.camera.signer.skeleton import Array


def from_euler(pitch: float, yaw: float, roll: float) -> Array:
    """The rotation about x, then y, then z, in degrees."""
    half = np.radians([pitch, yaw, roll]) / 2
    (cx, cy, cz), (sx, sy, sz) = np.cos(half), np.sin(half)
    x, y, z = np.array([cx, sx, 0, 0]), np.array([cy, 0, sy, 0]), np.array([cz, 0, 0, sz])
    return compose(compose(x, y), z)


def compose(first: Array, then: Array) -> Array:
    """The rotation ``first``, followed by the rotation ``then`` (Hamilton product then * first)."""
    w, v = then[0], then[1:]
    u, s = first[0], first[1:]
    return np.concatenate([[w * u - v @ s], w * s + u * v + np.cross(v, s)])


def slerp(a: Array, b: Array, share: float) -> Array:
    """Spherical interpolation: the rotation at ``share`` 0-1 of the shortest path from a to b."""
    cosine = float(a @ b)
    if cosine < 0:
        b, cosine = -b, -cosine
    angle = float(np.arccos(min(1.0, cosine)))
    if angle < 1e-4:
        return a
    mixed: Array = np.sin((1 - share) * angle) * a + np.sin(share * angle) * b
    return mixed / np.linalg.norm(mixed)


def to_matrix(q: Array) -> Array:
    """The rotation matrix [3, 3] of a unit quaternion."""
    w, x, y, z = q
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )
