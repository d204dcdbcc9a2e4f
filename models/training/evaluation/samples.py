"""What is read to be measured: phrases by one signer's hands, letters held still, J and Z moving.

The same seed gives the same samples, whatever reads them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edge.recognize.features import RATE, encode
from edge.recognize.features import palm as palm_length
from models.training.data.hands import Floats
from models.training.synthesis.bank import Bank
from models.training.synthesis.camera import STEADY, Camera
from models.training.synthesis.render import render
from models.training.synthesis.score import Score
from models.training.synthesis.script import Writer
from models.training.synthesis.texts import Texts

STILLS = "abcdefghiklmnopqrstuvwxy"
"""The letters that are no motion."""
MOVING = {
    ("kevinjosethomas", "j"): (-1, 1, 640),
    ("kevinjosethomas", "z"): (-1, 1, 640),
    ("CryingBaker", "j"): (1, 4 / 3, 1),
    ("Yumenin", "z"): (1, 1, 1),
}
"""Clips of real J and Z in motion that no training uses, and the scale of x, y and z that makes
them square and right-handed; those of kevinjosethomas are in pixels, but for z. Other letters of
CryingBaker and Yumenin are trained on, nothing of kevinjosethomas."""

OWN = Camera(variety=0)
"""A signer's own hands, disturbed as in training."""
_WORDS = ("phrases", "words", "names", "places", "urls")
_LONGEST = 480
_BEFORE = 15
_AFTER = 25
"""Ticks read before a still or a clip, and after the end of the last character."""


@dataclass(frozen=True)
class Sample:
    """Something to read.

    Attributes:
        truth: what is shown.
        signer: whose hands.
        speed: characters per second, from start to start; NaN for a single one.
        kind: "words", "random letters", "held", or "moving".
        features: float32 [T, WIDTH], from silence.
        spans: (character, start, end) of each, in ticks.
    """

    truth: str
    signer: str
    speed: float
    kind: str
    features: Floats
    spans: tuple[tuple[str, float, float], ...]


def phrases(bank: Bank, texts: Texts, count: int = 48, seed: int = 5) -> list[Sample]:
    """``count`` texts of one to three words a signer, at the speed of real spelling.

    Args:
        bank: the signers.
        texts: what they spell, every other time; else it is random letters.
    """
    out = []
    for number, signer in enumerate(bank.signers):
        rng = np.random.default_rng((seed, number))
        writer = Writer(bank, texts, _LONGEST, rng)
        made = 0
        while made < count:
            ticks = float(texts.pace[rng.integers(len(texts.pace))])
            kind = ("words", "random letters")[made % 2]
            text = _text(texts, kind, rng)
            score = writer.phrase(text, ticks, signer)
            if score.text and score.text[-1][2] < _LONGEST - _AFTER:
                out.append(_seen(score, text, signer.name, kind, bank, rng, OWN))
                made += 1
    return out


def held(
    bank: Bank, letters: str = STILLS, count: int = 12, seconds: float = 1.0, seed: int = 7
) -> list[Sample]:
    """Each signer's own frames, each held still from nothing to nothing, without a disturbance."""
    out = []
    for signer in bank.signers:
        rng = np.random.default_rng(seed)
        for letter in sorted(set(letters) & set(signer.own)):
            for row in rng.permutation(signer.letters[letter])[:count]:
                start, end = float(_BEFORE), _BEFORE + RATE * seconds
                score = Score(int(end) + _AFTER + 5, calm=True)
                score.absent += [(-1, start), (end, 1000)]
                score.key(start, row, (0, 0))
                score.key(end, row, (0, 0))
                score.text.append((letter, start, end))
                out.append(_seen(score, letter, signer.name, "held", bank, rng, STEADY))
    return out


def moving(data: Path) -> list[Sample]:
    """The real J and Z of `MOVING`, as they were recorded, from nothing to nothing.

    Clips in which the tip that draws hardly moves are left out. Most were cut out of a longer
    recording, so a motion may begin or end outside its clip.
    """
    with np.load(data / "letter_clips.train.npz") as z:
        letters, whose, clips = np.char.lower(z["letter"].astype(str)), z["source"], z["xyz"]
        names = np.array([str(name).split("+")[0] for name in z["source_names"]])[whose]
    out = []
    for (name, letter), scale in MOVING.items():
        for clip in clips[(names == name) & (letters == letter)]:
            hands = clip.astype(np.float32)
            seen = np.isfinite(hands).all((1, 2)) & (hands != 0).any((1, 2))
            hands = np.where(seen[:, None, None], hands, 0) * np.array(scale, np.float32)
            if seen.sum() < _BEFORE or not _moves(hands[seen], letter):
                continue
            hands = np.pad(hands, ((_BEFORE, _BEFORE + _AFTER), (0, 0), (0, 0)))
            there = np.pad(seen, (_BEFORE, _BEFORE + _AFTER))
            first, last = (float(n) for n in np.flatnonzero(there)[[0, -1]])
            span = (letter, first, last)
            out.append(Sample(letter, name, math.nan, "moving", encode(hands, there), (span,)))
    return out


def _moves(hands: Floats, letter: str) -> bool:
    tip = hands[:, 20 if letter == "j" else 8, :2]
    pace = np.linalg.norm(np.diff(tip, axis=0), axis=1) / np.median(palm_length(hands))
    return int((pace > 0.12).sum()) >= 5


def _text(texts: Texts, kind: str, rng: np.random.Generator) -> str:
    kinds = [kind] if kind != "words" else [name for name in _WORDS if texts.every(name)]
    words: list[str] = []
    while len(words) < 3:
        words += texts.kind(kinds[rng.integers(len(kinds))], rng).split()
    return " ".join(words[: rng.integers(1, 4)])


def _seen(
    score: Score,
    text: str,
    signer: str,
    kind: str,
    bank: Bank,
    rng: np.random.Generator,
    camera: Camera,
) -> Sample:
    hands, present = render([score], bank, rng, camera)
    end = int(score.text[-1][2]) + _AFTER
    starts = [start for _, start, _ in score.text]
    pace = (len(starts) - 1) / (starts[-1] - starts[0]) if len(starts) > 1 else math.nan
    features = encode(hands, present)[0, :end]
    return Sample(text, signer, pace * RATE, kind, features, tuple(score.text))
