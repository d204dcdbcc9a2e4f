"""How likely the reader is to take one character for another; `confusions.json` says how it was
measured."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"
CODES = {c: n for n, c in enumerate(ALPHABET)}
ASSUMED = 0.12
"""Share of characters read wrong that costs are made for: more than of the phrases that the table
was measured on, since real hands are read worse."""
_TEMPER = 0.7
"""A misreading's share to this power: people differ, and the table is of seven."""

Floats = NDArray[np.float32]


@cache
def table() -> tuple[dict[str, dict[str, float]], float, float]:
    """(share of each reading of each character, "" for nothing; share of those not listed; share
    of characters read where none was spelled)."""
    text = (resources.files("edge.ask") / "confusions.json").read_text(encoding="utf-8")
    found = json.loads(text)
    return found["read"], found["floor"], found["added"]


@cache
def costs() -> tuple[Floats, Floats, float]:
    """(substitution [spelled, read], omission [spelled], insertion) as -log of their chances.

    The first is over `ALPHABET`, and has what it costs to be read right on its diagonal.
    """
    read, floor, added = table()
    size = len(ALPHABET)
    chance = np.full((size, size + 1), floor)
    for c, row in read.items():
        for other, share in row.items():
            chance[CODES[c], size if other == "" else CODES[other]] = max(floor, share)
    chance[np.arange(size), np.arange(size)] = 0
    chance = chance**_TEMPER
    wrong = chance.sum(1, keepdims=True)
    letters = wrong[:26].mean()
    chance *= np.minimum(ASSUMED / letters, 0.7 / wrong)
    chance[np.arange(size), np.arange(size)] = 1 - chance.sum(1)
    cost = -np.log(chance).astype(np.float32)
    return cost[:, :size], cost[:, size], float(-np.log(added / size * ASSUMED / letters))
