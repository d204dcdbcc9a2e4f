"""What a picture's first bytes say of its size, before a decoder takes memory for its pixels.

A file of a few hundred bytes can ask for gigabytes. Only the kinds that are named here are given
to a decoder.
"""

from __future__ import annotations

import io
import logging
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np
from numpy.typing import NDArray

from edge import files
from edge.errors import UserError, first_line, raise_shortage

log = logging.getLogger(__name__)

MOST_PIXELS = 40_000_000
"""The largest picture that is decoded: 120 MB of RGB."""

MOST_BYTES = 128 << 20
"""Of its file: as much as such a picture has uncompressed."""

_MOST_PARTS = 4096
"""Segments or entries that are skipped on the way to the size."""

_MOST_CHUNKS = 65536
"""Of a PNG: a large one has fifteen thousand, of 8 KiB each."""

_JPEG_SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_TIFF_SIZES = (256, 257, 278, 322, 323)  # width, height, rows of a strip, a tile's width, height
_TIFF_ONE_STRIP = 0xFFFFFFFF
_JPEG_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})


class NoPicture(UserError):
    """A file is no picture that can be shown; the message says why, without the file's name."""


def check(path: Path) -> None:
    """Read the size of the picture at ``path``, and no more of it.

    Raises:
        NoPicture: it cannot be opened, is of no known kind, or is too large.
        Shortage: the system lacks something now.
    """
    try:
        with files.opened(path) as file:
            _check_size(file)
    except OSError as error:
        raise_shortage(error, path)
        raise NoPicture(first_line(error)) from error


def load(path: Path) -> NDArray[np.uint8]:
    """The picture at ``path``: RGB, uint8 [height, width, 3], turned as its EXIF data say.

    Raises:
        NoPicture: as for `check`, or it is damaged.
        Shortage: the system lacks something now.
    """
    try:
        content = files.read(path, MOST_BYTES)
    except OSError as error:
        raise_shortage(error, path)
        raise NoPicture(first_line(error)) from error
    _check_size(io.BytesIO(content))
    try:
        picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        log.debug("%s: %s", path, error)
        picture = None
    if picture is None:
        raise NoPicture("it cannot be decoded")
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)


def _check_size(file: BinaryIO) -> None:
    try:
        sizes = list(_sizes(file))
    except (struct.error, ValueError) as error:
        raise NoPicture("its beginning is damaged") from error
    if not sizes or any(width < 1 or height < 1 for width, height in sizes):
        raise NoPicture("not a picture that can be read")
    for width, height in sizes:
        if width * height > MOST_PIXELS:
            raise NoPicture(
                f"it has {width} x {height} pixels, more than {MOST_PIXELS // 1_000_000} million"
            )


def _sizes(file: BinaryIO) -> Iterator[tuple[int, int]]:
    """(width, height) of a picture, as often as it is said; nothing where the kind is unknown.

    Raises:
        struct.error, ValueError: the file ends too early, or says no number.
    """
    start = file.read(12)
    file.seek(0)
    if start.startswith(b"\x89PNG\r\n\x1a\n"):
        yield from _png(file)
    elif start.startswith(b"\xff\xd8\xff"):
        yield _jpeg(file)
    elif start[:4] == b"RIFF" and start[8:] == b"WEBP":
        yield from _webp(file)
    elif start.startswith(b"BM"):
        yield _bmp(file)
    elif start[:1] == b"P" and start[1:2] in b"123456" and start[2:3] in b" \t\r\n#":
        yield _ppm(file)
    elif start[:4] in (b"II*\0", b"MM\0*"):
        yield from _tiff(file)


def _unpack(form: str, file: BinaryIO) -> tuple[int, ...]:
    return struct.unpack(form, file.read(struct.calcsize(form)))


def _png(file: BinaryIO) -> Iterator[tuple[int, int]]:
    """Of the picture and of the frames of an animation; no chunk claims more than there is.

    OpenCV takes as much memory for a chunk as it claims to have, up to 4 GB.
    """
    end = file.seek(0, io.SEEK_END)
    at = file.seek(8)
    for _ in range(_MOST_CHUNKS):
        length, kind = struct.unpack(">I4s", file.read(8))
        if at + 12 + length > end or (at == 8) != (kind == b"IHDR"):
            raise ValueError("a chunk is not whole, or not where it belongs")
        if kind == b"IHDR":
            width, height = _unpack(">II", file)
            yield width, height
        elif kind == b"fcTL":
            _, width, height = _unpack(">III", file)
            yield width, height
        elif kind == b"IEND":
            return
        at = file.seek(at + 12 + length)
    raise ValueError("no end")


def _jpeg(file: BinaryIO) -> tuple[int, int]:
    """The first frame header's; a decoder refuses a second one."""
    file.seek(2)
    for _ in range(_MOST_PARTS):
        (mark,) = _unpack(">B", file)
        if mark != 0xFF:
            raise ValueError("no marker")
        while mark == 0xFF:
            (mark,) = _unpack(">B", file)
        if mark in _JPEG_WITHOUT_LENGTH:
            continue
        (length,) = _unpack(">H", file)
        if mark in _JPEG_SIZES:
            _, height, width = _unpack(">BHH", file)
            return width, height
        if mark in (0xD9, 0xDA) or length < 2:
            break
        file.seek(length - 2, io.SEEK_CUR)
    raise ValueError("no frame header")


def _webp(file: BinaryIO) -> Iterator[tuple[int, int]]:
    """Of the canvas and of the first picture."""
    file.seek(12)
    for _ in range(_MOST_PARTS):
        head = file.read(8)
        kind, length = struct.unpack("<4sI", head)
        content = file.read(min(length, 10))
        if kind == b"VP8 ":
            width, height = struct.unpack("<HH", content[6:10])
            yield width & 0x3FFF, height & 0x3FFF
            return
        if kind == b"VP8L":
            (bits,) = struct.unpack("<I", content[1:5])
            yield (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
            return
        if kind == b"VP8X":
            yield (
                int.from_bytes(content[4:7], "little") + 1,
                int.from_bytes(content[7:10], "little") + 1,
            )
        if kind == b"ANMF":
            return
        file.seek(length + length % 2 - len(content), io.SEEK_CUR)
    raise ValueError("no picture")


def _bmp(file: BinaryIO) -> tuple[int, int]:
    file.seek(14)
    (header,) = _unpack("<I", file)
    width, height = _unpack("<HH" if header == 12 else "<ii", file)
    return width, abs(height)


def _ppm(file: BinaryIO) -> tuple[int, int]:
    """Two numbers after the kind, with white space and comments between."""
    text = file.read(65536)[2:]
    numbers: list[int] = []
    for line in text.splitlines():
        for word in line.partition(b"#")[0].split():
            if len(word) > 9 or not word.isdigit():
                raise ValueError("no number")
            numbers.append(int(word))
            if len(numbers) == 2:
                return numbers[0], numbers[1]
    raise ValueError("no size")


def _tiff(file: BinaryIO) -> Iterator[tuple[int, int]]:
    """Of the picture, and of its tile or strip, for which a decoder takes memory too."""
    order = "<" if file.read(2) == b"II" else ">"
    file.seek(4)
    (at,) = _unpack(order + "I", file)
    file.seek(at)
    (count,) = _unpack(order + "H", file)
    found: dict[int, int] = {}
    for _ in range(min(count, _MOST_PARTS)):
        tag, kind, _, value = struct.unpack(order + "HHI4s", file.read(12))
        if tag in _TIFF_SIZES and kind in (3, 4):
            form = "H" if kind == 3 else "I"
            found[tag] = struct.unpack(order + form, value[: struct.calcsize(form)])[0]
    width, height, strip, tile_width, tile_height = (found.get(tag, 0) for tag in _TIFF_SIZES)
    yield width, height
    if strip and strip != _TIFF_ONE_STRIP:
        yield width, strip
    if tile_width or tile_height:
        yield tile_width, tile_height
