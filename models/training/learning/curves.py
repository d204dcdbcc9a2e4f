"""The curves of a run: a CSV with a row every hundred steps, and a picture of it."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

LOG = "log.csv"
FIELDS = (
    "seconds", "step", "learning_rate", "ctc", "frames", "ctc_full",
    "development_cer", "development_cer_full", "development_static",
)  # fmt: skip


class Curves:
    """Writes rows to ``folder``; appends to what is there when ``more``."""

    def __init__(self, folder: Path, more: bool) -> None:
        self._folder = folder
        more = more and (folder / LOG).is_file()
        self._file = (folder / LOG).open("a" if more else "w", newline="")
        self._writer = csv.DictWriter(self._file, FIELDS, extrasaction="ignore")
        if not more:
            self._writer.writeheader()

    def add(self, row: dict[str, Any]) -> None:
        self._writer.writerow(row)
        self._file.flush()

    def draw(self) -> None:
        """``curves.png``, where matplotlib is installed."""
        try:
            import matplotlib
        except ImportError:
            return
        matplotlib.use("Agg")
        from matplotlib import pyplot

        with (self._folder / LOG).open(newline="") as text:
            rows = list(csv.DictReader(text))
        figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 4), layout="constrained")
        for axes, names in ((left, FIELDS[3:6]), (right, FIELDS[6:])):
            for name in names:
                known = [(int(r["step"]), float(r[name])) for r in rows if r[name]]
                if known:
                    axes.plot(*zip(*known, strict=True), label=name)
            axes.set(xlabel="step", yscale="log")
            axes.grid(alpha=0.3)
            if axes.lines:
                axes.legend()
        left.set(title="training loss")
        right.set(title="development signers")
        figure.savefig(self._folder / "curves.png", dpi=110)
        pyplot.close(figure)
