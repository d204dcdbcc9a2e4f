"""How soon a letter that stands is shown: through the whole recogniser, by drawn hands."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from edge.recognize.recognizer import Recognizer
from models.training.evaluation.transitions import BEFORE_S, Performance

_LATE_S = 0.4
"""A letter that was missed on arrival is to be shown within this of the start of its hold."""


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Seconds from the start of its hold to when each letter was first shown; NaN where never."""

    shown_s: tuple[float, ...]

    def row(self) -> dict[str, float | int]:
        """Figures: quantiles of those that were shown, and how many came late or not at all."""
        known = sorted(s for s in self.shown_s if not math.isnan(s))
        return {
            "of": len(self.shown_s),
            "never": len(self.shown_s) - len(known),
            "later_than_0.4_s": sum(s > _LATE_S for s in known),
            "median_s": round(known[len(known) // 2], 3) if known else math.nan,
            "p95_s": round(known[int(0.95 * (len(known) - 1))], 3) if known else math.nan,
        }


def arrivals(recognizer: Recognizer, performances: Iterable[Performance]) -> Arrivals:
    """Of single letters that come from rest, are held, and go."""
    return Arrivals(tuple(_shown_s(recognizer, p) for p in performances))


def _shown_s(recognizer: Recognizer, performance: Performance) -> float:
    condition = performance.condition
    start = BEFORE_S + (condition.rest_s or 0.0)
    start += condition.move_s if condition.rest_s is not None else 0.0
    shown = math.nan
    for frame in performance.frames:
        for hypothesis in recognizer.push(frame):
            if math.isnan(shown) and performance.truth in hypothesis.text:
                shown = frame.time - start
    recognizer.finish()
    return shown
