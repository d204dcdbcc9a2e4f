"""What the landmark stage hands on: the hands seen in one frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Hand:
    """One hand, 21 landmarks in MediaPipe's order (0 wrist, 4 thumb tip ... 20 little-finger tip).

    Attributes:
        points: float32 [21, 3], image-normalised: x / width, y / height, z / width with the
            wrist at about 0 and smaller nearer the camera. The picture is not mirrored.
        presence: 0-1, the hand model's own score that a hand is there.
        right: 0-1, probability that this is the signer's right hand.
        track: number of the track this hand belongs to; a hand found anew gets a new one.
    """

    points: NDArray[np.float32]
    presence: float
    right: float
    track: int


@dataclass(frozen=True, slots=True)
class Landmarks:
    """All hands of one frame, best first.

    Attributes:
        hands: none, one or two hands.
        size: (width, height) of the frame in pixels; turns normalised landmarks into pixels.
        time, captured, index: as in `edge.camera.frame.Frame`.
    """

    hands: tuple[Hand, ...]
    size: tuple[int, int]
    time: float
    captured: float
    index: int
