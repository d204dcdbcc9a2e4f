"""A webcam through Video4Linux."""

from __future__ import annotations

import os
import threading
import time

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.camera.device import check_usable, path_of
from edge.camera.failures import FailedReads
from edge.camera.frame import Frame
from edge.errors import CameraAbsent, CameraStuck

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
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._failures = FailedReads(self._device, self._closed)
        self._next = 0
        self._driver_stamps: bool | None = None
        try:
            self._capture = _opened(self._device, size, fps)
        except cv2.error as error:
            raise CameraAbsent(f"{self._device} cannot be opened ({_reason(error)})") from error

    def read(self) -> Frame | None:
        """The next frame; None once closed. One that cannot be read is skipped.

        Raises:
            CameraLost: no frame in 2 s, several failed reads in a row, or the device has gone.
        """
        while not self._closed.is_set():
            self._failures.begin()
            try:
                frame, reason = self._grab(), ""
            except cv2.error as error:
                frame, reason = None, _reason(error)
            if self._closed.is_set():
                break
            self._next += 1
            if frame is not None:
                self._failures.succeeded()
                return frame
            self._failures.failed(reason)
        return None

    def _grab(self) -> Frame | None:
        """The next frame; None where the read failed, or once closed."""
        with self._lock:
            if self._closed.is_set() or not self._capture.grab():
                return None
            now = time.monotonic()
            stamp = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
            found, picture = self._capture.retrieve()
        if not found or picture is None:
            return None
        pixels = _rgb(picture)
        # The first frame decides for good: a frame that waited in the driver while this process was
        # stopped is old, and must not be taken for new.
        if self._driver_stamps is None:
            self._driver_stamps = 0 <= now - stamp < MAX_AGE_S
        captured = min(stamp, now) if self._driver_stamps else now
        return Frame(pixels, captured, captured, self._next)

    def close(self) -> None:
        """Free the device.

        Raises:
            CameraStuck: a `read` in another thread has not returned in 1 s.
        """
        self._closed.set()
        if not self._lock.acquire(timeout=CLOSE_TIMEOUT_S):
            raise CameraStuck(f"{self._device} cannot be closed: a read of it hangs")
        try:
            self._capture.release()
        finally:
            self._lock.release()


def _opened(device: str, size: tuple[int, int], fps: float) -> cv2.VideoCapture:
    capture = cv2.VideoCapture(device, cv2.CAP_V4L2)
    if not capture.isOpened():
        capture.release()
        raise CameraAbsent(f"{device} gives no picture format that OpenCV can read")
    capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
    capture.set(cv2.CAP_PROP_FRAME_WIDTH, size[0])
    capture.set(cv2.CAP_PROP_FRAME_HEIGHT, size[1])
    capture.set(cv2.CAP_PROP_FPS, fps)
    # Two buffers: with one, the driver has none to fill while a picture is being decoded
    # and drops every other frame; with more, a frame could wait.
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 2)
    return capture


def _rgb(picture: cv2.typing.MatLike) -> NDArray[np.uint8]:
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)


def _reason(error: cv2.error) -> str:
    return " ".join(str(getattr(error, "err", "") or error).split())[:120]
