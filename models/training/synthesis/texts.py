"""What is spelled, and how fast."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.training.data.hands import LETTERS

KEPT = ("the imagination of the nation", "what a lovely red jacket", "wishful thinking is fine")
"""The phrases of ``aslfr_three.npz``, the only real continuous data: never trained on."""


class Texts:
    """Words and names out of real phrases, and random letters, half and half."""

    def __init__(self, data: Path) -> None:
        with (data / "phrase_frames.csv").open(newline="") as text:
            rows = [r for r in csv.DictReader(text) if r["phrase"] not in KEPT and r["phrase"]]
        self.words = sorted({w for r in rows for w in r["phrase"].split() if w.isalpha()})
        pace = np.array([float(r["frames_after_dropna"]) / len(r["phrase"]) for r in rows])
        self.pace: NDArray[np.float64] = pace[(pace > 1.4) & (pace < 12)]

    def draw(self, rng: np.random.Generator) -> str:
        """Some 40 characters of text; a phrase takes as many as fit."""
        out = ""
        random = rng.random() < 0.5
        while len(out) < 40:
            if random:
                letters = rng.integers(0, 26, rng.integers(1, 10))
                word = "".join(LETTERS[n] for n in letters)
                if rng.random() < 0.25:
                    at = int(rng.integers(len(word)))
                    word = word[: at + 1] + word[at:]
            else:
                word = self.words[rng.integers(len(self.words))]
            out += word + " "
        return out.strip()

    def ticks(self, rng: np.random.Generator) -> float:
        """Ticks per letter of one phrase at 30 Hz: real speed, or a slow speller's."""
        if rng.random() < 0.5:
            return float(self.pace[rng.integers(len(self.pace))])
        return float(np.exp(rng.uniform(np.log(5), np.log(45))))
