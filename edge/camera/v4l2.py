"""A webcam through Video4Linux."""

from __future__ import annotations

import os
import threading
import time

import cv2
import numpy as np

from edge.camera.device import check_usable, path_of
from edge.camera.frame import Frame
from edge.errors import CameraAbsent, CameraLost, CameraStuck

TIMEOUT_S = 2
"""Seconds without a frame after which the camera counts as lost."""

CLOSE_TIMEOUT_S = 1.0
"""Seconds `close` waits for a `read` in another thread."""

MAX_AGE_S = 1.0
"""Age in seconds up to which the first time stamp is believed to be on the monotonic clock."""


class V4L2:
    """A camera at ``/dev/videoN``."""

    live = True
    device = True

    def __init__(
        self, device: str = "", *, size: tuple[int, int] = (640, 480), fps: float = 30.0
    ) -> None:
        """``device``: a path, or a number N for /dev/videoN; empty is number 0.

        Raises:
            CameraAbsent: missing, no permission, in use, or no picture format that can be read.
            UserError: not a camera.
        """
        self._device = path_of(device)
        self.name = f"v4l2:{self._device}"
        check_usable(self._device)
        # OpenCV waits 10 s for a frame unless this is set before its first capture.
        os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", str(TIMEOUT_S))
        self._capture = cv2.VideoCapture(self._device, cv2.CAP_V4L2)
        self._lock = threading.Lock()
        self._closed = False
        self._next = 0
        self._driver_stamps: bool | None = None
        if not self._capture.isOpened():
            self._capture.release()
            raise CameraAbsent(f"{self._device} gives no picture format that OpenCV can read")
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
        # The first frame decides for good: a frame that waited in the driver while this process was
        # stopped is old, and must not be taken for new.
        if self._driver_stamps is None:
            self._driver_stamps = 0 <= now - stamp < MAX_AGE_S
        captured = min(stamp, now) if self._driver_stamps else now
        pixels = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)
        index = self._next
        self._next += 1
        return Frame(pixels, captured, captured, index)

    def close(self) -> None:
        """Free the device.

        Raises:
            CameraStuck: a `read` in another thread has not returned in 1 s.
        """
        self._closed = True
        if not self._lock.acquire(timeout=CLOSE_TIMEOUT_S):
            raise CameraStuck(f"{self._device} cannot be closed: a read of it hangs")
        try:
            self._capture.release()
        finally:
            self._lock.release()
