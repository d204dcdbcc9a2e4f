"""A recording of landmarks as a camera: frames without a picture."""

from __future__ import annotations

import threading

import numpy as np

from edge.camera.frame import Frame
from edge.camera.pace import Pace
from edge.recording import FPS, Reader

SIZE = (640, 480)
"""Of the pictures of a file that does not say."""

GROUND = (38, 38, 38)
"""RGB, of the picture that there is not."""


class LandmarkRecording:
    """Gives the frames of a file of `edge.recording`; each carries its landmarks.

    The picture of a frame is a plain ground of the size of those the landmarks were found in: their
    x and y are shares of its width and height, so a wrong size distorts hands.
    """

    def __init__(
        self,
        path: str,
        *,
        fps: float | None = None,
        width: int | None = None,
        height: int | None = None,
        sequence: int | None = None,
        pace: bool = True,
    ) -> None:
        """
        Args:
            fps, sequence: as in `edge.recording.Reader`.
            width, height: pixels; None: as the file says, or `SIZE`.
            pace: in real time. Otherwise as fast as it is read.

        Raises:
            UserError: there is no such file, or no pyarrow, or it is not a recording.
        """
        self.name = f"landmarks:{path}"
        self.live = pace
        self.device = False
        self._lock = threading.Lock()
        self._reader = Reader(path, fps=fps, sequence=sequence)
        known = self._reader.size or SIZE
        size = (height or known[1], width or known[0])
        # One pixel, seen everywhere: a picture that nobody looks at takes no memory.
        self._ground = np.broadcast_to(np.array(GROUND, np.uint8), (*size, 3))
        self._pace = Pace(1 / (fps or FPS), pace)
        self._next = 0

    def read(self) -> Frame | None:
        """The next frame when it is due; late ones are skipped. None at the end.

        Raises:
            UserError: the file is not as it should be from here on.
        """
        while True:
            with self._lock:
                row = self._reader.read()
            if row is None:
                return None
            index = self._next
            self._next += 1
            if self._pace.admit(row.time):
                break
        times = self._pace.wait()
        return None if times is None else Frame(self._ground, *times, index, row.parts)

    def close(self) -> None:
        """Close the file; a `read` in another thread returns None."""
        self._pace.stop()
        with self._lock:
            self._reader.close()
