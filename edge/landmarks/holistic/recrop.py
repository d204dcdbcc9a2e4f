"""The hand re-crop model: where exactly the hand is that a pose shows roughly."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.errors import ConfigError
from edge.files import Contents
from edge.landmarks.holistic.regions import hand_from_recrop
from edge.landmarks.roi import Cropper, Roi
from edge.runtime import Network


class HandRecrop:
    """Turns a hand's rough region into the one that the hand model is to see."""

    def __init__(self, model: Path | Contents, threads: int = 1) -> None:
        """Load ``model``, MediaPipe's ``hand_recrop``.

        Raises:
            ConfigError: it cannot be loaded or is another kind of model.
        """
        self._network = Network(model, threads)
        if self._network.output_shapes != ((1, 1, 1, 4),):
            raise ConfigError(f"model {model} is not a re-crop model: run `ishara models fetch`")
        self._crop = Cropper(self._network.input_shape[1])
        self._side = np.float32(self._network.input_shape[1])

    def __call__(self, pixels: NDArray[np.uint8], roi: Roi) -> Roi:
        """The region of the hand in ``roi`` of a frame (RGB uint8 [height, width, 3])."""
        (values,) = self._network(self._crop(pixels, roi))
        centre, guide = roi.to_frame(values.reshape(2, 2) / self._side)
        return hand_from_recrop(centre, guide)
