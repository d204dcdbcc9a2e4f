"""A video file as a camera."""

from __future__ import annotations

import logging
import os
import threading
from contextlib import suppress

import cv2
import numpy as np
from numpy.typing import NDArray

from edge import files
from edge.camera.frame import Frame
from edge.camera.pace import Pace
from edge.camera.picture import MOST_PIXELS
from edge.errors import UserError, raise_shortage

_ONLY_ERRORS = 2

log = logging.getLogger(__name__)

MAX_FAILED_READS = 100
"""Pictures in a row that cannot be decoded after which a clip ends."""


class Video:
    """A clip in any format OpenCV's FFmpeg decodes (mp4, mov, gif, ...), at its own size."""

    def __init__(self, path: str, *, fps: float = 30.0, pace: bool = True) -> None:
        """``fps``: used if the clip states no plausible rate. Not ``pace``: as fast as it is read.

        Raises:
            UserError: the file is missing, unreadable, or not a video.
        """
        self.name = f"video:{path}"
        self.live = pace
        self.device = False
        self._file = _open(path)
        # What is wrong with a file is said in one line of ours; set before FFmpeg is first used.
        os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
        cv2.setLogLevel(_ONLY_ERRORS)
        # FFmpeg gets no name: it reads "x:y" as a protocol, and OpenCV crashes on one that is not
        # UTF-8. Nor can another file be there now.
        self._capture = cv2.VideoCapture(f"/proc/self/fd/{self._file}", cv2.CAP_FFMPEG)
        # Turned as the file says, as phones write it: OpenCV 4.11 does not unless asked, others do.
        self._capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 1)
        self._lock = threading.Lock()
        self._grabbed = False
        with suppress(cv2.error):
            self._grabbed = self._fits() and self._capture.grab()
        self._next = 0
        if not self._grabbed:
            self._release()
            raise UserError(f"{path} cannot be read as a video: is it damaged, or not a video?")
        rate = self._capture.get(cv2.CAP_PROP_FPS)
        self._pace = Pace(1 / (rate if 1 <= rate <= 240 else fps), pace)

    def read(self) -> Frame | None:
        """The next frame when it is due; None at the end.

        Late ones are skipped, and those that cannot be decoded.
        """
        for _ in range(MAX_FAILED_READS):
            pixels: NDArray[np.uint8] | None = None
            with self._lock, suppress(cv2.error):
                if not self._seek():
                    return None
                index = self._next
                self._next += 1
                found, picture = self._capture.retrieve()
                if found:
                    pixels = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)
            if pixels is not None:
                times = self._pace.wait()
                return None if times is None else Frame(pixels, *times, index)
        log.warning("%s: the rest of the clip cannot be decoded", self.name)
        return None

    def _seek(self) -> bool:
        """Grab up to the next frame that is not late; False at the end."""
        while self._capture.isOpened() and (self._grabbed or self._capture.grab()):
            self._grabbed = False
            if self._pace.admit(self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000):
                return True
            self._next += 1
        return False

    def close(self) -> None:
        """Close the file; a `read` in another thread returns None."""
        self._pace.stop()
        with self._lock:
            self._release()

    def _fits(self) -> bool:
        """It is open, and its frames are no larger than the largest picture."""
        width, height = cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT
        pixels = self._capture.get(width) * self._capture.get(height)
        return bool(self._capture.isOpened()) and pixels <= MOST_PIXELS

    def _release(self) -> None:
        self._capture.release()
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def _open(path: str) -> int:
    try:
        return files.handle(path)
    except OSError as error:
        raise_shortage(error, path)
        raise UserError(f"video {path!r} cannot be opened: {error.strerror}") from error
