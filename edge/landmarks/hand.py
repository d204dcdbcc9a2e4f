"""What the landmark stage gives to the next one: the hands, and if asked for the pose and the face,
seen in one frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.landmarks.body import Face, Pose


@dataclass(frozen=True, slots=True)
class Hand:
    """One hand.

    Attributes:
        points: float32 [`HAND_POINTS`, 3], image-normalised: x / width, y / height, z / width
            with the wrist at about 0 and smaller nearer the camera. The picture is not mirrored.
        presence: 0-1, the hand model's own score that a hand is there.
        right: 0-1, probability that this is the signer's right hand.
        track: number of the track this hand belongs to; a hand that is found again after it was
            lost gets a new one.
    """

    points: NDArray[np.float32]
    presence: float
    right: float
    track: int


@dataclass(frozen=True, slots=True)
class Landmarks:
    """All hands of one frame, best first; pose and face where a tracker looks for them.

    Attributes:
        hands: none, one or two hands.
        size: (width, height) of the frame in pixels; converts normalised landmarks to pixels.
        time, captured, index: as in `edge.camera.frame.Frame`.
        pose, face: of the person whose hands these are; None where there is none, or where nobody
            asked for them.
    """

    hands: tuple[Hand, ...]
    size: tuple[int, int]
    time: float
    captured: float
    index: int
    pose: Pose | None = None
    face: Face | None = None
