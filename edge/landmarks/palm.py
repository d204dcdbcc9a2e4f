"""Palm detection: where hands are in a whole frame.

The decoding follows MediaPipe's ``palm_detection_cpu`` graph (Apache-2.0): an SSD head on fixed
anchors, then weighted non-maximum suppression.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.errors import ConfigError
from edge.files import Contents
from edge.landmarks.roi import Cropper, Floats, Roi, from_palm, letterbox
from edge.runtime import Network

MIN_SCORE = 0.5
LEAST_SCORE = 0.25  # of doubtful palms. Below it, most regions show no hand
MAX_OVERLAP = 0.3
_STRIDES = (8, 16, 16, 16)
_KEYPOINTS = 7


@dataclass(frozen=True, slots=True)
class Palm:
    """A detected palm.

    Attributes:
        score: 0-1.
        box: [4] left, top, right, bottom in the frame's pixels.
        keypoints: [7, 2] in the frame's pixels; 0 is the wrist, 2 the middle finger's base.
    """

    score: float
    box: Floats
    keypoints: Floats

    @property
    def roi(self) -> Roi:
        """The region of the hand this palm belongs to."""
        return from_palm(self.box, self.keypoints)


def anchors(side: int, strides: tuple[int, ...] = _STRIDES) -> Floats:
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


class PalmDetector:
    """Finds palms in a whole frame."""

    def __init__(self, model: Path | Contents, threads: int = 1) -> None:
        """Load ``model``, a ``palm_detection_*`` of MediaPipe.

        Raises:
            ConfigError: it cannot be loaded or is another kind of model.
        """
        self._network = Network(model, threads)
        self._side = self._network.input_shape[1]
        self._anchors = anchors(self._side)
        n = len(self._anchors)
        shapes = self._network.output_shapes
        if shapes != ((1, n, 4 + 2 * _KEYPOINTS), (1, n, 1)):
            raise ConfigError(f"model {model} is not a palm detector: run `ishara models fetch`")
        self._crop = Cropper(self._side, zero_border=True)

    def __call__(
        self, pixels: NDArray[np.uint8], margin: float = 1.0, doubtful: bool = False
    ) -> list[Palm]:
        """Palms in a frame (RGB uint8 [height, width, 3]), best first.

        With ``doubtful``, those follow whose score is below `MIN_SCORE` and at least
        `LEAST_SCORE`: most of them are hands, some are not. They do not shift the others.

        The network sees a square of ``margin`` times the frame's long side, black outside the
        frame. A hand that fills the frame is found only with a margin above 1.
        """
        height, width = pixels.shape[:2]
        frame = letterbox(width, height)
        square = replace(frame, size=frame.size * margin)
        raw, logits = self._network(self._crop(pixels, square))
        found = suppress(*self._decode(raw[0], logits[0, :, 0], MIN_SCORE))
        if doubtful:
            every = suppress(*self._decode(raw[0], logits[0, :, 0], LEAST_SCORE))
            found += [(score, values) for score, values in every if score < MIN_SCORE]
        return [self._palm(square, score, values) for score, values in found]

    def _decode(self, raw: Floats, logits: Floats, least: float) -> tuple[Floats, Floats]:
        """Scores [n] and corner boxes with keypoints [n, 18], 0-1 across the square."""
        likely = np.flatnonzero(logits >= math.log(least / (1 - least)))
        scores = (1 / (1 + np.exp(-np.minimum(logits[likely], 100)))).astype(np.float32)
        offsets = raw[likely] / np.float32(self._side)
        centres = self._anchors[likely]
        values: Floats = np.empty_like(offsets)
        middle, half = offsets[:, :2] + centres, offsets[:, 2:4] / 2
        values[:, :2], values[:, 2:4] = middle - half, middle + half
        values[:, 4:] = offsets[:, 4:] + np.tile(centres, _KEYPOINTS)
        return scores, values

    def _palm(self, square: Roi, score: float, values: Floats) -> Palm:
        points = square.to_frame(values.reshape(-1, 2))
        return Palm(score, points[:2].reshape(4), points[2:])
