"""A clip of rendered signers with its truth: a camera that costs no rendering when it is read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import cv2

from benchmarks.modes.letters import TEXTS, WORDS
from benchmarks.modes.settings import progress
from edge.camera.signer import Signer, Spelled
from edge.errors import UserError

FPS = 30
SPEED = 3.0
SEED = 101
QUALITY = 95
SHORT = 10.0


@dataclass(frozen=True)
class Clip:
    """A video file.

    Attributes:
        frames: how many it has, `FPS` a second.
        texts: what its signers spell, one after the other.
        spelled: their letters, in seconds from the first frame.
    """

    path: Path
    frames: int
    texts: tuple[str, ...]
    spelled: tuple[Spelled, ...]

    @property
    def uri(self) -> str:
        return f"video:{self.path}"

    @property
    def text(self) -> str:
        return " ".join(self.texts)


def signers(seconds: float, texts: Sequence[str] = ()) -> Iterable[Signer]:
    """Unpaced signers, each with another text and look, that last ``seconds`` together, or a
    little more; always the same ones. Short words for less than `SHORT` seconds."""
    total = 0.0
    for seed, text in enumerate(cycle(texts or (WORDS if seconds < SHORT else TEXTS)), SEED):
        if total >= seconds:
            return
        signer = Signer(text, seed=seed, speed=SPEED, fps=FPS, pace=False)
        total += signer.duration
        yield signer


def render(path: Path, seconds: float, texts: Sequence[str] = ()) -> Clip:
    """Draw the signers of ``seconds`` into ``path``, an MJPG .avi.

    Raises:
        UserError: this OpenCV cannot write one.
    """
    frames = 0
    drawn: list[str] = []
    spelled: list[Spelled] = []
    writer: cv2.VideoWriter | None = None
    for signer in signers(seconds, texts):
        if writer is None:
            code = cv2.VideoWriter_fourcc(*"MJPG")
            writer = cv2.VideoWriter(str(path), cv2.CAP_OPENCV_MJPEG, code, FPS, signer.size)
            writer.set(cv2.VIDEOWRITER_PROP_QUALITY, QUALITY)
            if not writer.isOpened():
                raise UserError(f"{path}: OpenCV cannot write an MJPG clip there")
        before = frames / FPS
        while (frame := signer.read()) is not None:
            writer.write(frame.pixels[..., ::-1])
            frames += 1
            progress(f"drawing a clip: {frames / FPS:.0f} of {seconds:.0f} s")
        drawn.append(signer.name.removeprefix("signer:"))
        spelled += [Spelled(s.text, s.start + before, s.end + before) for s in signer.spelled]
    assert writer is not None, "a clip lasts longer than nothing"
    writer.release()
    return Clip(path, frames, tuple(drawn), tuple(spelled))
