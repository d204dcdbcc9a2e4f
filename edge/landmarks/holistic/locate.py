"""Where the hands and the face of a pose are, as MediaPipe Holistic's graphs find them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edge.landmarks.detector import MIN_SCORE, Detector, Kind
from edge.landmarks.holistic.pose_model import PoseView
from edge.landmarks.holistic.recrop import HandRecrop
from edge.landmarks.holistic.regions import face_from_detection, face_from_pose, hand_from_pose
from edge.landmarks.roi import Roi

FACE_DETECTOR = Kind("face detector", strides=(8, 16, 16, 16), keypoints=6, signed=True)
LEFT_HAND = (15, 17, 19)  # wrist, little finger and index finger of a pose
RIGHT_HAND = (16, 18, 20)
MIN_VISIBILITY = 0.1  # of the wrist

Pixels = NDArray[np.uint8]


class HandLocator:
    """Finds one side's hand."""

    def __init__(self, points: tuple[int, int, int], recrop: HandRecrop) -> None:
        """``points``: of the pose, `LEFT_HAND` or `RIGHT_HAND`."""
        self._points = points
        self._recrop = recrop

    def __call__(self, pixels: Pixels, pose: PoseView) -> Roi | None:
        """Its region in a frame (RGB uint8 [height, width, 3]); None where no wrist is seen."""
        if pose.visibility[self._points[0]] <= MIN_VISIBILITY:
            return None
        wrist, little, index = pose.points[list(self._points)]
        return self._recrop(pixels, hand_from_pose(wrist, little, index))


class FaceLocator:
    """Finds the face."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector

    def __call__(self, pixels: Pixels, pose: PoseView) -> Roi | None:
        """Its region in a frame (RGB uint8 [height, width, 3]); None where none is detected."""
        faces = self._detector(pixels, face_from_pose(pose.points)).above(MIN_SCORE)
        return face_from_detection(faces[0][1][2:]) if faces else None
