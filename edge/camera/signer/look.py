"""How one signer looks: skin, size, place, light, background and camera, drawn from a seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.camera.signer.skeleton import Array

# Palm and back of the hand from light to dark, sRGB; palms vary less than backs.
_PALMS = np.array(
    [
        [238, 190, 168],
        [232, 178, 150],
        [224, 166, 134],
        [208, 150, 118],
        [192, 136, 108],
        [172, 122, 98],
    ]
)
_BACKS = np.array(
    [[234, 186, 160], [224, 168, 136], [206, 146, 110], [176, 118, 84], [134, 88, 62], [92, 62, 46]]
)


@dataclass(frozen=True, slots=True)
class Look:
    """One signer before one camera.

    Attributes:
        palm, back: skin of the palm and the back of the hand, linear RGB 0-1.
        light: unit vector towards the key light; ``key``, ``fill``: linear RGB of key and ambient.
        scale: pixels of a palm length, as a share of the picture's height.
        place: where the wrist rests, as shares of width and height.
        elbow: unit direction in which the forearm rests.
        tilt: degrees (pitch, yaw, roll) by which this signer holds every letter.
        stout: thickness of the flesh. lens: blur of the lens, pixels at 480 lines.
        sleeve: linear RGB of a sleeve, or None for a bare arm.
        noise: standard deviation of the sensor noise, 0-255.
    """

    seed: int
    palm: Array
    back: Array
    light: Array
    key: Array
    fill: Array
    scale: float
    place: tuple[float, float]
    elbow: Array
    tilt: Array
    stout: float
    lens: float
    sleeve: Array | None
    noise: float

    @staticmethod
    def of(seed: int) -> Look:
        """The look of ``seed``; the same for the same number."""
        rng = np.random.default_rng([seed, 1])
        tone = rng.uniform(0.0, len(_PALMS) - 1.001)
        flush = 1.0 + rng.uniform(-0.03, 0.03, 3)
        warmth = rng.uniform(-0.12, 0.12)
        tint = np.array([1.0 + warmth, 1.0, 1.0 - warmth])
        bright = rng.uniform(0.85, 1.15)
        share = rng.uniform(0.48, 0.68)
        light = np.array([rng.uniform(-0.65, 0.65), rng.uniform(-0.8, -0.3), -0.75])
        elbow = np.array([rng.uniform(-0.45, -0.05), 1.0, rng.uniform(0.0, 0.35)])
        return Look(
            seed=seed,
            palm=_linear(_between(_PALMS, tone) * flush),
            back=_linear(_between(_BACKS, tone) * flush),
            light=light / np.linalg.norm(light),
            key=1.25 * bright * share * tint,
            fill=bright * (1.0 - share) * (1.0 - 0.4 * (tint - 1.0)),
            scale=rng.uniform(0.165, 0.225),
            place=(rng.uniform(0.34, 0.52), rng.uniform(0.64, 0.72)),
            elbow=elbow / np.linalg.norm(elbow),
            tilt=rng.normal(0.0, (3.0, 4.0, 3.0)),
            stout=rng.uniform(0.92, 1.06),
            lens=rng.uniform(0.6, 1.0),
            sleeve=_linear(rng.uniform(25, 200, 3)) if rng.random() < 0.5 else None,
            noise=rng.uniform(1.5, 4.5),
        )


def background(look: Look, size: tuple[int, int]) -> NDArray[np.float32]:
    """A room out of focus, sometimes with the signer's body: linear RGB [h, w, 3]."""
    import cv2

    rng = np.random.default_rng([look.seed, 2])
    small = (80, 60)
    wall = rng.uniform(70, 205) * (1.0 + rng.uniform(-0.10, 0.10, 3))
    room = np.ones((small[1], small[0], 3), np.float32) * wall.astype(np.float32)
    ramp = np.linspace(-1, 1, small[0])[None, :, None] * rng.uniform(-14, 14)
    room += (ramp + np.linspace(-1, 1, small[1])[:, None, None] * rng.uniform(-14, 14)).astype(
        np.float32
    )
    for _ in range(int(rng.integers(0, 7))):  # shelves, pictures, a window
        x, y = rng.integers(-10, 70), rng.integers(-10, 45)
        w, h = rng.integers(8, 34), rng.integers(8, 34)
        colour = np.clip(wall + rng.normal(0, 34) + rng.normal(0, 14, 3), 15, 235)
        cv2.rectangle(room, (int(x), int(y)), (int(x + w), int(y + h)), colour.tolist(), -1)
    room = cv2.GaussianBlur(room, (0, 0), rng.uniform(1.0, 3.0))
    if rng.random() < 0.6:
        body = np.zeros(room.shape[:2], np.float32)
        centre = int(rng.uniform(46, 62))
        cv2.ellipse(body, (centre, 66), (24, 30), 0, 0, 360, 1.0, -1)
        cv2.rectangle(body, (centre - 4, 22), (centre + 4, 40), 1.0, -1)
        body = cv2.GaussianBlur(body, (0, 0), 1.6)[..., None]
        cloth = rng.uniform(25, 200, 3) if look.sleeve is None else 255 * np.sqrt(look.sleeve)
        room = room * (1 - body) + body * cloth.astype(np.float32) * 0.8
    room = cv2.resize(np.clip(room, 5, 245), size, interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.square(np.clip(room, 0, 255) / np.float32(255)), np.float32)


def _linear(srgb: Array) -> Array:
    """Light from a picture's values, by the gamma of 2 that `render` undoes with a root."""
    return np.asarray((np.clip(srgb, 0, 255) / 255.0) ** 2)


def _between(table: NDArray[np.int64], at: float) -> Array:
    k = int(at)
    mixed: Array = table[k] + (at - k) * (table[k + 1] - table[k])
    return mixed
