"""A hand as a palm orientation and bones, so that two hands blend by rotation.

The palm frame is spanned by the finger bases; each bone is a direction in it and a length. Both
are exact: `points(decompose(p))` gives p back, wrist-centred.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Poses:
    """Many hands.

    Attributes:
        orientation: [..., 4] unit quaternion (w, x, y, z), palm frame to picture.
        bones: [..., 20, 3] unit directions in the palm frame, thumb to little finger, base to tip.
        lengths: [..., 20] in palm lengths.
    """

    orientation: Floats
    bones: Floats
    lengths: Floats

    def __len__(self) -> int:
        return len(self.orientation)

    def __getitem__(self, index: Any) -> Poses:
        return Poses(self.orientation[index], self.bones[index], self.lengths[index])


def join(parts: list[Poses]) -> Poses:
    return Poses(
        np.concatenate([p.orientation for p in parts]),
        np.concatenate([p.bones for p in parts]),
        np.concatenate([p.lengths for p in parts]),
    )


def unit(v: Floats) -> Floats:
    return v / np.maximum(np.sqrt(np.einsum("...i,...i->...", v, v)), 1e-6)[..., None]


def decompose(hands: Floats) -> Poses:
    """Poses of ``hands`` [..., 21, 3]; their wrist position is dropped."""
    hands = np.asarray(hands, dtype=np.float32)
    hands = hands - hands[..., :1, :]
    up = unit(hands[..., (5, 9, 13, 17), :].mean(-2))
    across = hands[..., 5, :] - hands[..., 17, :]
    across = unit(across - up * np.einsum("...i,...i->...", across, up)[..., None])
    frame = np.stack([across, up, np.cross(across, up)], axis=-1)
    fingers = hands[..., 1:, :].reshape(*hands.shape[:-2], 5, 4, 3)
    bones = np.diff(fingers, axis=-2, prepend=np.zeros_like(fingers[..., :1, :]))
    bones = bones.reshape(*hands.shape[:-2], 20, 3) @ frame
    lengths = np.linalg.norm(bones, axis=-1)
    return Poses(quaternion(frame), unit(bones).astype(np.float32), lengths.astype(np.float32))


def points(poses: Poses) -> Floats:
    """Landmarks [..., 21, 3] with the wrist at 0."""
    bones = poses.bones * poses.lengths[..., None]
    bones = bones @ np.swapaxes(matrix(poses.orientation), -1, -2)
    fingers = bones.reshape(*bones.shape[:-2], 5, 4, 3).cumsum(-2)
    hands = np.zeros((*bones.shape[:-2], 21, 3), dtype=np.float32)
    hands[..., 1:, :] = fingers.reshape(bones.shape)
    return hands


def blend(a: Poses, b: Poses, share: Floats) -> Poses:
    """Between ``a`` (share 0) and ``b`` (share 1), along the shorter way round."""
    orientation = between(a.orientation, b.orientation, share)
    share = share[..., None].astype(np.float32)
    bones = a.bones + (b.bones - a.bones) * share[..., None]
    return Poses(orientation, unit(bones), a.lengths + (b.lengths - a.lengths) * share)


def mean(quaternions: Floats) -> Floats:
    """The mean [4] of unit quaternions [N, 4], whatever their signs (Markley et al., 2007, eq. 12:
    the first eigenvector of the sum of their outer products)."""
    _, vectors = np.linalg.eigh(quaternions.T.astype(np.float64) @ quaternions)
    return vectors[:, -1].astype(np.float32)


def between(a: Floats, b: Floats, share: Floats) -> Floats:
    """Unit quaternions [..., 4] from ``a`` (share 0) towards ``b`` (share 1), the shorter way."""
    share = share[..., None].astype(np.float32)
    same = np.einsum("...i,...i->...", a, b)[..., None] >= 0
    return unit(a * (1 - share) + np.where(same, b, -b) * share)


def matrix(q: Floats) -> Floats:
    """Rotation matrices [..., 3, 3] of unit quaternions [..., 4]."""
    w, x, y, z = np.moveaxis(q, -1, 0)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.stack([np.stack(row, -1) for row in rows], -2).astype(np.float32)


def quaternion(m: Floats) -> Floats:
    """Unit quaternions [..., 4] of rotation matrices [..., 3, 3]."""
    d = m[..., 0, 0], m[..., 1, 1], m[..., 2, 2]
    size = np.stack(
        [1 + d[0] + d[1] + d[2], 1 + d[0] - d[1] - d[2], 1 - d[0] + d[1] - d[2],
         1 - d[0] - d[1] + d[2]], -1,
    )  # fmt: skip
    s = lambda i, j: m[..., i, j] + m[..., j, i]  # noqa: E731
    a = lambda i, j: m[..., i, j] - m[..., j, i]  # noqa: E731
    table = np.stack([
        np.stack([size[..., 0], a(2, 1), a(0, 2), a(1, 0)], -1),
        np.stack([a(2, 1), size[..., 1], s(0, 1), s(0, 2)], -1),
        np.stack([a(0, 2), s(0, 1), size[..., 2], s(1, 2)], -1),
        np.stack([a(1, 0), s(0, 2), s(1, 2), size[..., 3]], -1),
    ], -2)  # fmt: skip
    best = size.argmax(-1)[..., None, None]
    return unit(np.take_along_axis(table, best, -2)[..., 0, :]).astype(np.float32)


def rotated(first: Floats, then: Floats) -> Floats:
    """The quaternion of ``first`` followed by ``then`` (both [..., 4], in picture axes)."""
    aw, ax, ay, az = np.moveaxis(then, -1, 0)
    bw, bx, by, bz = np.moveaxis(first, -1, 0)
    return np.stack([
        aw * bw - ax * bx - ay * by - az * bz,
        aw * bx + ax * bw + ay * bz - az * by,
        aw * by - ax * bz + ay * bw + az * bx,
        aw * bz + ax * by - ay * bx + az * bw,
    ], -1).astype(np.float32)  # fmt: skip


def rotation(vector: Floats) -> Floats:
    """Unit quaternions [..., 4] of rotation vectors [..., 3] in radians."""
    vector = np.asarray(vector, dtype=np.float32)
    angle = np.sqrt(np.einsum("...i,...i->...", vector, vector))[..., None]
    half = np.sinc(angle / (2 * np.pi)) * 0.5
    return np.concatenate([np.cos(angle / 2), vector * half], -1).astype(np.float32)
