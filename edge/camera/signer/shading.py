"""The colour of each pixel of a hand: light, shadows between fingers, skin, creases, nails."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edge.camera.signer.appearance import Appearance
from edge.camera.signer.capsules import SLEEVE
from edge.camera.signer.creases import Creases
from edge.camera.signer.raster import NO_DEPTH, Surface

Floats = NDArray[np.float32]

_WRAP = (0.36, 0.22, 0.16)  # how far light wraps round an edge: red penetrates skin furthest
_BLOOD = (0.0, 0.20, 0.17)  # how much of red, green and blue blood absorbs
_NAIL = (0.12, 0.02, 0.03)  # how much paler a nail is than the palm
_SHINE = 0.05


def shade(
    seen: Surface,
    appearance: Appearance,
    palm: float,
    grain: Floats,
    creases: Creases,
    picture: NDArray[np.uint8],
) -> None:
    """Paint the surface into ``picture``, uint8 RGB [h, w, 3], the box of the picture it covers.

    ``palm`` is pixels per palm length; ``grain`` [h, w] is skin texture around 0.
    """
    where = np.flatnonzero(seen.layer.ravel() >= 0)

    def pixels(plane: NDArray[np.float32]) -> Floats:
        return plane.ravel()[where]

    nx, ny, facing, redness = (pixels(plane) for plane in seen.planes[1:5])
    nz = -np.sqrt(np.maximum(1.0 - nx * nx - ny * ny, 0.0))
    ambient, shadow = (pixels(plane) for plane in _occlusion(seen.depth, appearance, palm))
    dents, nails = (pixels(plane) for plane in creases.draw(seen))
    lx, ly, lz = (np.float32(v) for v in appearance.light)
    lit = nx * lx + ny * ly + nz * lz
    sky = (0.78 - 0.22 * ny) * ambient
    inner = np.minimum(np.maximum(facing * 1.8 + 0.25, 0.0), 1.0)
    blood = redness * (0.4 + 0.6 * inner)
    tone = (1.0 + pixels(grain)) * (1.0 - dents)
    gloss = _gloss(nx, ny, nz, appearance) * (_SHINE + 2 * _SHINE * nails) * shadow
    cloth = (
        np.flatnonzero(seen.layer.ravel()[where] == SLEEVE)
        if appearance.sleeve is not None
        else None
    )
    paint = np.empty((len(where), 3), np.float32)
    for c in range(3):
        back, front = np.float32(appearance.back[c]), np.float32(appearance.palm[c])
        skin = back + (front - back) * inner
        skin *= 1.0 - np.float32(_BLOOD[c]) * blood
        skin += nails * (front + np.float32(_NAIL[c]) - skin) * np.float32(0.7)
        skin *= tone
        if cloth is not None and appearance.sleeve is not None:
            skin[cloth] = appearance.sleeve[c]
        wrap, key = np.float32(_WRAP[c]), np.float32(appearance.key[c])
        light = np.maximum(lit + wrap, 0.0) * (key / (1 + wrap)) * shadow
        light += sky * np.float32(appearance.fill[c])
        paint[:, c] = skin * light + gloss * key
    np.sqrt(np.minimum(paint, 1.0, out=paint), out=paint)
    paint *= 255
    picture.reshape(-1, 3)[where] = paint


def _gloss(nx: Floats, ny: Floats, nz: Floats, appearance: Appearance) -> Floats:
    """The Blinn-Phong highlight with exponent 16."""
    half = appearance.light + np.array([0.0, 0.0, -1.0])
    hx, hy, hz = (np.float32(v) for v in half / np.linalg.norm(half))
    shine: Floats = np.maximum(nx * hx + ny * hy + nz * hz, 0.0)
    for _ in range(4):
        shine *= shine
    return shine


def _occlusion(depth: Floats, appearance: Appearance, palm: float) -> tuple[Floats, Floats]:
    """(ambient, key) light that reaches each pixel, 0-1, from the depth map at half size."""
    import cv2

    height, width = depth.shape
    small = cv2.resize(depth, (width // 2, height // 2), interpolation=cv2.INTER_NEAREST)
    hand = small < 0.5 * NO_DEPTH
    small[~hand] = small[hand].max(initial=-NO_DEPTH)
    unit = palm / 2
    near = small - cv2.GaussianBlur(small, (0, 0), 0.035 * unit + 0.3)
    wide = small - cv2.GaussianBlur(small, (0, 0), 0.11 * unit + 0.3)
    np.clip(near, 0.0, 0.06 * palm, out=near)
    np.clip(wide, 0.0, 0.136 * palm, out=wide)
    ambient = 1.0 - near * np.float32(1 / (0.11 * palm)) - wide * np.float32(1 / (0.34 * palm))
    lx, ly, lz = appearance.light
    blocked: Floats = np.zeros_like(small)
    rows, columns = small.shape
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    for step in (0.07, 0.15, 0.26, 0.40):  # palm lengths along the ray to the light
        move = np.array([[1, 0, lx * step * unit], [0, 1, ly * step * unit]], np.float32)
        met = cv2.warpAffine(
            small, move, (columns, rows), flags=flags, borderMode=cv2.BORDER_REPLICATE
        )
        below = np.asarray(small - met, np.float32)
        below += np.float32((lz * step - 0.02) * palm)
        below[below > 0.73 * palm] = 0.0  # it passes behind, not through
        np.maximum(blocked, below, out=blocked)
    blocked *= np.float32(1 / (0.05 * palm))
    np.minimum(blocked, 1.0, out=blocked)
    blocked = np.asarray(cv2.GaussianBlur(blocked, (0, 0), 0.025 * unit + 0.4), np.float32)
    # Grown by one pixel, so that the shadow reaches the edge of what casts it.
    full, grown = (width, height), np.ones((3, 3), np.uint8)
    ambient = np.asarray(cv2.erode(np.maximum(ambient, 0.12), grown))
    blocked = np.asarray(cv2.dilate(blocked, grown))
    light = cv2.resize(ambient, full, interpolation=cv2.INTER_LINEAR)
    key = cv2.resize(1.0 - 0.6 * blocked, full, interpolation=cv2.INTER_LINEAR)
    return np.asarray(light, np.float32), np.asarray(key, np.float32)
