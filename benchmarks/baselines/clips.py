"""Input of the baselines: frames decoded or rendered once, handed over as files of raw items."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.camera.signer import Signer
from edge.camera.signer.motion import Spelled

Kind = Literal["real", "rendered", "ticks"]
LINES = 480
"""Height a larger clip is scaled down to: what the daemon asks of a camera."""
SUFFIXES = (".mp4", ".mov", ".gif")
TICK = 280
"""Numbers in a tick: what the widest network reads."""


@dataclass(frozen=True)
class Clip:
    """One sequence.

    Attributes:
        file: its items one after the other, C order.
        shape: [n, ...], RGB frames [n, height, width, 3] or ticks [n, TICK].
        spelled: where it is known, the characters with their true start and end, in seconds from
            the first frame.
    """

    name: str
    kind: Kind
    file: Path
    shape: tuple[int, ...]
    dtype: str
    fps: float
    spelled: tuple[Spelled, ...] = ()

    def __len__(self) -> int:
        return self.shape[0]

    def request(self) -> dict[str, Any]:
        """How `workers/serve.py` is asked for it."""
        about = {"file": str(self.file), "shape": self.shape, "dtype": self.dtype}
        return {**about, "fps": self.fps}


def real(data: Path, folder: Path) -> list[Clip]:
    """The clips in ``data``/video; none where there is no such folder."""
    found = sorted(p for p in data.glob("video/*") if p.suffix.lower() in SUFFIXES)
    return [_decoded(path, folder) for path in found]


def rendered(text: str, seed: int, folder: Path) -> Clip:
    """The signer, seed ``seed``, spelling ``text`` at 3 letters and 30 frames a second."""
    signer = Signer(text, seed=seed, pace=False)
    file = folder / f"signer-{seed}.raw"
    count = 0
    with file.open("wb") as out:
        while (frame := signer.read()) is not None:
            out.write(np.ascontiguousarray(frame.pixels).tobytes())
            count += 1
    width, height = signer.size
    shape = (count, height, width, 3)
    return Clip(f"signer {text!r}", "rendered", file, shape, "uint8", signer.fps, signer.spelled)


def ticks(count: int, folder: Path) -> Clip:
    """Random numbers, ``count`` ticks at 30 a second."""
    file = folder / "ticks.raw"
    np.random.default_rng(0).normal(size=(count, TICK)).astype(np.float32).tofile(file)
    return Clip("ticks", "ticks", file, (count, TICK), "float32", 30.0)


def _decoded(path: Path, folder: Path) -> Clip:
    source = cv2.VideoCapture(str(path))
    fps = float(source.get(cv2.CAP_PROP_FPS))
    file = folder / f"{path.stem}.raw"
    frame: NDArray[np.uint8] | None = None
    count = 0
    with file.open("wb") as out:
        while True:
            there, picture = source.read()
            if not there:
                break
            frame = _scaled(picture)
            out.write(frame.tobytes())
            count += 1
    if frame is None:
        raise ValueError(f"no frame could be read from {path}")
    return Clip(path.name, "real", file, (count, *frame.shape), "uint8", fps)


def _scaled(picture: Any) -> NDArray[np.uint8]:
    height, width = picture.shape[:2]
    if height > LINES:
        size = (round(width * LINES / height), LINES)
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    pixels: NDArray[np.uint8] = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
    return pixels
