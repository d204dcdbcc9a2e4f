"""The pose model: the 33 points of a body in one region of a frame."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.errors import ConfigError
from edge.files import Contents
from edge.landmarks.body import POSE_POINTS
from edge.landmarks.roi import Cropper, Floats, Roi
from edge.runtime import Network

_ALL_POINTS = 39  # of the model; two auxiliary ones follow the body's, four are for training
_USED = POSE_POINTS + 2
_VALUES = 5  # of each point: x, y, z, visibility, presence
_MAP = 64  # side of the heatmap
_REACH = 3  # cells of the heatmap on each side of a point that refine it
_MIN_CONFIDENCE = 0.5  # of the heatmap's highest cell, to refine a point by it


@dataclass(frozen=True, slots=True)
class PoseView:
    """What the model says about one region.

    Attributes:
        points: float32 [`POSE_POINTS`, 3] in the frame's pixels; z in the scale of x.
        auxiliary: float32 [2, 3], the middle of the hips and a point above the head, from which
            the next region is made.
        visibility: float32 [`POSE_POINTS`], 0-1.
        presence: 0-1, that somebody is there.
    """

    points: Floats
    auxiliary: Floats
    visibility: Floats
    presence: float


class PoseModel:
    """Reads the body in a region of a frame."""

    def __init__(self, model: Path | Contents, threads: int = 1) -> None:
        """Load ``model``, a ``pose_landmark_*`` of MediaPipe, whole or without the outputs that
        are not used.

        Raises:
            ConfigError: it cannot be loaded or is another kind of model.
        """
        self._network = Network(model, threads)
        wanted = ((1, _VALUES * _ALL_POINTS), (1, 1), (1, _MAP, _MAP, _ALL_POINTS))
        shapes = self._network.output_shapes
        if any(shapes.count(shape) != 1 for shape in wanted):
            raise ConfigError(f"model {model} is not a pose model: run `ishara models fetch`")
        self._places = tuple(shapes.index(shape) for shape in wanted)
        self._crop = Cropper(self._network.input_shape[1])
        self._side = np.float32(self._network.input_shape[1])

    def __call__(self, pixels: NDArray[np.uint8], roi: Roi) -> PoseView:
        """The view of ``roi`` in a frame (RGB uint8 [height, width, 3])."""
        outputs = self._network(self._crop(pixels, roi))
        values, presence, heatmap = (outputs[place] for place in self._places)
        values = values.reshape(_ALL_POINTS, _VALUES)[:_USED]
        points = values[:, :3] / self._side
        refine(points, heatmap[0])
        points = roi.to_frame(points)
        return PoseView(
            points[:POSE_POINTS],
            points[POSE_POINTS:],
            _sigmoid(values[:POSE_POINTS, 3]),
            float(presence[0, 0]),
        )


def refine(points: Floats, heatmap: Floats) -> None:
    """Move each of ``points`` [n, 2 or more], 0-1, to the centre of its heatmap near it.

    ``heatmap`` [h, w, n or more] has logits. Points outside it, and those whose heatmap is weak,
    stay.
    """
    size = np.array([heatmap.shape[1], heatmap.shape[0]], np.float32)
    centre = np.trunc(points[:, :2] * size).astype(int)
    cells = centre[:, :, None] + np.arange(-_REACH, _REACH + 1)  # [n, column and row, 7]
    inside = (cells >= 0) & (cells < size[:, None])
    columns, rows = np.moveaxis(cells.clip(0, size[:, None] - 1).astype(int), 1, 0)
    logits = heatmap[rows[:, :, None], columns[:, None], np.arange(len(points))[:, None, None]]
    weights = _sigmoid(logits) * (inside[:, 1, :, None] & inside[:, 0, None])
    total = weights.sum((1, 2))
    found = ((centre >= 0) & (centre < size)).all(1) & (weights.max((1, 2)) >= _MIN_CONFIDENCE)
    sums = [(weights.sum(1) * columns).sum(1), (weights.sum(2) * rows).sum(1)]
    points[found, :2] = (np.stack(sums, 1)[found] / total[found, None] / size).astype(np.float32)


def _sigmoid(logits: Floats) -> Floats:
    return (1 / (1 + np.exp(-np.clip(logits, -80, 80)))).astype(np.float32)
