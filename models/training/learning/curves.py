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
    """Writes rows to ``folder``, after those that a run resumed at ``step`` has there already.

    Rows of later steps, which a killed run wrote after its last checkpoint, are left out.
    """

    def __init__(self, folder: Path, step: int) -> None:
        self._folder = folder
        rows = []
        if step and (folder / LOG).is_file():
            with (folder / LOG).open(newline="") as text:
                rows = [row for row in csv.DictReader(text) if int(row["step"] or 0) <= step]
        self._file = (folder / LOG).open("w", newline="")
        self._writer = csv.DictWriter(self._file, FIELDS, extrasaction="ignore")
        self._writer.writeheader()
        self._writer.writerows(rows)
        self._file.flush()

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
