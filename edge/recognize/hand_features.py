"""The features ``hand-1``: the one way from a hand's landmarks to features, live and in training.

Only this file knows that one hand is read, that it has 21 points, and that 63 numbers come of it.

The canonical hand is the signer's right hand in a picture that is not mirrored; a left hand is
mirrored into one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edge.hand import FINGER_BASES, FINGERTIPS, HAND_POINTS
from edge.landmarks.hand import Landmarks
from edge.recognize.contracts import Floats, Observation

FEATURES = "hand-1"
RATE = 30.0
"""Ticks per second."""
WIDTH = 3 * (HAND_POINTS - 1) + 3
"""20 joints x 3 relative to the wrist, wrist velocity x and y, presence."""
SHAPE = (HAND_POINTS, 3)
"""Of a hand: MediaPipe's landmarks, x, y, z."""

_MAX_DISTANCE = 2.5
"""Nothing lies further than this from the wrist, in palm lengths; also bounds the int8 scale."""
_VELOCITY_UNIT = 0.2
"""Features per palm length a second."""
_MIN_PALM = 1e-6
"""Pixels; keeps a broken hand finite."""


class HandFeatures:
    """An `edge.recognize.contracts.FeatureExtractor`."""

    name = FEATURES
    width = WIDTH
    rate = RATE
    shape: tuple[int, ...] = SHAPE

    def observe(self, landmarks: Landmarks, track: int) -> Observation | None:
        """The hand of that track, else the best, as `canonical`."""
        if not landmarks.hands:
            return None
        hand = next((h for h in landmarks.hands if h.track == track), landmarks.hands[0])
        right = hand.right >= 0.5
        points = canonical(hand.points, landmarks.size, np.array(right))
        return Observation(points, hand.track, mirrored=not right)

    def encode(self, points: Floats, present: NDArray[np.bool_]) -> Floats:
        """As `encode`, the function."""
        return encode(points, present)

    def moved(self, before: Floats, now: Floats) -> Floats:
        """As `moved`, the function."""
        return moved(before, now)

    def changed(self, before: Floats, now: Floats) -> Floats:
        """As `changed`, the function."""
        return changed(before, now)

    def shifted(self, before: Floats, now: Floats) -> Floats:
        """As `shifted`, the function."""
        return shifted(before, now)


def canonical(points: Floats, size: tuple[int, int], right: NDArray[np.bool_]) -> Floats:
    """Landmarks in square units, every hand a right hand.

    Args:
        points: [..., 21, 3] image-normalised, as in `edge.landmarks.hand.Hand.points`.
        size: (width, height) of the picture in pixels.
        right: [...], whether it is the signer's right hand.

    Returns:
        float32 [..., 21, 3] in pixels (x to the right, y down, z away from the camera); x is
        negated for left hands.
    """
    width, height = size
    scale = np.array([width, height, width], dtype=np.float32)
    pixels = np.asarray(points, dtype=np.float32) * scale
    pixels[..., 0] *= np.where(np.asarray(right)[..., None], np.float32(1), np.float32(-1))
    return pixels


def palm(hands: Floats) -> Floats:
    """Palm length [...] of ``hands`` [..., 21, 3]: mean distance wrist to the four finger bases."""
    # Sums are written out: they must not depend on how many ticks are encoded at once.
    away = hands[..., FINGER_BASES, :] - hands[..., :1, :]
    length = np.sqrt(away[..., 0] ** 2 + away[..., 1] ** 2 + away[..., 2] ** 2)
    total = length[..., 0] + length[..., 1] + length[..., 2] + length[..., 3]
    mean: Floats = total * np.float32(0.25)
    return mean


def moved(before: Floats, now: Floats) -> Floats:
    """Palm lengths [...] between canonical hands [..., 21, 3]: of the wrist in the picture, or of
    the fingertip that has moved most around the wrist."""
    return np.maximum(shifted(before, now), changed(before, now))


def shifted(before: Floats, now: Floats) -> Floats:
    """Palm lengths [...] between canonical hands [..., 21, 3]: of the wrist in the picture."""
    size = np.maximum((palm(before) + palm(now)) / 2, np.float32(_MIN_PALM))
    wrist: Floats = np.linalg.norm(now[..., 0, :2] - before[..., 0, :2], axis=-1) / size
    return wrist


def changed(before: Floats, now: Floats) -> Floats:
    """Palm lengths [...] between canonical hands [..., 21, 3]: of the fingertip that has moved most
    around the wrist."""
    first, last = (
        (hands[..., FINGERTIPS, :] - hands[..., :1, :])
        / np.maximum(palm(hands), np.float32(_MIN_PALM))[..., None, None]
        for hands in (before, now)
    )
    apart: Floats = np.linalg.norm(last - first, axis=-1).max(-1)
    return apart


def encode(hands: Floats, present: NDArray[np.bool_]) -> Floats:
    """Features of successive ticks, `RATE` a second.

    A row depends on its tick and the one before only, so a live stream that encodes its last two
    ticks and takes the last row gets exactly the row of the whole sequence.

    Args:
        hands: float32 [..., T, 21, 3], canonical; what stands in absent ticks does not matter.
        present: bool [..., T].

    Returns:
        float32 [..., T, WIDTH]: joints 1-20 relative to the wrist in palm lengths, wrist velocity
        (x, y) in units of 5 palm lengths per second, 1 for presence; all clipped to +-2.5, all
        zero in absent ticks. The velocity is 0 where the tick before is absent.
    """
    hands = np.asarray(hands, dtype=np.float32)
    size = np.maximum(palm(hands), np.float32(_MIN_PALM))[..., None]
    rows = np.zeros((*hands.shape[:-2], WIDTH), dtype=np.float32)
    joints = (hands[..., 1:, :] - hands[..., :1, :]) / size[..., None]
    rows[..., :60] = joints.reshape(*hands.shape[:-2], 60)
    moved = (hands[..., 1:, 0, :2] - hands[..., :-1, 0, :2]) / size[..., 1:, :]
    known = present[..., :-1, None]
    rows[..., 1:, 60:62] = np.where(known, moved * np.float32(RATE * _VELOCITY_UNIT), np.float32(0))
    np.clip(rows, -_MAX_DISTANCE, _MAX_DISTANCE, out=rows)
    rows[..., 62] = 1
    return np.where(present[..., None], rows, np.float32(0))


def wrist_steps(features: Floats) -> Floats:
    """[..., T, 2]: how far the wrist moved since the tick before, palm lengths, by `encode`'s
    features [..., T, WIDTH]."""
    steps: Floats = features[..., 60:62] / np.float32(RATE * _VELOCITY_UNIT)
    return steps
