"""All measurements of a model, by every predictor and every decoder."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from edge.recognize.model import StreamingModel
from models.training.data.hands import DIGITS, images
from models.training.evaluation import clips, negatives, samples
from models.training.evaluation.inference import Predictor
from models.training.evaluation.negatives import FalseReadings
from models.training.evaluation.transcripts import Decoders, Transcript, transcribe
from models.training.synthesis.pose_library import build_library
from models.training.synthesis.texts import Texts

ByModel = dict[str, dict[str, list[Transcript]]]
"""Transcripts by model and by decoder."""
_SEED = 11


@dataclass(frozen=True)
class SampleCounts:
    """How much is measured: texts per signer, frames per letter of a signer, signers of other
    signs (None: all)."""

    texts: int = 96
    frames: int = 30
    signers: int | None = None


QUICK = SampleCounts(4, 1, 1)


@dataclass(frozen=True)
class Measurements:
    """What was measured.

    Attributes:
        phrases, static: phrases and static poses of the validation signers, by model and decoder.
        static_jz: their static J and Z, by decoder.
        moving: real J and Z in motion, by decoder.
        digits: of one signer, by decoder; empty where the model reads none.
        signs: what was read of other signs, by decoder.
        seconds: how long it took.
    """

    counts: SampleCounts
    phrases: ByModel
    static: ByModel
    static_jz: dict[str, list[Transcript]]
    moving: dict[str, list[Transcript]]
    digits: dict[str, list[Transcript]]
    signs: dict[str, FalseReadings]
    seconds: float


def measure(
    predictors: Mapping[str, Predictor], live: str, model: StreamingModel, decoders: Decoders,
    data: Path, counts: SampleCounts,
) -> Measurements:  # fmt: skip
    """Measure.

    Args:
        predictors: by name; ``live`` names the one that runs in the daemon. It also reads J and Z
            and, as ``model``, the other signs.
        decoders: by name.
        data: the data folder.
    """
    started = time.monotonic()
    library = build_library(images(data, "validation"), data, 0, training_clips=False)
    texts = Texts(data, "held-out", digits=False)
    spelled = samples.phrases(library, texts, counts.texts, _SEED)
    poses = samples.static_poses(library, count=counts.frames)
    phrases, static = {}, {}
    for name, predictor in predictors.items():
        phrases[name] = transcribe(
            predictor, spelled, decoders, Progress(f"phrases, {name}", len(spelled))
        )
        static[name] = transcribe(
            predictor, poses, decoders, Progress(f"static letters, {name}", len(poses))
        )
    jz_poses = samples.static_poses(library, "jz", counts.frames)
    static_jz = transcribe(
        predictors[live], jz_poses, decoders, Progress("static J and Z", len(jz_poses))
    )
    real = clips.moving(data)
    moving = transcribe(predictors[live], real, decoders, Progress("J and Z in motion", len(real)))
    shown = clips.digits(data) if set(DIGITS) <= set(model.alphabet) else []
    digits = transcribe(predictors[live], shown, decoders, Progress("digits", len(shown)))
    others = negatives.signs(data, counts.signers)
    signs = {}
    for name, decoder in decoders.items():
        progress = Progress(f"other signs, {name}", 1)
        signs[name] = negatives.read(model, decoder, others)
        progress()
    spent = time.monotonic() - started
    return Measurements(counts, phrases, static, static_jz, moving, digits, signs, spent)


class Progress:
    """Prints the progress of one part to stderr every few seconds and at its end."""

    def __init__(self, name: str, count: int, interval_s: float = 5.0) -> None:
        self._name, self._count, self._interval_s = name, count, interval_s
        self._done = 0
        self._begun = self._printed = time.monotonic()

    def __call__(self) -> None:
        """Count one more."""
        self._done += 1
        now = time.monotonic()
        if self._done == self._count or now - self._printed >= self._interval_s:
            self._printed = now
            spent = now - self._begun
            left = spent / self._done * (self._count - self._done)
            progress = f"{self._done}/{self._count}, {spent:.0f} s, left {left:.0f} s"
            print(f"{self._name}: {progress}", file=sys.stderr, flush=True)
