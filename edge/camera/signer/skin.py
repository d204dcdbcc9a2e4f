"""Light on a hand: shading, shadows between fingers, colour, creases and nails."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edge.camera.signer.flesh import ARM
from edge.camera.signer.look import Look
from edge.camera.signer.marks import Marks
from edge.camera.signer.raster import NOTHING, Surface

Picture = NDArray[np.float32]

_WRAP = (0.36, 0.22, 0.16)  # how far light creeps round an edge: red goes furthest through skin


def shade(seen: Surface, look: Look, palm: float, grain: Picture, marks: Marks) -> Picture:
    """Linear RGB [h, w, 3] of the surface, meaningful only where there is a hand.

    ``palm`` is pixels per palm length; ``grain`` [h, w] is skin texture around 0.
    """
    depth, nx, ny, facing, warm = seen.planes
    nz = -np.sqrt(np.maximum(1.0 - nx * nx - ny * ny, 0.0))
    lx, ly, lz = (np.float32(v) for v in look.light)
    lit = nx * lx + ny * ly + nz * lz
    hollow, shadow = _occlusion(depth, look, palm)
    key = shadow * np.float32(1.0)
    sky = (0.78 - 0.22 * ny) * hollow
    inner = np.clip(facing * 1.6 + 0.5, 0.0, 1.0)
    blood = warm * (0.4 + 0.6 * inner)
    dents, nails = marks.draw(seen)
    tone = (1.0 + grain) * (1.0 - dents)
    half = np.array([lx, ly, lz - 1.0]) / np.linalg.norm([lx, ly, lz - 1.0])
    shine = np.maximum(nx * half[0] + ny * half[1] + nz * half[2], 0.0)
    shine = shine * shine
    shine = shine * shine
    shine = shine * shine
    shine = shine * shine * (0.05 + 0.10 * nails) * shadow
    out = np.empty((*depth.shape, 3), np.float32)
    for c in range(3):
        back, front = np.float32(look.back[c]), np.float32(look.palm[c])
        skin = back + (front - back) * inner
        skin *= 1.0 - blood * (0.0, 0.20, 0.17)[c]
        skin += nails * (0.10, 0.03, 0.04)[c]
        skin *= tone
        if look.sleeve is not None:
            skin = np.where(seen.layer == ARM, np.float32(look.sleeve[c]), skin)
        wrap = np.float32(_WRAP[c])
        light = np.maximum(lit + wrap, 0.0) * (np.float32(look.key[c]) / (1 + wrap)) * key
        light += sky * np.float32(look.fill[c])
        out[..., c] = skin * light + shine * np.float32(look.key[c])
    return out


def _occlusion(depth: Picture, look: Look, palm: float) -> tuple[Picture, Picture]:
    """(ambient, key) light that reaches each pixel, 0-1, from the depth map at half size."""
    import cv2

    height, width = depth.shape
    small = cv2.resize(depth, (width // 2, height // 2), interpolation=cv2.INTER_NEAREST)
    hand = small < 0.5 * NOTHING
    deepest = float(small[hand].max()) if hand.any() else 0.0
    small = np.where(hand, small, np.float32(deepest))
    unit = palm / 2
    near = small - cv2.GaussianBlur(small, (0, 0), 0.035 * unit + 0.3)
    wide = small - cv2.GaussianBlur(small, (0, 0), 0.11 * unit + 0.3)
    ambient = 1.0 - np.clip(near / (0.11 * palm), 0.0, 0.55) - np.clip(wide / (0.34 * palm), 0, 0.4)
    lx, ly, lz = look.light
    blocked = np.zeros_like(small)
    rows, columns = small.shape
    for step in (0.07, 0.15, 0.26, 0.40):
        move = np.array([[1, 0, lx * step * unit], [0, 1, ly * step * unit]], np.float32)
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        there = cv2.warpAffine(
            small, move, (columns, rows), flags=flags, borderMode=cv2.BORDER_REPLICATE
        )
        above = (
            small + np.float32(lz * step * palm) - there
        )  # how far the ray is below what it meets
        hit = np.clip((above - 0.02 * palm) / (0.05 * palm), 0.0, 1.0)
        hit *= above < 0.75 * palm
        np.maximum(blocked, hit, out=blocked)
    blocked = cv2.GaussianBlur(blocked, (0, 0), 0.025 * unit + 0.4)
    full = (width, height)
    return (
        cv2.resize(np.maximum(ambient, 0.12), full, interpolation=cv2.INTER_LINEAR),
        cv2.resize(1.0 - 0.6 * blocked, full, interpolation=cv2.INTER_LINEAR),
    )
