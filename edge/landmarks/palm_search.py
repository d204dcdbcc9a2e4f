"""Where palms are looked for, and in which order the tracker tries them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.landmarks.area import Area
from edge.landmarks.palm import Palm

ALMOST_BEST = 0.8
"""Palms whose score is at least this share of the best one's are hands as surely as that."""


class PalmSearch:
    """A palm detector that sees only an area, and names the largest of the sure palms first."""

    def __init__(self, detector: Callable[..., list[Palm]], area: Area | None) -> None:
        """``area``: None for the whole picture."""
        self._detector = detector
        self._area = area

    def __call__(self, pixels: NDArray[np.uint8], *arguments: Any, **options: Any) -> list[Palm]:
        """Palms in a frame (RGB uint8 [height, width, 3]), in the frame's pixels; with what else
        the detector takes."""
        if self._area is None:
            return largest_first(self._detector(pixels, *arguments, **options))
        height, width = pixels.shape[:2]
        left, top, right, bottom = self._area.box(width, height)
        found = self._detector(pixels[top:bottom, left:right], *arguments, **options)
        return largest_first([_moved(palm, left, top) for palm in found])


def largest_first(palms: Sequence[Palm]) -> list[Palm]:
    """``palms``, best first, with those that are nearly as sure as the best by size."""
    least = ALMOST_BEST * palms[0].score if palms else 0.0
    sure = sum(palm.score >= least for palm in palms)
    return [*sorted(palms[:sure], key=lambda palm: -palm.roi.size), *palms[sure:]]


def _moved(palm: Palm, x: int, y: int) -> Palm:
    by = np.array([x, y], np.float32)
    return replace(palm, box=palm.box + np.tile(by, 2), keypoints=palm.keypoints + by)
