"""Pictures of every kind that is read, with changed headers or contents."""

from __future__ import annotations

import struct
import zlib
from functools import cached_property
from random import Random

import cv2
import numpy as np

from edge.camera import picture

from .target import Target

_KINDS = ("png", "jpg", "webp", "bmp", "ppm", "tif")
_NUMBERS = (0, 1, 2, 24, 255, 256, 6000, 7000, 16383, 32768, 65535, 65536, 1 << 24, (1 << 31) - 1,
            1 << 31, (1 << 32) - 1)  # fmt: skip


class Pictures(Target):
    """A picture in a folder; a PNG's chunks are whole, so that its decoder reads them."""

    name, share = "picture", 0.05
    words = (
        "IHDR", "IDAT", "IEND", "PLTE", "tRNS", "fcTL", "acTL", "eXIf", "iCCP", "\x7fELF", "RIFF",
        "WEBP", "VP8X", "VP8L", "ANMF", "Exif", "II*", "MM", "P6",
    )  # fmt: skip

    @cached_property
    def seeds(self) -> tuple[bytes, ...]:  # type: ignore[override]
        rng = np.random.default_rng(0)
        colours = rng.integers(0, 255, (16, 24, 3), np.uint8)
        grey = colours[..., 0]
        found = [cv2.imencode(f".{kind}", colours)[1].tobytes() for kind in _KINDS]
        found += [cv2.imencode(f".{kind}", grey)[1].tobytes() for kind in ("png", "jpg")]
        found.append(cv2.imencode(".jpg", colours, [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])[1].tobytes())
        return tuple(found)

    def run(self, data: bytes) -> bool:
        file = self.folder / "picture"
        file.write_bytes(data)
        picture.check(file)
        pixels = picture.load(file)
        assert pixels.ndim == 3 and pixels.shape[2] == 3 and pixels.dtype == np.uint8  # noqa: PT018
        assert pixels.size <= 3 * picture.MOST_PIXELS
        return True

    def made(self, rng: Random) -> bytes:
        data = bytearray(rng.choice(self.seeds))
        for _ in range(rng.randint(1, 4)):
            at = rng.randrange(min(len(data), rng.choice((32, 64, 256, 4096))))
            match rng.randrange(6):
                case 0:
                    data[at] = rng.randrange(256)
                case 1 | 2:
                    form = rng.choice(("<H", ">H", "<I", ">I"))
                    number = rng.choice(_NUMBERS) % (1 << 8 * struct.calcsize(form))
                    packed = struct.pack(form, number)
                    data[at : at + len(packed)] = packed
                case 3:
                    data[at:at] = data[at : at + rng.randrange(40)]
                case 4:
                    del data[at : at + rng.randrange(1, 9)]
                case _:
                    del data[rng.randrange(len(data)) + 1 :]
        return _whole(bytes(data)) if data.startswith(b"\x89PNG\r\n\x1a\n") else bytes(data)


def _whole(png: bytes) -> bytes:
    """The checksums of its chunks set right, as far as there are chunks."""
    made, at = bytearray(png), 8
    while at + 12 <= len(made):
        (length,) = struct.unpack_from(">I", made, at)
        end = at + 8 + length
        if end + 4 > len(made):
            break
        struct.pack_into(">I", made, end, zlib.crc32(made[at + 4 : end]))
        at = end + 4
    return bytes(made)
