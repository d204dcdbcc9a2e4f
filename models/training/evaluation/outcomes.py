"""What was read of groups of texts: error rates, worst first, and false characters at the ends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TypeVar

from models.training.evaluation.metrics import Figure, Reading, align, total
from models.training.evaluation.readers import Reader
from models.training.evaluation.transitions import Performance

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was read of a group.

    Attributes:
        figure: characters wrong, texts exact.
        before, after: false characters before the first and after the last right one.
    """

    figure: Figure
    before: int
    after: int

    @property
    def name(self) -> str:
        return self.figure.name

    def row(self) -> dict[str, float | int]:
        """As a row of a table; ``cer`` is a share."""
        return {
            "cer": round(self.figure.cer, 4), "exact": self.figure.exact,
            "texts": self.figure.texts, "chars": self.figure.chars,
            "false_before": self.before, "false_after": self.after,
        }  # fmt: skip


def edges(truth: str, read: str) -> tuple[int, int]:
    """(false characters before the first right one, after the last right one).

    False is what was read and not spelled; a letter read as another is not counted here. Where
    nothing is right, all false ones stand before.
    """
    steps = align(truth, read)
    right = [n for n, step in enumerate(steps) if step.kind == "match"]
    first, last = (right[0], right[-1]) if right else (len(steps), len(steps))
    added = [n for n, step in enumerate(steps) if step.kind == "insert"]
    return sum(n < first for n in added), sum(n > last for n in added)


def outcome(name: str, readings: Sequence[Reading]) -> Outcome:
    """Of all ``readings`` together."""
    ends = [edges(r.truth, r.read) for r in readings]
    return Outcome(total(readings, name), sum(a for a, _ in ends), sum(b for _, b in ends))


def grouped(items: Iterable[tuple[T, Reading]], key: Callable[[T], str]) -> list[Outcome]:
    """One a group, worst first."""
    groups: dict[str, list[Reading]] = {}
    for item, reading in items:
        groups.setdefault(key(item), []).append(reading)
    found = [outcome(name, readings) for name, readings in groups.items()]
    return sorted(found, key=lambda o: (-o.figure.cer, o.name))


def misread(readings: Iterable[Reading]) -> str:
    """What was read instead, in the order of the truths: "k d 2, s nothing 1"."""
    wrong = Counter((r.truth, r.read or "nothing") for r in readings if r.read != r.truth)
    return ", ".join(f"{truth} {read} {count}" for (truth, read), count in wrong.items())


@dataclass(frozen=True, slots=True)
class Performed:
    """What was read of performances.

    Attributes:
        conditions, hands, distances: worst first.
        all: all of them together.
        texts: (performance without its frames, what was read of it), in order.
    """

    conditions: tuple[Outcome, ...]
    hands: tuple[Outcome, ...]
    distances: tuple[Outcome, ...]
    all: Outcome
    texts: tuple[tuple[Performance, Reading], ...]


def evaluate(
    read: Reader,
    performances: Iterable[Performance],
    on_condition: Callable[[], None] = lambda: None,
) -> Performed:
    """Characters wrong and texts exact of each condition, hand and distance.

    Performances are read condition by condition, so that not all need to be in memory, and kept
    without their frames; ``on_condition`` is called after each.
    """
    pairs: list[tuple[Performance, Reading]] = []
    for _, some in groupby(performances, lambda p: p.condition):
        alike = list(some)
        texts = read([p.frames for p in alike])
        pairs += [
            (replace(p, frames=()), Reading(p.truth, text))
            for p, text in zip(alike, texts, strict=True)
        ]
        on_condition()
    return Performed(
        tuple(grouped(pairs, lambda p: p.condition.name)),
        tuple(grouped(pairs, lambda p: p.hand)),
        tuple(grouped(pairs, lambda p: p.distance)),
        outcome("all", [reading for _, reading in pairs]),
        tuple(pairs),
    )
