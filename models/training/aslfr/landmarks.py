"""The landmarks of one phrase."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.training.aslfr.columns import PointSet


@dataclass(frozen=True, slots=True)
class Landmarks:
    """What MediaPipe Holistic found.

    Attributes:
        sets: what ``points`` holds, in this order.
        points: float32 [T, N, 3], image-normalised: x / width, y / height, z in the scale of x
            and smaller nearer the camera; NaN where nothing was found.
        frames: int64 [T], number of each frame in its video, ascending.
    """

    sets: tuple[PointSet, ...]
    points: NDArray[np.float32]
    frames: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.points)

    def __contains__(self, name: str) -> bool:
        return any(s.name == name for s in self.sets)

    def __getitem__(self, name: str) -> NDArray[np.float32]:
        """The points [T, n, 3] of the set called ``name``.

        Raises:
            KeyError: it was not read.
        """
        start = 0
        for s in self.sets:
            if s.name == name:
                return self.points[:, start : start + len(s.points)]
            start += len(s.points)
        raise KeyError(name)

    def present(self, name: str) -> NDArray[np.bool_]:
        """In which frames [T] the whole of a set was found."""
        found: NDArray[np.bool_] = np.isfinite(self[name]).all(axis=(1, 2))
        return found
