"""A video file, by OpenCV's FFmpeg."""

from __future__ import annotations

import os
from contextlib import suppress
from itertools import pairwise
from statistics import median

import cv2

from edge import files, new_file
from edge.errors import Shortage, UserError, clear
from edge.observers.overlay.skeleton import Pixels

FOURCC = "mp4v"
"""MPEG-4 part 2: every build of OpenCV can write it, and it takes little time."""

FIRST = 6
"""Pictures after which the rate of the source is known."""

MOST_GAP_S = 2.0
"""A longer gap between two pictures is shortened to this."""

HOLD_S = 1.0
"""For so long the end is shown, where something was read at it."""


class VideoFile:
    """A new file that only its owner may read, at a constant rate: that of the source's first
    pictures. Where the source is slower, pictures are repeated; the file is made when the rate is
    known, and can be played once it was closed."""

    def __init__(self, path: str) -> None:
        """
        Raises:
            UserError: the file cannot be made or is there already, or is no .mp4.
        """
        if not path.lower().endswith(".mp4"):
            raise UserError(f"{clear(path)} cannot be written: a video must be named FILE.mp4")
        new_file.check(path)
        if not files.is_unicode(path):  # OpenCV crashes
            raise UserError(f"{clear(path)} cannot be written: its name is not UTF-8")
        self._path = path
        self._first: list[tuple[Pixels, float, bool]] = []
        self._writer: cv2.VideoWriter | None = None
        self._size = (0, 0)
        self._rate = 30.0
        self._next = 0.0  # when on the source's time line the next picture is due
        self._last: Pixels | None = None

    def show(self, picture: Pixels, time: float, whole: bool) -> None:
        """
        Raises:
            UserError: no file can be written.
        """
        if self._writer:
            self._add(picture, time, whole)
            return
        self._first.append((picture, time, whole))
        if len(self._first) == FIRST:
            self._open()

    def idle(self) -> None:
        """Nothing to do."""

    def close(self, last: Pixels | None) -> None:
        """
        Raises:
            Shortage: the file could not be written to its end.
        """
        if self._first:
            self._open()
        if self._writer is None:
            return
        if last is not None:
            for _ in range(round(HOLD_S * self._rate)):
                self._write(last)
        self._writer.release()
        self._writer = None
        written = False
        with suppress(cv2.error):  # nothing says so where the disk is full
            written = cv2.VideoCapture(self._name, cv2.CAP_FFMPEG).isOpened()
        if not written:
            raise Shortage(f"{clear(self._path)} could not be written: is the disk full?")

    @property
    def _name(self) -> str:
        """FFmpeg reads "x:y" as a protocol; not where it begins with a slash."""
        return os.path.abspath(self._path)

    def _open(self) -> None:
        first, self._first = self._first, []
        steps = [b[1] - a[1] for a, b in pairwise(first) if b[1] > a[1]]
        self._rate = min(60.0, max(1.0, round(1 / median(steps), 2))) if steps else 30.0
        height, width = first[0][0].shape[:2]
        self._size = (width, height)
        os.close(new_file.create(self._path))
        code = cv2.VideoWriter.fourcc(*FOURCC)
        with suppress(cv2.error):
            self._writer = cv2.VideoWriter(self._name, cv2.CAP_FFMPEG, code, self._rate, self._size)
        if self._writer is None or not self._writer.isOpened():
            os.unlink(self._path)
            raise UserError(f"{clear(self._path)} cannot be written: OpenCV has no such encoder")
        self._next = first[0][1]
        for picture, time, whole in first:
            self._add(picture, time, whole)

    def _add(self, picture: Pixels, time: float, whole: bool) -> None:
        """Write it at its time: what is missing before it is filled with the last one."""
        period = 1 / self._rate
        if time < self._next - MOST_GAP_S or time > self._next + MOST_GAP_S:
            self._next = time  # another source, or the same once more
        while self._last is not None and time - self._next > period / 2:
            self._write(self._last)
            self._next += period
        if whole or self._next - time < period / 2:
            self._write(picture)
            self._next += period
        self._last = picture

    def _write(self, picture: Pixels) -> None:
        assert self._writer is not None
        bgr = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
        if bgr.shape[1::-1] != self._size:
            bgr = cv2.resize(bgr, self._size)
        self._writer.write(bgr)
