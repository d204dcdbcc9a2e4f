"""Paired runs: the order of turns, and the statistics of the ratios."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

BLOCK = 30
"""Items each side reads in its turn. Both keep their state; turns are short, so that a machine that
slows down slows both."""
WARM_UP = 10
"""Frames at the start of a clip that are not counted."""

Floats = NDArray[np.float64]


@dataclass
class Run:
    """One side's run over a set of clips, a row an item.

    Attributes:
        cpu, wall: [n, stages] seconds.
        hand: [n] a hand was found; all False for what looks for no hand.
        place: [n], number of the item in its clip.
        outputs: for each clip, (number of the item, output at it).
    """

    cpu: list[list[float]] = field(default_factory=list)
    wall: list[list[float]] = field(default_factory=list)
    hand: list[bool] = field(default_factory=list)
    place: list[int] = field(default_factory=list)
    outputs: list[list[tuple[int, Any]]] = field(default_factory=list)

    def add(self, first: int, answer: Mapping[str, Any]) -> None:
        """The answer to a "run" of `workers/serve.py` that began with item ``first``."""
        self.cpu += answer["cpu"]
        self.wall += answer["wall"]
        self.hand += [bool(there) for there in answer["hand"]]
        self.place += range(first, first + len(answer["cpu"]))
        self.outputs[-1] += [(index, what) for index, what in answer["outputs"]]

    @property
    def answered(self) -> NDArray[np.bool_]:
        """[n]: it had an output at this item."""
        out = np.zeros(len(self.place), np.bool_)
        starts = [row for row, place in enumerate(self.place) if place == 0]
        for start, outputs in zip(starts, self.outputs, strict=True):
            out[[start + index for index, _ in outputs]] = True
        return out

    @property
    def counted(self) -> NDArray[np.bool_]:
        """[n], after the warm-up of its clip."""
        return np.array(self.place) >= WARM_UP

    @property
    def landmarks(self) -> Floats:
        """[n] CPU seconds of the first stage."""
        return np.array(self.cpu, np.float64)[:, 0]

    @property
    def whole(self) -> Floats:
        """[n] CPU seconds of all stages."""
        return np.array(self.cpu, np.float64).sum(1)


def turns(items: int, names: Sequence[str]) -> Iterator[tuple[int, int, list[str]]]:
    """(first item, count, names in the order of their turns): A B, B A, A B..."""
    for number, first in enumerate(range(0, items, BLOCK)):
        order = list(names) if number % 2 == 0 else list(reversed(names))
        yield first, min(BLOCK, items - first), order


def tracked(ours: Run, theirs: Run) -> tuple[float, float] | None:
    """Mean landmark CPU seconds of both over the frames in which both have a hand."""
    both = np.array(ours.hand) & np.array(theirs.hand) & ours.counted
    if not both.any():
        return None
    return float(ours.landmarks[both].mean()), float(theirs.landmarks[both].mean())


def second(run: Run, fps: float = 30.0) -> float:
    """CPU seconds, all stages, for a second of video at ``fps``."""
    return float(run.whole[run.counted].mean() * fps)


def shared_hits(ours: Run, theirs: Run) -> float | None:
    """Frames in which both have a hand, as a share of those in which they have one."""
    hits = np.array(theirs.hand)
    return float(np.array(ours.hand)[hits].mean()) if hits.any() else None


def spread(ratios: Sequence[float]) -> dict[str, float]:
    """Median, least and greatest of the ratios of paired runs; nothing of none."""
    if not ratios:
        return {}
    return {"median": float(np.median(ratios)), "low": min(ratios), "high": max(ratios)}
