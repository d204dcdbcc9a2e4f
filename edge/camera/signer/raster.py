"""From capsules to a depth map with normals: exact round cones, blended where flesh melts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.camera.signer.flesh import Part

Plane = NDArray[np.float32]
NOTHING = 1e4


@dataclass(slots=True)
class Surface:
    """What the camera sees of a hand inside one box of the picture.

    Attributes:
        left, top: the box's corner in the picture, pixels.
        planes: float32 [5, h, w]: depth in pixels (`NOTHING` where there is no hand), normal x
            and y, how far the palm side faces the camera (-1..1), warmth (0..1).
        layer: int8 [h, w], the layer of `edge.camera.signer.flesh` in front, -1 for none.
    """

    left: int
    top: int
    planes: Plane
    layer: NDArray[np.int8]

    @property
    def depth(self) -> Plane:
        return self.planes[0]


def surface(
    parts: list[Part], origin: tuple[float, float], palm: float, size: tuple[int, int]
) -> Surface | None:
    """The surface of ``parts`` with the wrist at ``origin`` pixels and ``palm`` pixels to a palm
    length, inside a picture of ``size`` (width, height); None when it lies outside."""
    box = _box(parts, origin, palm, size)
    if box is None:
        return None
    x0, y0, x1, y1 = box
    planes = np.zeros((5, y1 - y0, x1 - x0), np.float32)
    planes[0] = NOTHING
    layer = np.full(planes.shape[1:], -1, np.int8)
    own = np.empty_like(planes)
    own_far = np.empty(planes.shape[1:], np.float32)
    shift = np.array([origin[0] - x0, origin[1] - y0, 0.0])
    for number in sorted({part.layer for part in parts}):
        members = [part for part in parts if part.layer == number]
        inside = _box(members, (float(shift[0]), float(shift[1])), palm, (x1 - x0, y1 - y0))
        if inside is None:
            continue
        left, top, right, bottom = inside
        mine, far = own[:, top:bottom, left:right], own_far[top:bottom, left:right]
        mine[:] = 0.0
        mine[0] = NOTHING
        far[:] = 1.0
        for part in members:
            _stamp(part, mine, far, shift - (left, top, 0.0), palm)
        behind = planes[:, top:bottom, left:right]
        share = _share(behind[0], mine[0], far)
        front = share > 0.5
        _melt(behind, mine, share, far)
        layer[top:bottom, left:right][front] = number
    return Surface(x0, y0, planes, layer)


def _share(old: Plane, new: Plane, reach: Plane | float) -> Plane:
    """How much of the new surface shows: the polynomial smooth minimum's mixing weight."""
    share: Plane = np.clip(0.5 + 0.5 * (old - new) / reach, 0.0, 1.0)
    return share


def _melt(old: Plane, new: Plane, share: Plane, reach: Plane | float) -> None:
    """Put ``new`` planes over ``old`` in place: depth by smooth minimum, the rest mixed."""
    old += share * (new - old)
    old[0] -= reach * share * (1.0 - share)


def _stamp(part: Part, planes: Plane, far: Plane, shift: NDArray[np.float64], palm: float) -> None:
    """Melt one capsule into the planes of its layer."""
    a, b = part.a * palm + shift, part.b * palm + shift
    ra, rb = part.ra * palm, part.rb * palm
    height, width = far.shape
    x0 = max(0, int(min(a[0] - ra, b[0] - rb)))
    x1 = min(width, int(max(a[0] + ra, b[0] + rb)) + 2)
    y0 = max(0, int(min(a[1] - ra, b[1] - rb)))
    y1 = min(height, int(max(a[1] + ra, b[1] + rb)) + 2)
    if x1 <= x0 or y1 <= y0:
        return
    dx, dy, dz = (b - a).tolist()
    flat = max(float(np.hypot(dx, dy)), 1e-3)
    ux, uy = dx / flat, dy / flat
    tilt = dz / float(np.hypot(flat, dz))
    x = np.arange(x0, x1, dtype=np.float32)[None] + np.float32(0.5 - a[0])
    y = np.arange(y0, y1, dtype=np.float32)[:, None] + np.float32(0.5 - a[1])
    along = x * np.float32(ux) + y * np.float32(uy)
    aside = y * np.float32(ux) - x * np.float32(uy)
    aside2 = aside * aside
    # A ray meets a swept sphere where the depth a + t d - sqrt(r^2 - ...) is least; the radius of
    # the first guess is good enough for a gentle taper.
    radius = np.float32(ra) + np.float32((rb - ra) / flat) * np.clip(along, 0.0, flat)
    lean = np.sqrt(np.maximum(radius * radius - aside2, 0.0)) * np.float32(tilt)
    t = np.clip((along - lean) * np.float32(1.0 / flat), 0.0, 1.0)
    radius = np.float32(ra) + np.float32(rb - ra) * t
    off = along - t * np.float32(flat)
    height2 = radius * radius - aside2 - off * off
    hit = height2 > 0.0
    rise = np.sqrt(np.maximum(height2, 0.0))
    new = np.empty((5, y1 - y0, x1 - x0), np.float32)
    new[0] = np.where(hit, np.float32(a[2]) + np.float32(dz) * t - rise, np.float32(NOTHING))
    inverse = 1.0 / radius
    off *= inverse
    aside *= inverse
    new[1] = off * np.float32(ux) - aside * np.float32(uy)
    new[2] = off * np.float32(uy) + aside * np.float32(ux)
    p = part.palmar
    new[3] = new[1] * np.float32(p[0]) + new[2] * np.float32(p[1])
    new[3] -= rise * inverse * np.float32(p[2])
    new[4] = np.float32(part.warm[0]) + np.float32(part.warm[1] - part.warm[0]) * t
    old = planes[:, y0:y1, x0:x1]
    reach = np.float32(part.own * palm)
    share = _share(old[0], new[0], reach)
    share[~hit] = 0.0
    far_old = far[y0:y1, x0:x1]
    far_old += share * (np.float32(part.far * palm) - far_old)
    _melt(old, new, share, reach)


def _box(
    parts: list[Part], origin: tuple[float, float], palm: float, size: tuple[int, int]
) -> tuple[int, int, int, int] | None:
    """The pixels that ``parts`` can touch, with a margin for blur; None when there are none."""
    low = np.min([np.minimum(p.a - p.ra, p.b - p.rb)[:2] for p in parts], axis=0) * palm + origin
    high = np.max([np.maximum(p.a + p.ra, p.b + p.rb)[:2] for p in parts], axis=0) * palm + origin
    margin = 6
    x0, y0 = (max(0, int(v) - margin) for v in low)
    x1, y1 = (min(n, int(v) + margin + 1) for v, n in zip(high, size, strict=True))
    return (x0, y0, x1, y1) if x1 - x0 > 3 and y1 - y0 > 3 else None
