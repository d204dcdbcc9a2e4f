"""What one signer looks like: skin, size, place, light, background and camera, from a seed."""

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
    [
        [234, 186, 160],
        [224, 168, 136],
        [206, 146, 110],
        [176, 118, 84],
        [138, 92, 66],
        [106, 73, 54],
    ]
)


@dataclass(frozen=True, slots=True)
class Appearance:
    """One signer in front of one camera.

    Attributes:
        palm, back: skin of the palm and the back of the hand, linear RGB 0-1.
        light: unit vector towards the key light.
        key, fill: linear RGB of the key light and of the ambient light.
        scale: pixels of a palm length, as a share of the picture's height.
        place: where the wrist rests, as shares of width and height.
        elbow: unit direction in which the forearm rests.
        tilt: degrees (pitch, yaw, roll) by which this signer holds every letter.
        lens: blur of the lens, pixels at 480 lines.
        sleeve: linear RGB of a sleeve, or None for a bare arm.
        cuff: palm lengths from the wrist to the sleeve, or None.
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
    lens: float
    sleeve: Array | None
    cuff: float | None
    noise: float

    @staticmethod
    def from_seed(seed: int) -> Appearance:
        """The appearance that belongs to ``seed``, always the same."""
        rng = np.random.default_rng([seed, 1])
        tone = rng.uniform(0.0, len(_PALMS) - 1.001)
        flush = 1.0 + rng.uniform(-0.03, 0.03, 3)
        warmth = rng.uniform(-0.12, 0.12)
        tint = np.array([1.0 + warmth, 1.0, 1.0 - warmth])
        bright = rng.uniform(0.85, 1.15)
        share = rng.uniform(0.48, 0.68)
        light = np.array([rng.uniform(-0.65, 0.65), rng.uniform(-0.8, -0.3), -0.75])
        elbow = np.array([rng.uniform(-0.45, -0.05), 1.0, rng.uniform(0.0, 0.35)])
        sleeved = rng.random() < 0.6
        return Appearance(
            seed=seed,
            palm=_linear(_between(_PALMS, tone) * flush),
            back=_linear(_between(_BACKS, tone) * flush),
            light=light / np.linalg.norm(light),
            key=1.35 * bright * share * tint,
            fill=bright * (1.0 - share) * (1.0 - 0.4 * (tint - 1.0)),
            scale=rng.uniform(0.165, 0.225),
            place=(rng.uniform(0.34, 0.52), rng.uniform(0.64, 0.72)),
            elbow=elbow / np.linalg.norm(elbow),
            tilt=rng.normal(0.0, (3.0, 4.0, 3.0)),
            lens=rng.uniform(0.6, 1.0),
            sleeve=_linear(_cloth(rng)) if sleeved else None,
            cuff=rng.uniform(0.25, 1.1) if sleeved else None,
            noise=rng.uniform(1.5, 4.5),
        )


def background(appearance: Appearance, size: tuple[int, int]) -> NDArray[np.uint8]:
    """An out-of-focus room, sometimes with the signer in it: RGB uint8 [h, w, 3]."""
    import cv2

    rng = np.random.default_rng([appearance.seed, 2])
    small = (80, 60)
    wall = rng.uniform(70, 205) * (1.0 + rng.uniform(-0.10, 0.10, 3))
    room: Array = np.ones((small[1], small[0], 3)) * wall
    ramp = np.linspace(-1, 1, small[0])[None, :, None] * rng.uniform(-14, 14)
    room += ramp + np.linspace(-1, 1, small[1])[:, None, None] * rng.uniform(-14, 14)
    for _ in range(int(rng.integers(0, 7))):  # shelves, pictures, a window
        x, y = rng.integers(-10, 70), rng.integers(-10, 45)
        w, h = rng.integers(8, 34), rng.integers(8, 34)
        colour = np.clip(wall + rng.normal(0, 34) + rng.normal(0, 14, 3), 15, 235)
        cv2.rectangle(room, (int(x), int(y)), (int(x + w), int(y + h)), colour.tolist(), -1)
    room = np.asarray(cv2.GaussianBlur(room, (0, 0), rng.uniform(1.0, 3.0)))
    if rng.random() < 0.6:
        room = _signer(room, rng, appearance)
    wide = cv2.resize(room, size, interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip(wide, 5, 245), np.uint8)


def _signer(room: Array, rng: np.random.Generator, appearance: Appearance) -> Array:
    """``room`` [60, 80, 3] with the signer's head and shoulders in it, out of focus."""
    import cv2

    cloth = _cloth(rng) if appearance.sleeve is None else 255 * np.sqrt(appearance.sleeve)
    face = 0.9 * 255 * np.sqrt(0.5 * (appearance.palm + appearance.back))
    hair = rng.uniform(15, 70) * np.array([1.1, 1.0, 0.9])
    x, y = int(rng.uniform(48, 60)), int(rng.uniform(16, 21))
    body = room.copy()
    cv2.ellipse(body, (x, 62), (25, 24), 0, 0, 360, (0.8 * cloth).tolist(), -1)
    cv2.rectangle(body, (x - 4, y), (x + 4, 41), (0.8 * face).tolist(), -1)
    cv2.ellipse(body, (x, y - 2), (9, 12), 0, 0, 360, hair.tolist(), -1)
    cv2.ellipse(body, (x, y + 1), (7, 10), 0, 0, 360, face.tolist(), -1)
    return np.asarray(cv2.GaussianBlur(body, (0, 0), rng.uniform(1.8, 2.6)))


def _cloth(rng: np.random.Generator) -> Array:
    return np.asarray(np.clip(rng.uniform(25, 190) + rng.normal(0, 22, 3), 10, 215))


def _linear(srgb: Array) -> Array:
    """Linear light of sRGB values, by a gamma of 2, which `shading.shade` reverts with a root."""
    return np.asarray((np.clip(srgb, 0, 255) / 255.0) ** 2)


def _between(table: NDArray[np.int64], at: float) -> Array:
    k = int(at)
    mixed: Array = table[k] + (at - k) * (table[k + 1] - table[k])
    return mixed
