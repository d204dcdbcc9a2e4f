"""Figures by signer: phrases synthesised from a signer's hands, and single letters held."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from models.training.data.hands import Floats
from models.training.evaluation.metrics import distance
from models.training.net import greedy
from models.training.synthesis.bank import Bank
from models.training.synthesis.score import Score
from models.training.synthesis.script import Writer
from models.training.synthesis.synth import Camera, batch
from models.training.synthesis.texts import Texts

Reader = Callable[[Tensor], Tensor]
"""Features [B, T, WIDTH] to logits or log-probabilities [B, T, symbols]."""
_LONGEST = 480


@dataclass
class Tally:
    """What one signer's hands gave.

    Attributes:
        errors, chars: Levenshtein distance and true length, summed.
        wrong: per letter, what was read instead.
        late: ticks from the end of each letter to its emission, where the whole text is right.
    """

    signer: str
    errors: int = 0
    chars: int = 0
    wrong: dict[str, list[str]] = field(default_factory=dict)
    late: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Character error rate."""
        return self.errors / max(1, self.chars)

    @property
    def share(self) -> float:
        """Share read exactly, for single letters."""
        return 1 - self.rate


def _run(net: Reader, features: Floats) -> Tensor:
    with torch.no_grad():
        return net(torch.from_numpy(features))


def _late(logits: Tensor, spans: list[tuple[str, float, float]]) -> list[float]:
    best = logits.argmax(-1).tolist()
    said = [t for t, s in enumerate(best) if s and s != (best[t - 1] if t else 0)]
    letters = [span for span in spans if span[0] != " "]
    # Spaces before and after the text were stripped: align from the letters, where they agree.
    ticks = [t for t in said if best[t] <= 26]
    if len(ticks) != len(letters):
        return []
    return [t - end for t, (_, _, end) in zip(ticks, letters, strict=True)]


def phrases(
    net: Reader, bank: Bank, texts: Texts, alphabet: str, count: int = 48, seed: int = 5
) -> list[Tally]:
    """Greedy character error rate per signer: one to three words at real speed, camera and all."""
    out = []
    for number, signer in enumerate(bank.signers):
        rng = np.random.default_rng((seed, number))
        writer = Writer(bank, texts, _LONGEST, rng)
        tally = Tally(signer.name)
        scores: list[Score] = []
        truth = []
        while len(scores) < count:
            ticks = float(texts.pace[rng.integers(len(texts.pace))])
            words = texts.draw(rng).split()[: rng.integers(1, 4)]
            score = writer.phrase(" ".join(words), ticks, signer)
            if score.text and score.text[-1][2] < _LONGEST - 10:
                scores.append(score)
                truth.append(" ".join(words))
        for at in range(0, count, 24):
            part = scores[at : at + 24]
            made = batch(part, bank, alphabet, 2, rng, OWN)
            logits = _run(net, made.features)
            said = [text.strip() for text in greedy(logits, alphabet)]
            for n, (read, text) in enumerate(zip(said, truth[at:], strict=False)):
                tally.errors += distance(read, text)
                tally.chars += len(text)
                if read == text:
                    tally.late += _late(logits[n], made.spans[n])
        out.append(tally)
    return out


def held_letters(
    net: Reader,
    bank: Bank,
    alphabet: str,
    count: int = 12,
    letters: str = "abcdefghiklmnopqrstuvwxy",
    seconds: float = 1.0,
) -> list[Tally]:
    """Share of this signer's own frames that, held still from nothing to nothing, read exactly."""
    out = []
    for signer in bank.signers:
        rng = np.random.default_rng(7)
        tally = Tally(signer.name)
        for letter in letters:
            if letter not in signer.own:
                continue
            rows = signer.letters[letter]
            scores = []
            for row in rng.permutation(rows)[:count]:
                score = Score(75, calm=True)
                score.absent += [(-1, 15), (15 + 30 * seconds, 1000)]
                score.key(15, row, (0, 0))
                score.key(15 + 30 * seconds, row, (0, 0))
                scores.append(score)
            features = batch(scores, bank, alphabet, 2, rng, STEADY).features
            for said in greedy(_run(net, features), alphabet):
                tally.chars += 1
                if said != letter:
                    tally.errors += 1
                    tally.wrong.setdefault(letter, []).append(said)
        out.append(tally)
    return out


STEADY = Camera(0, 0, 0, 0, 0, 0, 0, 0, 0, rates=False)
OWN = Camera(variety=0)
