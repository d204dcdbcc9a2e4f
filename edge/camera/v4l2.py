"""A webcam through Video4Linux."""

from __future__ import annotations

import os
import threading
import time

import cv2
import numpy as np

from edge.camera.device import refuse_unusable
from edge.camera.frame import CameraLost, Frame
from edge.errors import Refusal

TIMEOUT = 2
"""Seconds without a frame after which the camera counts as lost."""

MAX_AGE = 1.0
"""Seconds up to which a driver's time stamp is believed to be on the monotonic clock."""


class V4L2:
    """A camera at ``/dev/videoN``."""

    live = True

    def __init__(
        self, device: str = "", *, size: tuple[int, int] = (640, 480), fps: float = 30.0
    ) -> None:
        """``device``: a path, or a number N for /dev/videoN; empty is number 0.

        Raises:
            Refusal: missing, no permission, in use, or not a camera.
        """
        self._device = f"/dev/video{device or 0}" if device.isdigit() or not device else device
        self.name = f"v4l2:{self._device}"
        refuse_unusable(self._device)
        # OpenCV waits 10 s for a frame unless told so before its first capture.
        os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", str(TIMEOUT))
        self._capture = cv2.VideoCapture(self._device, cv2.CAP_V4L2)
        self._lock = threading.Lock()
        self._closed = False
        self._next = 0
        if not self._capture.isOpened():
            self._capture.release()
            raise Refusal(f"{self._device} gives no picture format that OpenCV can read")
        self._capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        self._capture.set(cv2.CAP_PROP_FRAME_WIDTH, size[0])
        self._capture.set(cv2.CAP_PROP_FRAME_HEIGHT, size[1])
        self._capture.set(cv2.CAP_PROP_FPS, fps)
        # Two buffers: with one, the driver has none to fill while a picture is being decoded
        # and drops every other frame; with more, a frame could wait.
        self._capture.set(cv2.CAP_PROP_BUFFERSIZE, 2)

    def read(self) -> Frame | None:
        """The next frame; None once closed.

        Raises:
            CameraLost: no frame in 2 s, or the device has gone.
        """
        with self._lock:
            if self._closed:
                return None
            found = self._capture.grab()
            now = time.monotonic()
            stamp = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
            picture = None
            if found:
                found, picture = self._capture.retrieve()
        if self._closed:
            return None
        if not found or picture is None:
            raise CameraLost(f"{self._device} gives no more frames")
        captured = stamp if 0 <= now - stamp < MAX_AGE else now
        pixels = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)
        index = self._next
        self._next += 1
        return Frame(pixels, captured, captured, index)

    def close(self) -> None:
        """Give the device back, waiting at most 1 s for a `read` in another thread."""
        self._closed = True
        if self._lock.acquire(timeout=1.0):
            try:
                self._capture.release()
            finally:
                self._lock.release()
