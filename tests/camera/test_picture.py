"""The size of a picture is read before its pixels, and nothing large is decoded."""

from __future__ import annotations

import contextlib
import io
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.camera import picture

KINDS = ("png", "jpg", "webp", "bmp", "ppm", "tif")


def encoded(kind: str, width: int, height: int) -> bytes:
    pixels = np.arange(width * height * 3, dtype=np.uint8).reshape(height, width, 3)
    options = [cv2.IMWRITE_WEBP_QUALITY, 80] if kind == "webp" else []
    return cv2.imencode(f".{kind}", pixels, options)[1].tobytes()


def png(width: int, height: int) -> bytes:
    """A picture that is its header, and a few bytes that unpack to a thousand times as much."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(bytes(1 << 20)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + pixels + chunk(b"IEND", b"")


def enlarged(kind: str) -> bytes:
    """A small picture whose header asks for 60,000 x 60,000 pixels, or as many as it can say."""
    data = bytearray(encoded(kind, 24, 16))
    many = 60_000
    if kind == "png":
        return png(many, many)
    if kind == "jpg":
        at = data.index(b"\xff\xc0")
        data[at + 5 : at + 9] = struct.pack(">HH", many, many)
    elif kind == "webp":
        at = data.index(b"VP8 ")
        data[at + 14 : at + 18] = struct.pack("<HH", 0x3FFF, 0x3FFF)
    elif kind == "bmp":
        data[18:26] = struct.pack("<ii", many, -many)
    elif kind == "ppm":
        return bytes(data).replace(b"24 16", b"60000 60000")
    else:
        order = "<" if data[:2] == b"II" else ">"
        (at,) = struct.unpack(order + "I", data[4:8])
        (count,) = struct.unpack(order + "H", data[at : at + 2])
        for entry in range(at + 2, at + 2 + 12 * count, 12):
            if struct.unpack(order + "H", data[entry : entry + 2])[0] in (256, 257):
                data[entry + 2 : entry + 12] = struct.pack(order + "HII", 4, 1, many)
    return bytes(data)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("width", "height"), [(24, 16), (1, 1), (3, 300)])
def test_a_picture_of_each_kind_is_read_with_the_size_it_says(
    tmp_path: Path, kind: str, width: int, height: int
) -> None:
    file = tmp_path / f"a.{kind}"
    file.write_bytes(encoded(kind, width, height))
    assert next(picture._sizes(io.BytesIO(file.read_bytes()))) == (width, height)
    picture.check(file)
    assert picture.load(file).shape == (height, width, 3)


def test_a_lossless_webp_too(tmp_path: Path) -> None:
    file = tmp_path / "a.webp"
    options = [cv2.IMWRITE_WEBP_QUALITY, 101]
    file.write_bytes(cv2.imencode(".webp", np.zeros((5, 7, 3), np.uint8), options)[1].tobytes())
    assert next(picture._sizes(io.BytesIO(file.read_bytes()))) == (7, 5)
    assert picture.load(file).shape == (5, 7, 3)


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_that_asks_for_too_many_pixels_is_refused(tmp_path: Path, kind: str) -> None:
    file = tmp_path / f"a.{kind}"
    file.write_bytes(enlarged(kind))
    for read in (picture.check, picture.load):
        with pytest.raises(picture.NoPicture, match="pixels, more than 40 million"):
            read(file)


def test_a_chunk_that_claims_gigabytes_is_refused(tmp_path: Path) -> None:
    data = bytearray(encoded("png", 24, 16))
    at = data.index(b"IDAT") - 4
    data[at : at + 4] = struct.pack(">I", 0x7FFFFFFF)
    (tmp_path / "a.png").write_bytes(data)
    for read in (picture.check, picture.load):
        with pytest.raises(picture.NoPicture, match="damaged"):
            read(tmp_path / "a.png")


def test_a_tile_for_which_a_decoder_takes_a_gigabyte_is_refused(tmp_path: Path) -> None:
    entries = [(256, 64), (257, 64), (322, 30_000), (323, 30_000)]
    data = b"II*\0" + struct.pack("<IH", 8, len(entries))
    data += b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries)
    (tmp_path / "a.tif").write_bytes(data)
    with pytest.raises(picture.NoPicture, match="30000 x 30000"):
        picture.check(tmp_path / "a.tif")


@pytest.mark.parametrize(
    "content",
    [b"", b"no picture", b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X        ", b"\xff\xd8\xff",
     b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP", b"BM", b"P6 ", b"P6 9999999999999 1 ", b"II*\0",
     b"P6 0 5 255 ", b"\x00\x00\x00\x0cjP  \r\n\x87\n", b"GIF89a\xff\xff\xff\xff"],
)  # fmt: skip
def test_what_is_no_picture_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "a.jpg"
    file.write_bytes(content)
    for read in (picture.check, picture.load):
        with pytest.raises(picture.NoPicture) as caught:
            read(file)
        assert str(caught.value).isprintable()


@pytest.mark.parametrize("kind", KINDS)
@given(st.data())
def test_a_damaged_picture_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, kind: str, data: st.DataObject
) -> None:
    content = bytearray(encoded(kind, 24, 16))
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    file = tmp_path_factory.getbasetemp() / f"damaged.{kind}"
    file.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    with contextlib.suppress(picture.NoPicture):
        assert picture.load(file).size <= 3 * picture.MOST_PIXELS
