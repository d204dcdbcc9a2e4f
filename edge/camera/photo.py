"""Pictures as a camera: each is shown for a while, with an empty frame between two."""

from __future__ import annotations

import logging
import os
import stat
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.camera import picture
from edge.camera.frame import Frame
from edge.camera.pace import Pace
from edge.errors import UserError, clear, raise_shortage

log = logging.getLogger(__name__)

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".ppm", ".tif", ".tiff"})

_MOST_LINES = 10
"""Of a folder's files that are left out, one for each."""

EMPTY = 127
"""Grey, for the gap: black would look like a covered lens."""


class Photos:
    """A picture, or the pictures of a folder in the order of their names, at their own size.

    Attributes:
        pictures: the files, in order.
        period: seconds from the start of one picture to the start of the next.
    """

    def __init__(
        self,
        path: str,
        *,
        hold: float = 1.0,
        gap: float = 0.7,
        pace: bool = True,
        fps: float = 30.0,
    ) -> None:
        """Each picture is shown ``hold`` seconds, then an empty frame ``gap`` seconds.

        What is no picture in a folder is left out, with a line in the log.

        Raises:
            UserError: no such file, no pictures in the folder, or a file that is not a picture.
        """
        self.name = f"photo:{path}"
        self.live = pace
        self.device = False
        self.pictures = _pictures(path)
        self._shown_frames = max(1, round(hold * fps))
        self._period_frames = self._shown_frames + round(gap * fps)
        self.period = self._period_frames / fps
        self._fps = fps
        self._pace = Pace(1 / fps, pace)
        self._next = 0
        self._loaded = -1
        self._pixels: NDArray[np.uint8] = np.full((480, 640, 3), EMPTY, np.uint8)
        self._empty = self._pixels

    def read(self) -> Frame | None:
        """The next frame when it is due; late ones are skipped. None after the last gap."""
        while True:
            index = self._next
            number, part = divmod(index, self._period_frames)
            if number >= len(self.pictures):
                return None
            self._next += 1
            if self._pace.admit(index / self._fps):
                break
        pixels = self._picture(number)
        times = self._pace.wait()
        if times is None:
            return None
        return Frame(pixels if part < self._shown_frames else self._empty, *times, index)

    def close(self) -> None:
        """End the show; a `read` in another thread returns None."""
        self._pace.stop()

    def _picture(self, number: int) -> NDArray[np.uint8]:
        if number != self._loaded:
            self._loaded = number
            try:
                self._pixels = picture.load(self.pictures[number])
            except picture.NoPicture as error:
                log.warning("%s is shown as empty: %s", _shown(self.pictures[number]), error)
                self._pixels = self._empty
            else:
                self._empty = np.full_like(self._pixels, EMPTY)
        return self._pixels


def _pictures(path: str) -> tuple[Path, ...]:
    location = Path(path)
    try:
        if stat.S_ISDIR(os.stat(location).st_mode):
            found = sorted(p for p in location.iterdir() if p.suffix.lower() in SUFFIXES)
        else:
            found = [location]
    except (OSError, ValueError) as error:
        raise_shortage(error, path)
        reason = getattr(error, "strerror", None) or "not a file name"
        raise UserError(f"pictures {path!r} cannot be opened: {reason}") from error
    if not found:
        raise UserError(f"folder {path} contains no pictures ({', '.join(sorted(SUFFIXES))})")
    usable: list[Path] = []
    refused: list[str] = []
    for file in found:
        try:
            picture.check(file)
        except picture.NoPicture as error:
            refused.append(f"{_shown(file)}: {error}")
        else:
            usable.append(file)
    if not usable:
        more = f"; nor can {len(refused) - 1} more be shown" if len(refused) > 1 else ""
        raise UserError(refused[0] + more)
    for line in refused[:_MOST_LINES]:
        log.warning("left out: %s", line)
    if len(refused) > _MOST_LINES:
        log.warning("left out: %d more", len(refused) - _MOST_LINES)
    return tuple(usable)


def _shown(file: Path) -> str:
    return clear(str(file))
