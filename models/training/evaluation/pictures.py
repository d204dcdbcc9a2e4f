"""Pictures for the model card: confusions and calibration."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from models.training.evaluation.metrics import Calibration, matrix

mpl.use("Agg")
_DOTS = 100
_NONE = "∅"
_LEAST = 1e-3
"""Share below which a confusion is not coloured."""


def confusions(counts: Counter[tuple[str, str]], alphabet: str, file: Path, title: str) -> None:
    """``counts`` of `metrics.confusions` as a PNG: a row a character spelled, in shares of it.

    The last column is what was not read, the last row what was read where nothing was spelled, in
    shares of all that was. Characters that were neither spelled nor read are left out.
    """
    whole = matrix(counts, alphabet)
    names = [*("␣" if c == " " else c for c in alphabet), _NONE]
    used = np.flatnonzero(
        (whole.sum(0) + whole.sum(1) > 0) | (np.arange(len(names)) == len(names) - 1)
    )
    part = whole[np.ix_(used, used)]
    share = part / np.maximum(part.sum(1, keepdims=True), 1)
    figure = Figure(figsize=(9, 8.4), layout="constrained")
    axes = figure.subplots()
    shown = np.ma.masked_less(share, _LEAST)
    image = axes.imshow(shown, cmap="viridis_r", norm=LogNorm(_LEAST, 1))
    for row, column in zip(*np.nonzero(share >= 0.02), strict=True):
        light = share[row, column] > 0.04
        axes.text(
            column, row, f"{100 * share[row, column]:.0f}", ha="center", va="center",
            fontsize=6, color="white" if light else "black",
        )  # fmt: skip
    labels = [names[n] for n in used]
    axes.set_xticks(range(len(used)), labels)
    axes.set_yticks(range(len(used)), labels)
    axes.tick_params(top=True, labeltop=True, length=0)
    axes.set_xlabel(f"read as ({_NONE}: not read)")
    axes.set_ylabel(f"spelled ({_NONE}: nothing was)")
    axes.set_title(title)
    figure.colorbar(image, ax=axes, label="share of the row; numbers in %, from 2 %", shrink=0.8)
    figure.savefig(file, dpi=_DOTS)


def calibration(calibrations: Mapping[str, Calibration], file: Path, title: str) -> None:
    """Share of read characters that are right, over their confidence, as a PNG."""
    figure = Figure(figsize=(7, 6.4), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    above.plot((0, 1), (0, 1), color="grey", linewidth=1, linestyle="--", label="ideal")
    for name, measured in calibrations.items():
        sure = [b.confidence for b in measured.bins]
        label = f"{name}: expected calibration error {100 * measured.error:.1f} %"
        above.plot(sure, [b.right for b in measured.bins], marker="o", markersize=4, label=label)
        below.plot(sure, [b.count for b in measured.bins], marker="o", markersize=4)
    above.set_ylabel("share that is right")
    above.set_ylim(0, 1.02)
    above.legend(loc="upper left")
    above.set_title(title)
    below.set_yscale("log")
    below.set_ylabel("characters")
    below.set_xlabel("confidence")
    below.set_xlim(0, 1.02)
    for axes in (above, below):
        axes.grid(alpha=0.3)
    figure.savefig(file, dpi=_DOTS)
