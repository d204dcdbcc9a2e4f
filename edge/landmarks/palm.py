"""Palm detection: where hands are in a whole frame."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.files import Contents
from edge.landmarks.detector import MIN_SCORE, Detector, Kind
from edge.landmarks.roi import Floats, Roi, from_palm, letterbox

LEAST_SCORE = 0.25  # of doubtful palms. Below it, most regions show no hand
PALM = Kind("palm detector", strides=(8, 16, 16, 16), keypoints=7)


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


class PalmDetector:
    """Finds palms in a whole frame."""

    def __init__(self, model: Path | Contents, threads: int = 1) -> None:
        """Load ``model``, a ``palm_detection_*`` of MediaPipe.

        Raises:
            ConfigError: it cannot be loaded or is another kind of model.
        """
        self._detector = Detector(model, PALM, threads)

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
        answer = self._detector(pixels, replace(frame, size=frame.size * margin))
        found = answer.above(MIN_SCORE)
        if doubtful:
            found += [palm for palm in answer.above(LEAST_SCORE) if palm[0] < MIN_SCORE]
        return [Palm(score, points[:2].reshape(4), points[2:]) for score, points in found]
