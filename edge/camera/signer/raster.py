"""From capsules to a depth map with normals: round cones, blended into each other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.camera.signer.capsules import Capsule
from edge.camera.signer.skeleton import Array

Planes = NDArray[np.float32]
Box = tuple[int, int, int, int]  # left, top, right, bottom
NO_DEPTH = 1e4
_MARGIN = 6  # pixels around the hand, for the blur of the lens


@dataclass(frozen=True, slots=True)
class Surface:
    """What the camera sees of a hand inside one box of the picture.

    Attributes:
        left, top: the box's corner in the picture, pixels.
        planes: float32 [6, h, w]: depth in pixels (about `NO_DEPTH` if there is no hand),
            normal x and y, how far the palm side faces the camera (-1..1), redness (0..1), and the
            distance over which the surface blends into the layers behind it, pixels.
        layer: int8 [h, w], the layer of `edge.camera.signer.capsules` in front, -1 for none.
    """

    left: int
    top: int
    planes: Planes
    layer: NDArray[np.int8]

    @property
    def depth(self) -> Planes:
        depth: Planes = self.planes[0]
        return depth


def surface(
    capsules: list[Capsule], origin: tuple[float, float], palm: float, size: tuple[int, int]
) -> Surface | None:
    """The surface of ``capsules`` with the wrist at ``origin`` pixels and ``palm`` pixels to a palm
    length, inside a picture of ``size`` (width, height); None if it lies outside."""
    layers: dict[int, list[Capsule]] = {}
    for capsule in capsules:
        layers.setdefault(capsule.layer, []).append(capsule)
    boxes = {n: _box(members, origin, palm, size) for n, members in layers.items()}
    seen = np.array([box for box in boxes.values() if box is not None])
    if not len(seen):
        return None
    x0, y0 = seen[:, :2].min(0).tolist()
    x1, y1 = seen[:, 2:].max(0).tolist()
    planes = np.zeros((6, y1 - y0, x1 - x0), np.float32)
    planes[0] = NO_DEPTH
    layer = np.full(planes.shape[1:], -1, np.int8)
    for number, box in boxes.items():
        if box is None:
            continue
        left, top, right, bottom = box
        own = np.zeros((6, bottom - top, right - left), np.float32)
        own[0] = NO_DEPTH
        shift = np.array([origin[0] - left, origin[1] - top, 0.0])
        for capsule in layers[number]:
            _stamp(capsule, own, shift, palm)
        region = (slice(top - y0, bottom - y0), slice(left - x0, right - x0))
        covered = own[0] < 0.5 * NO_DEPTH
        share = _blend(planes[:, region[0], region[1]], own, np.maximum(own[5], 1.0))
        layer[region][covered & (share >= 0.5)] = number
    return Surface(x0, y0, planes, layer)


def _blend(old: Planes, new: Planes, reach: Planes | float) -> Planes:
    """Blend ``new`` over ``old`` in place; returns the share 0-1 of new in each pixel.

    ``new`` is overwritten.

    Depth by the polynomial smooth minimum (Quilez), with the same share for all other planes:
    its gradient is mixed in the same way.
    """
    share: Planes = (old[0] - new[0]) * (0.5 / reach) + np.float32(0.5)
    np.maximum(share, 0.0, out=share)
    np.minimum(share, 1.0, out=share)
    new -= old
    new *= share
    old += new
    old[0] -= reach * share * (1.0 - share)
    return share


def _stamp(capsule: Capsule, planes: Planes, shift: Array, palm: float) -> None:
    """Blend one capsule into the planes of its layer."""
    a, b = capsule.a * palm + shift, capsule.b * palm + shift
    ra, rb = capsule.ra * palm, capsule.rb * palm
    height, width = planes.shape[1:]
    x0 = max(0, int(min(a[0] - ra, b[0] - rb)))
    x1 = min(width, int(max(a[0] + ra, b[0] + rb)) + 2)
    y0 = max(0, int(min(a[1] - ra, b[1] - rb)))
    y1 = min(height, int(max(a[1] + ra, b[1] + rb)) + 2)
    if x1 <= x0 or y1 <= y0:
        return
    dx, dy, dz = (b - a).tolist()
    if np.hypot(dx, dy) < 1e-3:  # seen end on: a sphere has no direction
        dx = 1e-3
    flat = float(np.hypot(dx, dy))
    ux, uy = np.float32(dx / flat), np.float32(dy / flat)
    tilt = np.float32(dz / float(np.hypot(flat, dz)))
    near, taper = np.float32(ra), np.float32(rb - ra)
    long = np.float32(flat)
    x = np.arange(x0, x1, dtype=np.float32)[None] + np.float32(0.5 - a[0])
    y = np.arange(y0, y1, dtype=np.float32)[:, None] + np.float32(0.5 - a[1])
    along = x * ux + y * uy
    aside = y * ux - x * uy
    aside2 = aside * aside
    # A ray meets a swept sphere where depth a + t d - sqrt(r^2 - ...) is smallest; for a slight
    # taper the radius at a first guess of t is good enough.
    radius = np.minimum(np.maximum(along, 0.0), long)
    radius *= taper / long
    radius += near
    radius *= radius
    radius -= aside2
    lean = np.sqrt(np.maximum(radius, 0.0, out=radius), out=radius)
    lean *= tilt
    t = np.subtract(along, lean, out=lean)
    t *= 1 / long
    np.minimum(np.maximum(t, 0.0, out=t), 1.0, out=t)
    radius = taper * t + near
    along -= t * long
    rise = radius * radius
    rise -= aside2
    rise -= along * along
    miss = rise <= 0.0
    np.sqrt(np.maximum(rise, 0.0, out=rise), out=rise)
    new = np.empty((6, y1 - y0, x1 - x0), np.float32)
    np.multiply(t, np.float32(dz), out=new[0])
    new[0] += np.float32(a[2])
    new[0] -= rise
    new[0][miss] = NO_DEPTH
    inverse = 1.0 / radius
    along *= inverse
    aside *= inverse
    rise *= inverse
    new[1] = along * ux - aside * uy
    new[2] = along * uy + aside * ux
    px, py, pz = (np.float32(v) for v in capsule.palmar)
    new[3] = new[1] * px + new[2] * py - rise * pz
    start, end = capsule.redness
    new[4] = np.float32(start) + np.float32(end - start) * t
    new[5] = np.float32(capsule.blend_behind * palm)
    _blend(planes[:, y0:y1, x0:x1], new, float(capsule.blend_layer * palm))


def _box(
    capsules: list[Capsule], origin: tuple[float, float], palm: float, size: tuple[int, int]
) -> Box | None:
    """The pixels that ``capsules`` can cover, with a margin; None if too few to draw."""
    ends = np.array([end for each in capsules for end in (each.a, each.b)])[:, :2]
    radii = np.array([radius for each in capsules for radius in (each.ra, each.rb)])[:, None]
    low = (ends - radii).min(0) * palm + origin - _MARGIN
    high = (ends + radii).max(0) * palm + origin + _MARGIN
    x0, y0 = (max(0, int(v)) for v in low)
    x1, y1 = (min(n, int(v)) for v, n in zip(high, size, strict=True))
    return (x0, y0, x1, y1) if x1 - x0 > 3 and y1 - y0 > 3 else None
