"""Figures by signer: phrases synthesised from a signer's hands, and single letters held."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from models.training.bank import Bank
from models.training.hands import Floats
from models.training.net import greedy
from models.training.script import Script, Writer
from models.training.synth import Camera, batch
from models.training.texts import Texts

Reader = Callable[[Tensor], Tensor]
"""Features [B, T, WIDTH] to logits or log-probabilities [B, T, symbols]."""
_LONGEST = 480


@dataclass
class Score:
    """What one signer's hands gave.

    Attributes:
        errors, chars: Levenshtein distance and true length, summed.
        wrong: per letter, what was read instead.
    """

    signer: str
    errors: int = 0
    chars: int = 0
    wrong: dict[str, list[str]] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Character error rate."""
        return self.errors / max(1, self.chars)

    @property
    def share(self) -> float:
        """Share read exactly, for single letters."""
        return 1 - self.rate


def distance(a: str, b: str) -> int:
    """Levenshtein distance."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (x != y))
    return row[-1]


def _read(net: Reader, features: Floats, alphabet: str) -> list[str]:
    with torch.no_grad():
        return [text.strip() for text in greedy(net(torch.from_numpy(features)), alphabet)]


def phrases(
    net: Reader, bank: Bank, texts: Texts, alphabet: str, count: int = 48, seed: int = 5
) -> list[Score]:
    """Greedy character error rate per signer: one to three words at real speed, camera and all."""
    out = []
    for number, signer in enumerate(bank.signers):
        rng = np.random.default_rng((seed, number))
        writer = Writer(bank, texts, _LONGEST, rng)
        score = Score(signer.name)
        scripts: list[Script] = []
        truth = []
        while len(scripts) < count:
            ticks = float(texts.pace[rng.integers(len(texts.pace))])
            words = texts.draw(rng).split()[: rng.integers(1, 4)]
            script = writer.phrase(" ".join(words), ticks, signer)
            if script.text and script.text[-1][2] < _LONGEST - 10:
                scripts.append(script)
                truth.append(" ".join(words))
        for at in range(0, count, 24):
            part = scripts[at : at + 24]
            made = batch(part, bank, alphabet, 2, rng, OWN)
            for said, text in zip(_read(net, made.features, alphabet), truth[at:], strict=False):
                score.errors += distance(said, text)
                score.chars += len(text)
        out.append(score)
    return out


def held_letters(
    net: Reader,
    bank: Bank,
    alphabet: str,
    count: int = 12,
    letters: str = "abcdefghiklmnopqrstuvwxy",
    seconds: float = 1.0,
) -> list[Score]:
    """Share of this signer's own frames that, held still from nothing to nothing, read exactly."""
    out = []
    for signer in bank.signers:
        rng = np.random.default_rng(7)
        score = Score(signer.name)
        for letter in letters:
            if letter not in signer.own:
                continue
            rows = signer.letters[letter]
            scripts = []
            for row in rng.permutation(rows)[:count]:
                script = Script(75, calm=True)
                script.absent += [(-1, 15), (15 + 30 * seconds, 1000)]
                script.key(15, row, (0, 0))
                script.key(15 + 30 * seconds, row, (0, 0))
                scripts.append(script)
            features = batch(scripts, bank, alphabet, 2, rng, STEADY).features
            for said in _read(net, features, alphabet):
                score.chars += 1
                if said != letter:
                    score.errors += 1
                    score.wrong.setdefault(letter, []).append(said)
        out.append(score)
    return out


STEADY = Camera(0, 0, 0, 0, 0, 0, 0, 0, 0, rates=False)
OWN = Camera(variety=0)
