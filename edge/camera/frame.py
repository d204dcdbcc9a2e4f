"""One picture with its capture time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.recording.layout import FoundParts


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture.

    Attributes:
        pixels: RGB uint8, [height, width, 3], not mirrored.
        time: seconds on the camera's own time line. For a paced or live camera this is the
            capture time on the monotonic clock; for one read as fast as possible it advances
            with the time stamps of the file. Recognition uses this one.
        captured: `time.monotonic()` seconds at which the picture was (or, replayed, should have
            been) captured. Latency is measured from this one.
        index: number of the picture, from 0; gaps are pictures the camera skipped.
        parts: the landmarks that came with it, of a recording of landmarks, whose pixels are a
            plain ground; None where they are to be found in the pixels.
    """

    pixels: NDArray[np.uint8]
    time: float
    captured: float
    index: int
    parts: FoundParts | None = None
