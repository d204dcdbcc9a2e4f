"""Detection with MediaPipe's SSD models: where palms, faces or persons are in a square of a frame.

The decoding follows MediaPipe's ``palm_detection``, ``face_detection`` and ``pose_detection``
graphs (Apache-2.0): fixed anchors, then weighted non-maximum suppression.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.errors import ConfigError
from edge.files import Contents
from edge.landmarks.roi import Cropper, Floats, Roi
from edge.runtime import Network

MIN_SCORE = 0.5
MAX_OVERLAP = 0.3


def anchors(side: int, strides: tuple[int, ...]) -> Floats:
    """Anchor centres [n, 2], 0-1: two per stride in each cell, row by row, equal strides merged."""
    grids = []
    for stride in dict.fromkeys(strides):
        cells = math.ceil(side / stride)
        centres = (np.arange(cells, dtype=np.float32) + 0.5) / cells
        x, y = np.meshgrid(centres, centres)
        each = np.stack([x, y], axis=-1).reshape(-1, 2)
        grids.append(np.repeat(each, 2 * strides.count(stride), axis=0))
    return np.concatenate(grids)


def suppress(
    scores: Floats, values: Floats, threshold: float = MAX_OVERLAP
) -> list[tuple[float, Floats]]:
    """Weighted non-maximum suppression.

    Boxes that overlap the best by more than ``threshold`` (intersection over union) become one,
    their mean weighted by score, with the best one's score; then the same among the rest.

    Args:
        scores: [n], above 0.
        values: [n, k]; the first four columns are left, top, right, bottom.

    Returns:
        (score, values [k]) of each remaining box, best first.
    """
    order = np.argsort(-scores, kind="stable")
    scores, values = scores[order], values[order]
    area = (values[:, 2] - values[:, 0]) * (values[:, 3] - values[:, 1])
    left: NDArray[np.intp] = np.arange(len(scores))
    kept = []
    while len(left):
        best, boxes = left[0], values[left]
        low = np.maximum(boxes[:, :2], boxes[0, :2])
        high = np.minimum(boxes[:, 2:4], boxes[0, 2:4])
        shared = np.prod(np.maximum(high - low, 0), axis=1)
        union = area[left] + area[best] - shared
        same = shared > threshold * union
        same[0] = True  # a box without area overlaps nothing, not even itself
        weights = scores[left[same]]
        mean = weights @ boxes[same] / weights.sum()
        kept.append((float(scores[best]), mean))
        left = left[~same]
    return kept


@dataclass(frozen=True, slots=True)
class Kind:
    """A family of detectors.

    Attributes:
        name: of what is detected, for a message.
        strides: pixels between two anchors, of each layer.
        keypoints: how many each detection has.
        signed: the network takes pixels in -1..1, else 0..1.
    """

    name: str
    strides: tuple[int, ...]
    keypoints: int
    signed: bool = False


class Answer:
    """What a detector says about one square."""

    def __init__(
        self, square: Roi, side: int, centres: Floats, raw: Floats, logits: Floats
    ) -> None:
        """``raw`` [n, k] in pixels of the network's ``side``, ``logits`` [n], of the anchors
        ``centres`` [n, 2]."""
        self._square = square
        self._side = np.float32(side)
        self._centres = centres
        self._raw = raw
        self._logits = logits

    def above(self, least: float) -> list[tuple[float, Floats]]:
        """(score, points [2 + keypoints, 2] in the frame's pixels) of each, best first.

        The first two points are the corners of the box: left top, right bottom in the square.
        """
        likely = np.flatnonzero(self._logits >= math.log(least / (1 - least)))
        scores = (1 / (1 + np.exp(-np.minimum(self._logits[likely], 100)))).astype(np.float32)
        offsets, centres = self._raw[likely] / self._side, self._centres[likely]
        values: Floats = np.empty_like(offsets)
        middle, half = offsets[:, :2] + centres, offsets[:, 2:4] / 2
        values[:, :2], values[:, 2:4] = middle - half, middle + half
        values[:, 4:] = offsets[:, 4:] + np.tile(centres, values.shape[1] // 2 - 2)
        return [
            (score, self._square.to_frame(mean.reshape(-1, 2)))
            for score, mean in suppress(scores, values)
        ]


class Detector:
    """Runs one of MediaPipe's detectors on a square of a frame."""

    def __init__(self, model: Path | Contents, kind: Kind, threads: int = 1) -> None:
        """
        Raises:
            ConfigError: the model cannot be loaded or is not of this kind.
        """
        self._network = Network(model, threads)
        self._side = self._network.input_shape[1]
        self._anchors = anchors(self._side, kind.strides)
        n = len(self._anchors)
        if self._network.output_shapes != ((1, n, 4 + 2 * kind.keypoints), (1, n, 1)):
            raise ConfigError(f"model {model} is not a {kind.name}: run `ishara models fetch`")
        self._crop = Cropper(self._side, zero_border=True, signed=kind.signed)

    def __call__(self, pixels: NDArray[np.uint8], square: Roi) -> Answer:
        """The answer about ``square`` of a frame (RGB uint8 [height, width, 3]); what lies outside
        the frame is black."""
        raw, logits = self._network(self._crop(pixels, square))
        return Answer(square, self._side, self._anchors, raw[0], logits[0, :, 0])
