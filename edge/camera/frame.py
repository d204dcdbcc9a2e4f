"""A picture with its capture time, and what every source of pictures promises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from edge.errors import UserError


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture.

    Attributes:
        pixels: RGB uint8, [height, width, 3], not mirrored.
        time: seconds on the source's own time line. For a paced or live source this is the
            capture time on the monotonic clock; for one read as fast as possible it advances
            with the source's time stamps. Recognition uses this one.
        captured: `time.monotonic()` seconds at which the picture was (or, replayed, should have
            been) captured. Latency is measured from this one.
        index: number of the picture in its source, from 0; gaps are pictures the source skipped.
    """

    pixels: NDArray[np.uint8]
    time: float
    captured: float
    index: int


class Source(Protocol):
    """Where frames come from.

    Attributes:
        name: what it is, for people: the URI it was opened with.
        live: frames come at their own pace, and a slow reader loses the oldest. False: the
            reader sets the pace and nothing is dropped.
        device: a camera, which may be lost and come back; a file or a rendering is not.
    """

    name: str
    live: bool
    device: bool

    def read(self) -> Frame | None:
        """The next frame, waiting for it at most 2 s; None when the source has ended.

        Raises:
            CameraLost: no frame came in time, or the device has gone.
        """

    def close(self) -> None:
        """Give the device back; may be called more than once, and while another thread reads.

        Raises:
            CameraStuck: the device does not let go.
        """


class CameraLost(Exception):
    """A camera that was there gives no more frames."""


class CameraStuck(CameraLost):
    """A camera does not let go: only the end of the process gives it back."""


class CameraAbsent(UserError):
    """A camera is missing, busy or not permitted: it may be there later."""
