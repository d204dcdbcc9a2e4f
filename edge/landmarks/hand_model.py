"""The hand model: landmarks, presence and handedness of the hand in one region of a frame."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.errors import ConfigError
from edge.files import Contents
from edge.hand import HAND_POINTS
from edge.landmarks.roi import Cropper, Floats, Roi
from edge.runtime import Network

# MediaPipe's hand_landmark graph (Apache-2.0) divides depth by this before scaling by the region.
_DEPTH = 0.4
# Landmarks, presence, handedness, landmarks in metres. The names of the outputs say no more.
_OUTPUTS = ((1, 3 * HAND_POINTS), (1, 1), (1, 1), (1, 3 * HAND_POINTS))


@dataclass(frozen=True, slots=True)
class View:
    """What the model says about one region.

    Attributes:
        points: float32 [`HAND_POINTS`, 3] in the frame's pixels; z in the scale of x, smaller is
            nearer.
        presence: 0-1, that a hand is there.
        right: 0-1, that it is the signer's right hand, in a picture that is not mirrored.
    """

    points: Floats
    presence: float
    right: float


class HandModel:
    """Reads the hand in a region of a frame."""

    def __init__(self, model: Path | Contents, threads: int = 1) -> None:
        """Load ``model``, a ``hand_landmark_*`` of MediaPipe or its 8-bit form.

        Raises:
            ConfigError: it cannot be loaded or is another kind of model.
        """
        self._network = Network(model, threads)
        if self._network.output_shapes != _OUTPUTS:
            raise ConfigError(f"model {model} is not a hand model: run `ishara models fetch`")
        self._side = self._network.input_shape[1]
        self._crop = Cropper(self._side)

    def __call__(self, pixels: NDArray[np.uint8], roi: Roi) -> View:
        """The view of ``roi`` in a frame (RGB uint8 [height, width, 3])."""
        landmarks, presence, handedness, _ = self._network(self._crop(pixels, roi))
        points = landmarks.reshape(HAND_POINTS, 3) / np.float32(self._side)
        points[:, 2] /= _DEPTH
        # The model was trained on selfies: it calls a right hand in an unmirrored picture "Left",
        # and its output is the probability of "Left".
        return View(roi.to_frame(points), float(presence[0, 0]), float(handedness[0, 0]))
