"""A video file as a camera."""

from __future__ import annotations

import os
import threading

import cv2
import numpy as np

from edge import files
from edge.camera.frame import Frame
from edge.camera.pace import Pace
from edge.camera.picture import MOST_PIXELS
from edge.errors import UserError, raise_shortage

_ONLY_ERRORS = 2


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
        self._lock = threading.Lock()
        self._grabbed = self._fits() and self._capture.grab()
        self._next = 0
        if not self._grabbed:
            self._release()
            raise UserError(f"{path} cannot be read as a video: is it damaged, or not a video?")
        rate = self._capture.get(cv2.CAP_PROP_FPS)
        self._pace = Pace(1 / (rate if 1 <= rate <= 240 else fps), pace)

    def read(self) -> Frame | None:
        """The next frame when it is due; late ones are skipped. None at the end."""
        with self._lock:
            if not self._seek():
                return None
            index = self._next
            self._next += 1
            found, picture = self._capture.retrieve()
        times = self._pace.wait() if found else None
        if times is None:
            return None
        pixels = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)
        return Frame(pixels, *times, index)

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
