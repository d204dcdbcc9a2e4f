"""A text and CTC's log-probabilities: how likely it is, and when each character is shown."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from edge.recognize.contracts import Floats

BLANK = 0
_NEVER = -1e9


def _states(symbols: Sequence[int]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The states of CTC's path, blanks between the symbols, and which may be reached from two
    before."""
    states = np.full(2 * len(symbols) + 1, BLANK, np.int64)
    states[1::2] = symbols
    skips = np.zeros(len(states), np.bool_)
    skips[3::2] = states[3::2] != states[1:-2:2]
    return states, skips


def log_probability(ticks: Floats, symbols: Sequence[int]) -> float:
    """Log-probability of ``symbols`` over all paths (Graves et al., 2006, section 4.1)."""
    states, skips = _states(symbols)
    emitted = ticks[:, states].astype(np.float64)
    now = np.full(len(states), _NEVER)
    now[:2] = emitted[0, :2]
    for row in emitted[1:]:
        one = np.append(_NEVER, now[:-1])
        two = np.where(skips, np.append([_NEVER, _NEVER], now[:-2])[: len(states)], _NEVER)
        now = np.logaddexp(np.logaddexp(now, one), two) + row
    return float(np.logaddexp(now[-1], now[-2]) if len(now) > 1 else now[-1])


def spans(ticks: Floats, symbols: Sequence[int]) -> list[tuple[int, int]]:
    """First and last tick of each symbol on the likeliest path; evenly where none fits."""
    count = len(symbols)
    if not count:
        return []
    states, skips = _states(symbols)
    emitted = ticks[:, states].astype(np.float64)
    best = np.full(len(states), -np.inf)
    best[:2] = emitted[0, :2]
    back = np.zeros(emitted.shape, np.int64)
    for n, row in enumerate(emitted[1:], 1):
        steps = np.full((3, len(states)), -np.inf)
        steps[0], steps[1, 1:] = best, best[:-1]
        steps[2, 2:] = np.where(skips[2:], best[:-2], -np.inf)
        back[n] = steps.argmax(0)
        best = steps.max(0) + row
    state = len(states) - 1 - int(best[-2] > best[-1])
    if not math.isfinite(best[state]):
        edges = np.linspace(0, len(ticks) - 1, count + 1).astype(int)
        return list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True))
    path = np.zeros(len(emitted), np.int64)
    for n in range(len(emitted) - 1, -1, -1):
        path[n] = state
        state -= int(back[n, state])
    held = [np.flatnonzero(path == 2 * n + 1) for n in range(count)]
    return [(int(at[0]), int(at[-1])) for at in held]
