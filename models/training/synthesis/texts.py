"""What is spelled, and how fast."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.training.data.hands import LETTERS
from models.training.synthesis.items import Part, items, part_of

TEST_PHRASES = (
    "the imagination of the nation",
    "what a lovely red jacket",
    "wishful thinking is fine",
)
"""The phrases of ``aslfr_three.npz``, the only real continuous data: never trained on."""
KINDS = (
    "phrases", "words", "names", "places", "numbers", "addresses", "urls", "random letters",
)  # fmt: skip
"""Kinds of text; the phrases are those of ``phrase_frames.csv`` (CC BY 4.0)."""
NUMBERED = ("numbers", "addresses")
"""Those that always have digits."""
_WORDS = {"phrases": 0.3, "words": 0.3, "names": 0.2, "places": 0.1, "urls": 0.1}
"""What the share of texts with words is made of."""
_LENGTH = 40


class Texts:
    """Phrases, words, names, places, addresses, numbers, and random letters.

    Items are parted into "train" and "held-out" by hash (see `items`): a phrase by the phrase,
    a word by the word, so a held-out word is still spelled within phrases. Random letters and
    random digits, which keep the model from learning a language, are not parted.

    Args:
        data: the data folder.
        part: which items.
        digits: also draw texts with digits; False for libraries without.

    Attributes:
        digits: whether texts with digits are drawn.
        words: all words of the phrases, of both parts.
        pace: ticks per character of the real phrases, at 30 Hz.
    """

    def __init__(self, data: Path, part: Part = "train", digits: bool = True) -> None:
        with (data / "phrase_frames.csv").open(newline="") as text:
            rows = [
                r for r in csv.DictReader(text) if r["phrase"] not in TEST_PHRASES and r["phrase"]
            ]
        self.words = sorted({w for r in rows for w in r["phrase"].split() if w.isalpha()})
        pace = np.array([float(r["frames_after_dropna"]) / len(r["phrase"]) for r in rows])
        self.pace: NDArray[np.float64] = pace[(pace > 1.4) & (pace < 12)]
        self._part: Part = part
        self.digits = digits
        phrases = {r["phrase"] for r in rows if set(r["phrase"]) <= set(LETTERS + " ")}
        self._items = {
            "phrases": tuple(sorted(p for p in phrases if part_of(p) == part)),
            "words": tuple(w for w in self.words if part_of(w) == part),
        }

    def draw(self, rng: np.random.Generator) -> str:
        """Some 40 characters: 46 % words and names, 8 % with digits, 46 % random letters."""
        pick = rng.random() * (1.0 if self.digits else 0.92)
        out = ""
        while len(out) < _LENGTH:
            if pick < 0.46:
                kind = "random letters"
            elif pick < 0.92:
                kind = str(rng.choice(list(_WORDS), p=list(_WORDS.values())))
                if not self.every(kind):
                    continue
            else:
                kind = NUMBERED[int(rng.random() < 0.5)]
            out += self.kind(kind, rng) + " "
        return out.strip()

    def kind(self, name: str, rng: np.random.Generator) -> str:
        """One item of the kind ``name``, of `KINDS`.

        Raises:
            ValueError: there is no such kind, or it has digits and this draws none, or there is
                nothing of it in this part.
        """
        if name not in KINDS or (name in NUMBERED and not self.digits):
            raise ValueError(f"no texts of the kind {name!r} here")
        if name == "random letters":
            return _random(LETTERS, 9, rng)
        if name == "numbers" and rng.random() < 0.5:
            return _random("0123456789", 6, rng)
        found = self.every(name)
        if not found:
            raise ValueError(f"no {name} in the part {self._part!r}")
        return found[rng.integers(len(found))]

    def every(self, name: str) -> tuple[str, ...]:
        """All items of a kind that has a bounded number of them: not of "random letters"."""
        if name not in self._items:
            found = items(name, self._part)
            if not self.digits:
                found = tuple(t for t in found if not any(c.isdigit() for c in t))
            self._items[name] = found
        return self._items[name]

    def ticks(self, rng: np.random.Generator) -> float:
        """Ticks per letter of one phrase at 30 Hz: real speed, or a slow speller's."""
        if rng.random() < 0.5:
            return float(self.pace[rng.integers(len(self.pace))])
        return float(np.exp(rng.uniform(np.log(5), np.log(45))))


def _random(characters: str, most: int, rng: np.random.Generator) -> str:
    """A group of 1 to ``most`` random characters, one of them doubled in every fourth."""
    picks = rng.integers(0, len(characters), rng.integers(1, most + 1))
    group = "".join(characters[n] for n in picks)
    if rng.random() < 0.25:
        at = int(rng.integers(len(group)))
        group = group[: at + 1] + group[at:]
    return group
