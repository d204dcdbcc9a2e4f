"""Counts of n-grams -> the tables of a `CharacterLM`, smoothed, pruned and quantised.

The smoothing is Witten-Bell's: a context seen ``C`` times, with ``T`` different characters after
it, leaves ``T / (C + T)`` to the context one shorter. An n-gram is pruned where it gains little:
``count * log(p(c | h) / p(c | h'))``, after Stolcke, "Entropy-based Pruning of Backoff Language
Models" (1998); its share goes to the shorter context, so the probabilities still add up to 1.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.recognize.language_model import FORMAT, STEPS

Tables = dict[str, NDArray[Any]]
Counts = dict[str, NDArray[np.float64]]
"""Context to how often each character [len(alphabet)] follows it."""


def count(texts: Iterable[tuple[str, float]], alphabet: str, order: int) -> list[Counts]:
    """Weighted n-grams by length of context, 0 to order - 1.

    Args:
        texts: pairs (text, how often it counts); each stands between two spaces.
    """
    place = {char: n for n, char in enumerate(alphabet)}
    found: list[Counts] = [defaultdict(lambda: np.zeros(len(alphabet))) for _ in range(order)]
    for text, weight in texts:
        text = f" {text} "
        for at in range(1, len(text)):
            for length in range(min(order - 1, at) + 1):
                found[length][text[at - length : at]][place[text[at]]] += weight
    return found


def build(
    texts: Iterable[tuple[str, float]],
    alphabet: str,
    order: int = 6,
    min_gain: float = 1.0,
    weights: tuple[float, float, float] = (0.9, 0.08, 0.02),
    switching: float = 0.1,
    mean: float = math.log(10),
) -> Tables:
    """The tables of a `CharacterLM`.

    Args:
        texts: pairs (text, how often it counts), as in `count`.
        min_gain: nats, over all texts, that an n-gram must gain to be kept.
        weights, switching, mean: as stored, see `edge.recognize.language_model`.
    """
    counts = count(texts, alphabet, order)
    shares: Counts = {}
    probabilities: Counts = {"": np.full(len(alphabet), 1 / len(alphabet))}
    for length, contexts in enumerate(counts):
        shorter, probabilities = probabilities, {}
        for context, seen in contexts.items():
            below = shorter[context[1:]]
            share = seen / (seen.sum() + np.count_nonzero(seen))
            whole = share + (1 - share.sum()) * below
            if length:
                kept = seen * np.log(whole / below) > min_gain
                share = np.where(kept, share, 0.0)
            probabilities[context] = whole
            if share.any():
                shares[context] = share
    # A context is looked up only where the one a character shorter is found.
    for context in list(shares):
        for start in range(1, len(context)):
            shares.setdefault(context[start:], np.zeros(len(alphabet)))
    return _packed(shares, alphabet, order) | {
        "weights": np.array(weights),
        "switching": np.array(switching),
        "mean": np.array(mean),
    }


def _packed(shares: Counts, alphabet: str, order: int) -> Tables:
    base = 1 + len(alphabet)

    def key(context: str) -> int:
        digits = enumerate(reversed(context))
        return sum((1 + alphabet.index(char)) * base**n for n, char in digits)

    contexts = sorted(shares, key=key)
    rows = np.stack([shares[context] for context in contexts])
    stored = _stored(rows)
    named = (rows > 0) & (stored < 255)
    return {
        "format": np.array(FORMAT),
        "alphabet": np.array(alphabet),
        "order": np.array(order),
        "contexts": np.diff([0, *map(key, contexts)]).astype(np.uint32),
        "sizes": named.sum(1).astype(np.uint8),
        "backoffs": _stored(1 - rows.sum(1)),
        "chars": np.nonzero(named)[1].astype(np.uint8),
        "shares": stored[named],
    }


def _stored(share: NDArray[np.float64]) -> NDArray[np.uint8]:
    with np.errstate(divide="ignore"):
        return np.clip(np.rint(-np.log(share) * STEPS), 0, 255).astype(np.uint8)
