"""A text and CTC's log-probabilities."""

from __future__ import annotations

import math
from itertools import groupby, product

import numpy as np
import pytest

from edge.recognize.ctc import log_probability, spans


def ticks(count: int, symbols: int = 3, seed: int = 0) -> np.ndarray:
    chances = np.random.default_rng(seed).dirichlet(np.ones(symbols), count)
    return np.log(chances).astype(np.float32)


def by_hand(rows: np.ndarray, symbols: tuple[int, ...]) -> float:
    """Over all paths that, without repeats and blanks, say ``symbols``."""
    total = 0.0
    for path in product(range(rows.shape[1]), repeat=len(rows)):
        said = tuple(symbol for symbol, _ in groupby(path) if symbol)
        if said == symbols:
            total += math.exp(sum(float(row[s]) for row, s in zip(rows, path, strict=True)))
    return math.log(total)


@pytest.mark.parametrize("symbols", [(), (1,), (1, 2), (1, 1), (2, 1, 2)])
def test_the_score_is_the_sum_over_all_paths(symbols: tuple[int, ...]) -> None:
    rows = ticks(6)
    assert log_probability(rows, symbols) == pytest.approx(by_hand(rows, symbols), abs=1e-5)


def test_what_does_not_fit_is_never_likely() -> None:
    assert log_probability(ticks(2), (1, 1)) < -1e8


def test_each_symbol_has_the_ticks_that_show_it() -> None:
    path = [0, 1, 1, 0, 1, 2, 2, 2, 0]
    rows = np.log(np.full((len(path), 3), 0.01, np.float32))
    rows[np.arange(len(path)), path] = math.log(0.98)
    assert spans(rows, (1, 1, 2)) == [(1, 2), (4, 4), (5, 7)]
    assert spans(rows, ()) == []


def test_symbols_that_do_not_fit_are_spread_evenly() -> None:
    held = spans(ticks(4), (1, 1, 1))
    assert [first for first, _ in held] == sorted(first for first, _ in held)
    assert held[0][0] == 0
    assert held[-1][1] == 3
