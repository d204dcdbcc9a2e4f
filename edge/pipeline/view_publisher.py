"""What the camera sees, for clients that ask for it, where its owner shares that."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.camera import Frame
from edge.events.protocol import Shared, View
from edge.landmarks import Landmarks

INTERVAL_S = 0.1
"""Between two views: enough for a person to see where the hand is."""

WIDTH = 320
"""Pixels of the picture, at most."""

QUALITY = 60
"""Of JPEG: a picture takes some 10 kB."""


class ViewPublisher:
    """Called with each frame and its landmarks, in the landmark stage's thread."""

    def __init__(
        self, shared: Shared, wanted: Callable[[], bool], publish: Callable[[View], None]
    ) -> None:
        """
        Args:
            shared: what clients may see.
            wanted: whether a client asked for it now; without one nothing is done.
            publish: takes a view; returns at once.
        """
        self._shared = shared
        self._wanted = wanted
        self._publish = publish
        self._due = 0.0

    def __call__(self, frame: Frame, landmarks: Landmarks) -> None:
        now = time.monotonic()
        if self._shared == "none" or now < self._due or not self._wanted():
            return
        self._due = now + INTERVAL_S
        width, height = landmarks.size
        self._publish(
            View(
                width=width,
                height=height,
                hands=tuple(
                    tuple((round(float(x), 4), round(float(y), 4)) for x, y, _ in hand.points)
                    for hand in landmarks.hands
                ),
                picture=_jpeg(frame.pixels) if self._shared == "picture" else "",
                captured=landmarks.captured,
                age_ms=round((now - landmarks.captured) * 1000, 1),
            )
        )


def _jpeg(pixels: NDArray[np.uint8]) -> str:
    """RGB uint8 [height, width, 3] as JPEG in base64."""
    bgr: Any = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    height, width = pixels.shape[:2]
    if width > WIDTH:
        size = (WIDTH, max(1, round(height * WIDTH / width)))
        bgr = cv2.resize(bgr, size, interpolation=cv2.INTER_AREA)
    _, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return base64.b64encode(data.tobytes()).decode()
