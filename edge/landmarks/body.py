"""What a holistic tracker sees beside the hands: the pose and the face."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

POSE_POINTS = 33
FACE_POINTS = 468
# MediaPipe's order (https://ai.google.dev/edge/mediapipe/solutions/vision/pose_landmarker).
LEFT_SHOULDER, RIGHT_SHOULDER = 11, 12


@dataclass(frozen=True, slots=True)
class Pose:
    """The body of one person.

    Attributes:
        points: float32 [`POSE_POINTS`, 3], image-normalised as `edge.landmarks.hand.Hand.points`;
            depth is 0 at the middle of the hips.
        visibility: float32 [`POSE_POINTS`], 0-1: that the point is in the picture and not hidden.
        time: seconds, of the frame in which it was seen; the pose may be held for some frames.
    """

    points: NDArray[np.float32]
    visibility: NDArray[np.float32]
    time: float


@dataclass(frozen=True, slots=True)
class Face:
    """The face of that person.

    Attributes:
        points: float32 [`FACE_POINTS`, 3], image-normalised as `edge.landmarks.hand.Hand.points`;
            depth is 0 at the middle of the head.
        presence: 0-1, the face model's own score that a face is there.
    """

    points: NDArray[np.float32]
    presence: float
