"""How a network does while it trains: phrases and held letters of the choosing signers."""

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
from models.training.learning.feed import encoder
from models.training.learning.recipe import Recipe
from models.training.synthesis.bank import Bank, build
from models.training.synthesis.camera import STEADY, Camera
from models.training.synthesis.score import Score
from models.training.synthesis.script import Writer
from models.training.synthesis.synth import batch
from models.training.synthesis.texts import Texts

_PHRASES = 24
_HELD = 6
_LONGEST = 480


class Judge:
    """The same windows each time: the disturbances are those of a whole recipe."""

    def __init__(self, data: Path, recipe: Recipe) -> None:
        bank = build(training(data, choosing=True), data, 0, fresh=False)
        self._recipe = recipe
        self._phrases = [
            self._spelled(bank, Texts(data, "held-out", digits=False), number)
            for number in range(len(bank.signers))
        ]
        self._held = [self._holding(bank, number) for number in range(len(bank.signers))]

    def __call__(self, model: Model) -> dict[str, float]:
        """Character error rate of phrases, by both forms, and share of held letters read."""
        model.eval()
        said = {
            "choosing_cer": self._cer(model, self._phrases, Form.STREAMING),
            "choosing_held": 1 - self._cer(model, self._held, Form.STREAMING),
        }
        if self._recipe.full_every:
            said["choosing_cer_full"] = self._cer(model, self._phrases, Form.FULL)
        return {name: round(value, 4) for name, value in said.items()}

    def _cer(self, model: Model, sets: list[tuple[Floats, list[str]]], form: Form) -> float:
        rates = []
        for features, truth in sets:
            with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
                logits = model(torch.from_numpy(features), form=form).float().numpy()
            read = greedy(logits, ALPHABET)
            wrong = sum(distance(a.strip(), b) for a, b in zip(read, truth, strict=True))
            rates.append(min(1.0, wrong / sum(map(len, truth))))
        return float(np.mean(rates))

    def _spelled(self, bank: Bank, texts: Texts, number: int) -> tuple[Floats, list[str]]:
        rng = np.random.default_rng((5, number))
        writer = Writer(bank, texts, _LONGEST, rng)
        scores: list[Score] = []
        truth = []
        while len(scores) < _PHRASES:
            ticks = float(texts.pace[rng.integers(len(texts.pace))])
            text = " ".join(texts.draw(rng).split()[: rng.integers(1, 4)])
            score = writer.phrase(text, ticks, bank.signers[number])
            if score.text and score.text[-1][2] < _LONGEST - 12:
                scores.append(score)
                truth.append(text)
        return self._features(scores, bank, rng, OWN), truth

    def _holding(self, bank: Bank, number: int) -> tuple[Floats, list[str]]:
        rng = np.random.default_rng((7, number))
        signer = bank.signers[number]
        scores, truth = [], []
        for letter in sorted(set(LETTERS) & set(signer.own) - set("jz")):
            for row in rng.permutation(signer.letters[letter])[:_HELD]:
                scores.append(held(int(row)))
                truth.append(letter)
        return self._features(scores, bank, rng, STEADY), truth

    def _features(
        self, scores: list[Score], bank: Bank, rng: np.random.Generator, camera: Camera
    ) -> Floats:
        made = batch(
            scores, bank, ALPHABET, self._recipe.look_ahead, rng, camera,
            encoder=encoder(self._recipe),
        )  # fmt: skip
        return made.features


def held(row: int, seconds: float = 1.0) -> Score:
    """One pose that appears, stands still and is gone."""
    score = Score(round(30 * seconds) + 45, calm=True)
    end = 15 + 30 * seconds
    score.absent += [(-1, 15), (end, 1000)]
    score.key(15, row, (0, 0))
    score.key(end, row, (0, 0))
    return score
