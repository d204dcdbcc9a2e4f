"""A video file as a camera."""

from __future__ import annotations

import logging
import threading
from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.camera.frame import Frame
from edge.camera.pace import Pace
from edge.errors import UserError

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
        _check_readable(path)
        # An absolute path: FFmpeg reads "x:y" as a protocol, and some protocols use the network.
        self._capture = cv2.VideoCapture(str(Path(path).absolute()), cv2.CAP_FFMPEG)
        # Turned as the file says, as phones write it: OpenCV 4.11 does not unless asked, others do.
        self._capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 1)
        self._lock = threading.Lock()
        self._grabbed = False
        with suppress(cv2.error):
            self._grabbed = self._capture.isOpened() and self._capture.grab()
        self._next = 0
        if not self._grabbed:
            self._capture.release()
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
            self._capture.release()


def _check_readable(path: str) -> None:
    try:
        with open(path, "rb"):
            return
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a file name"
        raise UserError(f"video {path!r} cannot be opened: {reason}") from error
