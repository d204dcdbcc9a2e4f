"""Reads a recording of landmarks, frame by frame, whoever wrote it."""

from __future__ import annotations

import os
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from edge import files
from edge.errors import UserError, clear, raise_shortage
from edge.recording.layout import About, FoundParts
from edge.recording.long import Long, is_long
from edge.recording.parquet import Table, broken, pyarrow, readable
from edge.recording.wide import Wide

FPS = 15.0
"""Frames a second of a file that does not say."""

GAP_S = 1.5
"""Seconds between two sequences, and the most between two frames: after one second without a frame
the recogniser starts a new segment (`edge.recognize.resample.MAX_STALL_S`)."""


@dataclass(frozen=True, slots=True)
class Row:
    """One frame.

    Attributes:
        sequence: number of its sequence in the file.
        frame: its number there.
        time: seconds since the first frame that is read.
        parts: what was found.
    """

    sequence: int
    frame: int
    time: float
    parts: FoundParts


class Reader:
    """An open recording. A piece of it is in memory at a time, however long it is.

    Attributes:
        size: (width, height) of its pictures in pixels; None where it does not say.
        parts: that it may have.
    """

    def __init__(
        self, path: Path | str, *, fps: float | None = None, sequence: int | None = None
    ) -> None:
        """Reads as far as its first frame.

        Args:
            fps: frames a second; None: as the file says, or `FPS`.
            sequence: the only one to be read; None: all, one after the other.

        Raises:
            UserError: no such file, no pyarrow, not a recording, or no such sequence.
        """
        pyarrow()
        self._path = path
        try:
            self._file = os.fdopen(files.handle(path), "rb")
        except OSError as error:
            raise_shortage(error, path)
            name = clear(str(path))
            raise UserError(f"recording {name} cannot be opened: {error.strerror}") from error
        try:
            table = Table(path, self._file)
            self._layout: Long | Wide = (Long if is_long(table) else Wide)(path, table)
            about = About.of(table.metadata, table.rows)
            self.size = about.size if about else None
            self.parts = self._layout.parts
            self._times = about.times if about and fps is None else None
            self._fps = fps or FPS
            self._sequence = sequence
            self._rows = self._read()
            self._first = next(self._rows, None)
            if self._first is None:
                what = "frames" if sequence is None else f"sequence {sequence}"
                raise broken(path, f"it has no {what}")
        except BaseException:
            self._file.close()
            raise

    def read(self) -> Row | None:
        """The next frame; None at the end.

        Raises:
            UserError: the file is not as it should be from here on.
        """
        if self._file.closed:
            return None
        row, self._first = self._first, None
        return row or next(self._rows, None)

    def close(self) -> None:
        """Close the file; may be called more than once, but not while another thread reads."""
        self._rows.close()
        self._file.close()

    def _read(self) -> Generator[Row, None, None]:
        before: tuple[int, int] | None = None
        stamp = time = 0.0
        for n, (sequence, frame, parts) in enumerate(self._layout.frames(self._sequence)):
            if self._sequence not in (None, sequence):
                continue
            with readable(self._path):
                now = frame / self._fps if self._times is None else float(self._times[n])
            if before is not None:
                step = now - stamp
                if before[0] != sequence:
                    step = GAP_S
                elif frame <= before[1] or step <= 0:
                    raise broken(
                        self._path,
                        f"frame {frame} of sequence {sequence} follows {before[1]}:"
                        " they must ascend",
                    )
                time += min(step, GAP_S)
            before, stamp = (sequence, frame), now
            yield Row(sequence, frame, time, parts)
