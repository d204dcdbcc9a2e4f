"""Statistics of raw samples: percentiles where there are enough, and differences beyond noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEAST = {"p50": 1, "p90": 64, "p95": 130, "p99": 662}
"""Samples from which on a percentile is shown: then at least two lie beyond the true one with a
probability of 99 % (1 - q^n - n (1 - q) q^(n - 1) >= 0.99)."""

LEAST_COMPARED = {"mean": 11, "p50": 11, "p95": LEAST["p95"]}
"""Samples on each side from which on two series are compared."""

CONFIDENCE = 0.99
RESAMPLES = 2000
BARS = "▁▂▃▄▅▆▇█"

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Summary:
    """Statistics of a series; None where there are too few samples."""

    n: int
    mean: float | None
    p50: float | None
    p90: float | None
    p95: float | None
    p99: float | None
    max: float | None


def percentile(samples: Sequence[float], which: str) -> float | None:
    """``which``, a key of `LEAST`; None of too few samples."""
    if len(samples) < LEAST[which]:
        return None
    return float(np.percentile(samples, float(which[1:])))


def too_few(n: int, which: str) -> str:
    """Why ``n`` samples have no percentile ``which``; empty where there are enough."""
    least = LEAST[which]
    return "" if n >= least else f"too few samples for {which}: {n} of {least} needed"


def summary(samples: Sequence[float]) -> Summary:
    return Summary(
        n=len(samples),
        mean=float(np.mean(samples)) if samples else None,
        p50=percentile(samples, "p50"),
        p90=percentile(samples, "p90"),
        p95=percentile(samples, "p95"),
        p99=percentile(samples, "p99"),
        max=float(max(samples)) if samples else None,
    )


def histogram(
    samples: Sequence[float], bins: int = 40, logarithmic: bool = False
) -> tuple[NDArray[np.int64], Floats]:
    """(counts [bins], edges [bins + 1]) from the least to the greatest sample.

    ``logarithmic``: bins of one ratio, for samples above 0.
    """
    edges: int | Floats = bins
    if logarithmic:
        edges = np.geomspace(min(samples), max(samples), bins + 1)
    counts, edges = np.histogram(np.asarray(samples, float), edges)
    return counts.astype(np.int64), edges


def shape(samples: Sequence[float], bins: int = 10) -> str:
    """The histogram as characters; empty for fewer samples than bins."""
    if len(samples) < bins or min(samples) == max(samples):
        return ""
    counts, _ = histogram(samples, bins)
    heights = np.ceil(counts * (len(BARS) - 1) / counts.max()).astype(int)
    return "".join(BARS[height] for height in heights)


@dataclass(frozen=True)
class Difference:
    """``statistic`` of a new series less that of a base, with its confidence interval."""

    base: float
    new: float
    low: float
    high: float


def difference(base: Sequence[float], new: Sequence[float], statistic: str) -> Difference | None:
    """How ``statistic`` of the two differs; None where either has too few samples.

    The interval is a bootstrap's. Samples taken one after the other are alike, so whole blocks
    are drawn (circular block bootstrap, blocks of the cube root of n): single samples would make
    the interval too narrow.
    """
    if min(len(base), len(new)) < LEAST_COMPARED[statistic]:
        return None
    rng = np.random.default_rng(0)
    a, b = np.asarray(base, float), np.asarray(new, float)
    spread = _resampled(b, statistic, rng) - _resampled(a, statistic, rng)
    tail = 100 * (1 - CONFIDENCE) / 2
    low, high = np.percentile(spread, (tail, 100 - tail))
    was, now = (float(_statistic(x[None], statistic)[0]) for x in (a, b))
    return Difference(was, now, float(low), float(high))


def _resampled(samples: Floats, statistic: str, rng: np.random.Generator) -> Floats:
    n = len(samples)
    block = max(1, round(n ** (1 / 3)))
    out = []
    for part in range(0, RESAMPLES, 250):  # a few at a time: the indices take memory
        starts = rng.integers(0, n, (min(250, RESAMPLES - part), -(-n // block), 1))
        index = (starts + np.arange(block)).reshape(len(starts), -1)[:, :n] % n
        out.append(_statistic(samples[index], statistic))
    return np.concatenate(out)


def _statistic(rows: Floats, which: str) -> Floats:
    if which == "mean":
        return np.asarray(rows.mean(axis=1))
    return np.asarray(np.percentile(rows, float(which[1:]), axis=1))
