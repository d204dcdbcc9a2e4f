"""The texts that are counted: every item of the training part, each kind with its share."""

from __future__ import annotations

import numpy as np

from models.training.synthesis.texts import Texts

SHARES = {
    "phrases": 0.30,
    "words": 0.15,
    "names": 0.15,
    "places": 0.10,
    "numbers": 0.10,
    "addresses": 0.10,
    "urls": 0.10,
}
"""Shares of the characters, kind by kind."""
_GROUPS = 1000


def corpus(texts: Texts, seed: int = 0) -> list[tuple[str, float]]:
    """Pairs (text, weight), on average of weight 1, in an order that mixes the kinds."""
    rng = np.random.default_rng(seed)
    kinds = {kind: list(texts.every(kind)) for kind in SHARES}
    kinds["numbers"] += [texts.kind("numbers", rng) for _ in range(_GROUPS)]
    sizes = {kind: sum(len(text) + 1 for text in found) for kind, found in kinds.items()}
    whole = sum(sizes.values())
    out = [
        (text, SHARES[kind] * whole / sizes[kind])
        for kind, found in kinds.items()
        for text in found
    ]
    return [out[n] for n in rng.permutation(len(out))]
