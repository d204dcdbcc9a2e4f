"""Following a part of a person: found by the pose, then from its own landmarks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from edge.landmarks.holistic.pose_model import PoseView
from edge.landmarks.holistic.regions import Limits
from edge.landmarks.holistic.reuse import Reuse
from edge.landmarks.roi import Floats, Roi

MIN_PRESENCE = 0.5

Pixels = NDArray[np.uint8]


class Seen(Protocol):
    """What the model of a part says about one region."""

    @property
    def points(self) -> Floats:
        """float32 [n, 3] in the frame's pixels."""

    @property
    def presence(self) -> float:
        """0-1, that the part is there."""


View = TypeVar("View", bound=Seen)


class Follower(Generic[View]):
    """A hand or the face, followed as MediaPipe Holistic does."""

    def __init__(
        self,
        locate: Callable[[Pixels, PoseView], Roi | None],
        model: Callable[[Pixels, Roi], View],
        next_region: Callable[[Floats], Roi],
        limits: Limits,
        reuse: Reuse,
    ) -> None:
        """
        Args:
            locate: finds the part's region in a frame by the pose in it; None where it is not.
            model: sees the part in a region.
            next_region: the region in the next frame, by the points in this one.
            limits: within which a part is followed by its points although it was located.
            reuse: when its points are reused.
        """
        self._locate = locate
        self._model = model
        self._next_region = next_region
        self._limits = limits
        self._reuse = reuse
        self._view: View | None = None

    def reset(self) -> None:
        """Forget the part."""
        self._view = None
        self._reuse.reset()

    def find(self, pixels: Pixels, pose: PoseView | None) -> View | None:
        """The part in a frame (RGB uint8 [height, width, 3]) with a ``pose`` of its own, or in
        which nobody is."""
        if pose and self._view and self._reuse.allowed(pixels):
            return self._view
        found = self._locate(pixels, pose) if pose else None
        if found is None:
            self.reset()
            return None
        if self._view:
            last = self._next_region(self._view.points)
            if self._limits.hold(last, self._view.points, found):
                found = last
        return self._look(pixels, found)

    def follow(self, pixels: Pixels) -> View | None:
        """The part in a frame without a pose of its own; None where it was not there before."""
        if self._view is None or self._reuse.allowed(pixels):
            return self._view
        return self._look(pixels, self._next_region(self._view.points))

    def _look(self, pixels: Pixels, roi: Roi) -> View | None:
        view = self._model(pixels, roi)
        if view.presence <= MIN_PRESENCE:
            self.reset()
            return None
        self._reuse.looked(pixels, roi)
        self._view = view
        return view
