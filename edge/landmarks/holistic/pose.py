"""Following one person's pose from frame to frame, as MediaPipe's ``pose_landmark`` graph does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from edge.landmarks.detector import MIN_SCORE, Detector, Kind
from edge.landmarks.holistic.follower import MIN_PRESENCE
from edge.landmarks.holistic.pose_model import PoseModel, PoseView
from edge.landmarks.holistic.regions import round_person
from edge.landmarks.holistic.smoothing import LowPass, OneEuro
from edge.landmarks.roi import Roi, letterbox

PERSON_DETECTOR = Kind("person detector", strides=(8, 16, 32, 32, 32), keypoints=4, signed=True)


class PoseFollower:
    """Finds a person in the whole frame, then follows it from its last pose."""

    def __init__(self, detector: Detector, model: PoseModel) -> None:
        self._detector = detector
        self._model = model
        self._visibility = LowPass(0.1)
        self._points = OneEuro(0.05, 80.0)
        self._auxiliary = OneEuro(0.01, 10.0)
        self._roi: Roi | None = None

    @property
    def following(self) -> bool:
        """Whether the next frame needs no search."""
        return self._roi is not None

    def reset(self) -> None:
        """Forget the person."""
        self._roi = None
        for smoothing in (self._visibility, self._points, self._auxiliary):
            smoothing.reset()

    def __call__(self, pixels: NDArray[np.uint8], time: float) -> PoseView | None:
        """The smoothed pose in a frame (RGB uint8 [height, width, 3]) at ``time`` seconds; None
        where nobody is."""
        roi = self._roi or self._search(pixels)
        view = self._model(pixels, roi) if roi else None
        if view is None or view.presence <= MIN_PRESENCE:
            self.reset()
            return None
        person = max(round_person(view.auxiliary[0], view.auxiliary[1], scale=1.0).size, 1e-6)
        auxiliary = self._auxiliary(view.auxiliary, time, person)
        self._roi = round_person(auxiliary[0], auxiliary[1])
        return replace(
            view,
            points=self._points(view.points, time, person),
            auxiliary=auxiliary,
            visibility=self._visibility(view.visibility),
        )

    def _search(self, pixels: NDArray[np.uint8]) -> Roi | None:
        height, width = pixels.shape[:2]
        found = self._detector(pixels, letterbox(width, height)).above(MIN_SCORE)
        if not found:
            return None
        _, (_, _, centre, rim, *_) = found[0]
        return round_person(centre, rim)
