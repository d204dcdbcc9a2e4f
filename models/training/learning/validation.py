"""Validation while a network trains: phrases and static poses of the development signers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from models.training.architecture import Form, Model
from models.training.aslfr.characters import ALPHABET
from models.training.data.hands import LETTERS, Floats, training
from models.training.evaluation.greedy import greedy
from models.training.evaluation.metrics import distance
from models.training.evaluation.samples import OWN
from models.training.learning.config import TrainingConfig
from models.training.learning.feed import encoder
from models.training.learning.precision import choose
from models.training.synthesis.batches import batch
from models.training.synthesis.camera import PERFECT_VIEW, Camera
from models.training.synthesis.pose_library import PoseLibrary, build_library
from models.training.synthesis.script import ScriptWriter
from models.training.synthesis.texts import Texts
from models.training.synthesis.timeline import Timeline

_PHRASES = 24
_POSES = 6
_LONGEST = 480
_CPU = torch.device("cpu")


class Validator:
    """Measures a network on the same windows each time, with all camera effects on."""

    def __init__(self, data: Path, config: TrainingConfig, precision: str = "auto") -> None:
        library = build_library(training(data, development=True), data, 0, training_clips=False)
        self._config, self._precision = config, choose(_CPU, precision)
        self._phrases = [
            self._phrases_of(library, Texts(data, "held-out", digits=False), number)
            for number in range(len(library.signers))
        ]
        self._static = [
            self._static_poses(library, number) for number in range(len(library.signers))
        ]

    def __call__(self, model: Model) -> dict[str, float]:
        """Character error rate of phrases, by both forms, and share of static poses read."""
        model.eval()
        figures = {
            "development_cer": self._cer(model, self._phrases, Form.STREAMING),
            "development_static": 1 - self._cer(model, self._static, Form.STREAMING),
        }
        if self._config.full_every:
            figures["development_cer_full"] = self._cer(model, self._phrases, Form.FULL)
        return {name: round(value, 4) for name, value in figures.items()}

    def _cer(self, model: Model, sets: list[tuple[Floats, list[str]]], form: Form) -> float:
        rates = []
        for features, truth in sets:
            with torch.no_grad(), self._precision.autocast(_CPU):
                logits = model(torch.from_numpy(features), form=form).float().numpy()
            read = greedy(logits, ALPHABET)
            wrong = sum(distance(a.strip(), b) for a, b in zip(read, truth, strict=True))
            rates.append(min(1.0, wrong / sum(map(len, truth))))
        return float(np.mean(rates))

    def _phrases_of(
        self, library: PoseLibrary, texts: Texts, number: int
    ) -> tuple[Floats, list[str]]:
        rng = np.random.default_rng((5, number))
        writer = ScriptWriter(library, texts, _LONGEST, rng)
        timelines: list[Timeline] = []
        truth = []
        while len(timelines) < _PHRASES:
            ticks = float(texts.pace[rng.integers(len(texts.pace))])
            text = " ".join(texts.draw(rng).split()[: rng.integers(1, 4)])
            timeline = writer.phrase(text, ticks, library.signers[number])
            if timeline.text and timeline.text[-1][2] < _LONGEST - 12:
                timelines.append(timeline)
                truth.append(text)
        return self._features(timelines, library, rng, OWN), truth

    def _static_poses(self, library: PoseLibrary, number: int) -> tuple[Floats, list[str]]:
        rng = np.random.default_rng((7, number))
        signer = library.signers[number]
        timelines, truth = [], []
        for letter in sorted(set(LETTERS) & set(signer.own_letters) - set("jz")):
            for row in rng.permutation(signer.letters[letter])[:_POSES]:
                timelines.append(static_pose(int(row)))
                truth.append(letter)
        return self._features(timelines, library, rng, PERFECT_VIEW), truth

    def _features(
        self,
        timelines: list[Timeline],
        library: PoseLibrary,
        rng: np.random.Generator,
        camera: Camera,
    ) -> Floats:
        made = batch(
            timelines, library, ALPHABET, self._config.look_ahead, rng, camera,
            encoder=encoder(self._config),
        )  # fmt: skip
        return made.features


def static_pose(row: int, seconds: float = 1.0) -> Timeline:
    """A pose that appears, stays still and disappears."""
    timeline = Timeline(round(30 * seconds) + 45, calm=True)
    end = 15 + 30 * seconds
    timeline.absent += [(-1, 15), (end, 1000)]
    timeline.key(15, row, (0, 0))
    timeline.key(end, row, (0, 0))
    return timeline
