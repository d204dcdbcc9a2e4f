"""The face model: the 468 points of the face in one region of a frame."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.errors import ConfigError
from edge.files import Contents
from edge.landmarks.body import FACE_POINTS
from edge.landmarks.roi import Cropper, Floats, Roi
from edge.runtime import Network


@dataclass(frozen=True, slots=True)
class FaceView:
    """What the model says about one region.

    Attributes:
        points: float32 [`FACE_POINTS`, 3] in the frame's pixels; z in the scale of x.
        presence: 0-1, that a face is there.
    """

    points: Floats
    presence: float


class FaceModel:
    """Reads the face in a region of a frame."""

    def __init__(self, model: Path | Contents, threads: int = 1) -> None:
        """Load ``model``, MediaPipe's ``face_landmark``.

        Raises:
            ConfigError: it cannot be loaded or is another kind of model.
        """
        self._network = Network(model, threads)
        if self._network.output_shapes != ((1, 1, 1, 3 * FACE_POINTS), (1, 1, 1, 1)):
            raise ConfigError(f"model {model} is not a face model: run `ishara models fetch`")
        self._crop = Cropper(self._network.input_shape[1])
        self._side = np.float32(self._network.input_shape[1])

    def __call__(self, pixels: NDArray[np.uint8], roi: Roi) -> FaceView:
        """The view of ``roi`` in a frame (RGB uint8 [height, width, 3])."""
        values, logit = self._network(self._crop(pixels, roi))
        points = roi.to_frame(values.reshape(FACE_POINTS, 3) / self._side)
        return FaceView(points, 1 / (1 + math.exp(-min(max(float(logit.item()), -80), 80))))
