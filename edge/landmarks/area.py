"""The part of the picture in which hands are looked for and followed."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from edge.camera.frame import Frame
from edge.hand import FINGER_BASES, WRIST
from edge.landmarks.contract import Tracker
from edge.landmarks.hand import Landmarks
from edge.landmarks.hand_model import View
from edge.landmarks.roi import Floats, Roi

Pixels = NDArray[np.uint8]
_PALM = np.array((WRIST, *FINGER_BASES))


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle; left, top, right and bottom are shares of the picture, 0-1."""

    left: float
    top: float
    right: float
    bottom: float

    @staticmethod
    def of(shares: tuple[float, float, float, float]) -> Area | None:
        """The area with these edges, left, top, right and bottom; None for the whole picture."""
        return None if shares == (0, 0, 1, 1) else Area(*shares)

    def box(self, width: int, height: int) -> tuple[int, int, int, int]:
        """(left, top, right, bottom) in pixels, of a frame of this size; at least one pixel."""
        left, top = math.floor(self.left * width), math.floor(self.top * height)
        right, bottom = math.ceil(self.right * width), math.ceil(self.bottom * height)
        return left, top, max(right, left + 1), max(bottom, top + 1)

    def holds(self, points: Floats, width: int, height: int) -> bool:
        """Whether the palm of a hand of [21, 2 or 3] pixels has its centre here."""
        x, y = (float(mean) for mean in points[_PALM, :2].mean(0))
        return (
            self.left * width <= x <= self.right * width
            and self.top * height <= y <= self.bottom * height
        )


class AreaHandModel:
    """A hand model that sees the whole picture, and no hand whose palm is outside an area."""

    def __init__(self, model: Callable[[Pixels, Roi], View], area: Area) -> None:
        self._model = model
        self._area = area

    def __call__(self, pixels: Pixels, roi: Roi) -> View:
        """As of the model, without presence where the palm is outside."""
        view = self._model(pixels, roi)
        height, width = pixels.shape[:2]
        return view if self._area.holds(view.points, width, height) else replace(view, presence=0.0)


class AreaTracker:
    """A tracker that sees nothing but an area."""

    def __init__(self, tracker: Tracker, area: Area) -> None:
        self._tracker = tracker
        self._area = area

    def __call__(self, frame: Frame) -> Landmarks:
        """As of the tracker, in the whole picture's coordinates."""
        height, width = frame.pixels.shape[:2]
        left, top, right, bottom = self._area.box(width, height)
        part = np.ascontiguousarray(frame.pixels[top:bottom, left:right])
        seen = self._tracker(replace(frame, pixels=part))
        scale = np.array([right - left, bottom - top, right - left], np.float32)
        offset = np.array([left, top, 0], np.float32)
        whole = np.array([width, height, width], np.float32)

        def moved(points: Floats) -> Floats:
            return (points * scale + offset) / whole

        return replace(
            seen,
            hands=tuple(replace(hand, points=moved(hand.points)) for hand in seen.hands),
            pose=seen.pose and replace(seen.pose, points=moved(seen.pose.points)),
            face=seen.face and replace(seen.face, points=moved(seen.face.points)),
            size=(width, height),
        )

    def reset(self) -> None:
        """As of the tracker."""
        self._tracker.reset()
