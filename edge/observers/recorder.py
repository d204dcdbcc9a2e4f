"""Writes the landmarks of every frame to a file."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np

from edge import new_file
from edge.camera import Frame
from edge.landmarks import Landmarks
from edge.observers.parts import parts_of
from edge.observers.threaded import ThreadedObserver
from edge.recording import FoundParts, Writer
from edge.recording.parquet import pyarrow

log = logging.getLogger(__name__)

WAITING = 600
"""Frames that may wait while a disk is busy: twenty seconds."""

MOST_FRAMES = 500_000
"""Of a file: four and a half hours at 30 frames a second."""

STALL_S = 1.0
"""Seconds without a frame after which a new sequence begins, as a new segment does
(`edge.recognize.resample.MAX_STALL_S`)."""


class Recorder(ThreadedObserver[tuple[Landmarks, FoundParts]]):
    """A new file that only its owner may read; a sequence lasts as long as frames come.

    The file is made when the first frame comes. In a pause no hand is looked for, so none is
    written.

    Attributes:
        path: of the file.
        frames: how many were written.
    """

    def __init__(self, path: Path | str) -> None:
        """
        Raises:
            UserError: the file cannot be made or is there already; no pyarrow.
        """
        super().__init__("recorder", WAITING)
        new_file.check(path)
        pyarrow()
        self.path = path
        self.frames = 0
        self._writer: Writer | None = None
        self._sequence = 0
        self._size = (0, 0)
        self._last: Landmarks | None = None

    def take(self, frame: Frame, landmarks: Landmarks) -> tuple[Landmarks, FoundParts]:
        return landmarks, parts_of(frame, landmarks)

    def work(self, item: tuple[Landmarks, FoundParts]) -> None:
        if self.frames == MOST_FRAMES:
            return
        landmarks, parts = item
        if self._writer is None:
            self._writer = Writer(self.path)
            self._size = landmarks.size
        if self._last and not _follows(self._last, landmarks):
            self._sequence += 1
        if landmarks.size != self._size:
            parts = _resized(parts, landmarks.size, self._size)
        self._last = landmarks
        self._writer.add(self._sequence, landmarks.index, landmarks.time, parts)
        self.frames += 1
        if self.frames == MOST_FRAMES:
            log.warning("%d frames were recorded, the most: no more will be", MOST_FRAMES)

    def close(self) -> None:
        if self._writer:
            self._writer.close(self._size)
        if self.lost:
            log.warning("%d frames were not recorded: the disk did not keep up", self.lost)


def _follows(last: Landmarks, landmarks: Landmarks) -> bool:
    return landmarks.index > last.index and 0 < landmarks.time - last.time <= STALL_S


def _resized(parts: FoundParts, size: tuple[int, int], wanted: tuple[int, int]) -> FoundParts:
    """Shares of a picture of another size: a hand keeps its shape, for the file has one size."""
    width, height = size[0] / wanted[0], size[1] / wanted[1]
    scale = np.array([width, height, width], np.float32)
    return {name: points * scale for name, points in parts.items()}
