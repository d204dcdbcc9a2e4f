"""Metrics of what was read against what was spelled: error rates, the worst signers and letters,
calibration.

Everything counts characters by Levenshtein's distance, summed before it is divided, so a long
phrase weighs more than a short one. Spaces are characters. Plain Python and numpy.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

NOTHING = ""
"""Stands in `confusions` for a character that was not read, or not spelled."""
SPEEDS = (2.0, 4.0, 6.0, 8.0, 10.0)
"""Letters per second between the buckets of `by_speed`."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One text.

    Attributes:
        truth: what was spelled.
        read: what came out.
        signer: whose hands.
        speed: letters per second; NaN where unknown.
    """

    truth: str
    read: str
    signer: str = ""
    speed: float = math.nan


@dataclass(frozen=True, slots=True)
class Figure:
    """Readings together.

    Attributes:
        errors: their distances, summed.
        chars: their true lengths, summed.
        texts, exact: how many there are, how many without any error.
    """

    name: str
    errors: int
    chars: int
    texts: int
    exact: int

    @property
    def cer(self) -> float:
        """Character error rate, 0 at best, above 1 where more is wrong than was spelled.

        NaN without characters.
        """
        return self.errors / self.chars if self.chars else math.nan

    @property
    def score(self) -> float:
        """The competition's normalised total Levenshtein distance, (N - D) / N: 1 at best.

        N are the characters of all labels, D all distances. The evaluation page of the Kaggle
        competition states no floor: a model that emits too much goes below 0. That makes it
        1 - `cer`. Some offline scripts of competitors use Damerau's distance, which counts two
        exchanged letters as one error: their figures come out a little higher.
        """
        return 1 - self.cer


@dataclass(frozen=True, slots=True)
class Letter:
    """What became of one character.

    Attributes:
        count: how often it was spelled.
        replaced, missed: read as another, not read.
        added: read where nothing was spelled.
    """

    letter: str
    count: int
    replaced: int
    missed: int
    added: int

    @property
    def rate(self) -> float:
        """Share of its occurrences not read as itself; NaN where it was never spelled."""
        return (self.replaced + self.missed) / self.count if self.count else math.nan


@dataclass(frozen=True, slots=True)
class Edit:
    """One step from the truth to what was read.

    Attributes:
        kind: ``insert`` for a character that was not spelled, ``delete`` for one not read.
        truth, read: the characters, `NOTHING` where there is none.
    """

    kind: Literal["match", "substitute", "insert", "delete"]
    truth: str
    read: str


@dataclass(frozen=True, slots=True)
class Bin:
    """Confidences from ``low`` to ``high``: their mean, the share that is right, how many."""

    low: float
    high: float
    confidence: float
    right: float
    count: int


@dataclass(frozen=True, slots=True)
class Calibration:
    """How well confidences match the share that is right.

    Attributes:
        error: expected calibration error, 0-1.
        worst: the largest gap of any bin.
        bins: the bins that hold anything, for a picture.
    """

    error: float
    worst: float
    bins: tuple[Bin, ...]


def distance(a: str, b: str) -> int:
    """Levenshtein's distance: fewest characters to replace, insert or delete."""
    while a and b and a[-1] == b[-1]:
        a, b = a[:-1], b[:-1]
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (x != y))
    return row[-1]


def align(truth: str, read: str) -> list[Edit]:
    """The steps from ``truth`` to ``read``, as few as possible, in order.

    Of equally short alignments it takes, from the end, a match or replacement before a missed
    character before an added one, so the same texts always give the same steps.
    """
    table = np.zeros((len(truth) + 1, len(read) + 1), dtype=np.int64)
    table[:, 0] = np.arange(len(truth) + 1)
    table[0] = np.arange(len(read) + 1)
    for i, x in enumerate(truth, 1):
        for j, y in enumerate(read, 1):
            diagonal = table[i - 1, j - 1] + (x != y)
            table[i, j] = min(diagonal, table[i - 1, j] + 1, table[i, j - 1] + 1)
    steps = []
    i, j = len(truth), len(read)
    while i or j:
        here = table[i, j]
        if i and j and here == table[i - 1, j - 1] + (truth[i - 1] != read[j - 1]):
            i, j = i - 1, j - 1
            same = truth[i] == read[j]
            steps.append(Edit("match" if same else "substitute", truth[i], read[j]))
        elif i and here == table[i - 1, j] + 1:
            i -= 1
            steps.append(Edit("delete", truth[i], NOTHING))
        else:
            j -= 1
            steps.append(Edit("insert", NOTHING, read[j]))
    return steps[::-1]


def since(texts: Sequence[str]) -> list[int]:
    """Of each character of the last text, the place of the text from which on it stands.

    It and all before it are the same in every text from there to the end.
    """
    if not texts:
        return []
    last = texts[-1]
    out = [0] * len(last)
    common = len(last)
    for place in range(len(texts) - 1, -1, -1):
        text = texts[place]
        agreed = next((n for n in range(common) if n >= len(text) or text[n] != last[n]), common)
        for n in range(agreed, common):
            out[n] = place + 1
        common = agreed
    return out


def total(readings: Iterable[Reading], name: str = "all") -> Figure:
    """All readings in one figure."""
    errors = chars = texts = exact = 0
    for reading in readings:
        wrong = distance(reading.truth, reading.read)
        errors, chars, texts = errors + wrong, chars + len(reading.truth), texts + 1
        exact += not wrong
    return Figure(name, errors, chars, texts, exact)


def by_signer(readings: Iterable[Reading]) -> list[Figure]:
    """One figure a signer, worst first."""
    figures = _grouped(readings, lambda reading: reading.signer)
    return sorted(figures, key=lambda f: (-_known(f.cer), f.name))


def by_speed(readings: Iterable[Reading], edges: Sequence[float] = SPEEDS) -> list[Figure]:
    """One figure a bucket of letters per second, slowest first, those of unknown speed last.

    An edge belongs to the faster bucket; buckets without a reading are left out.
    """
    names = [f"below {edges[0]:g}"]
    names += [f"{low:g}-{high:g}" for low, high in pairwise(edges)]
    names += [f"from {edges[-1]:g}", "unknown"]

    def bucket(reading: Reading) -> str:
        if math.isnan(reading.speed):
            return names[-1]
        return names[int(np.searchsorted(edges, reading.speed, side="right"))]

    return sorted(_grouped(readings, bucket), key=lambda f: names.index(f.name))


def confusions(readings: Iterable[Reading]) -> Counter[tuple[str, str]]:
    """How often each character (first) was read as which (second), right ones included.

    `NOTHING` comes second where a character was missed and first where one was added. Their order
    in `Counter.most_common` puts the right ones first: drop pairs of equals for the errors.
    """
    counts: Counter[tuple[str, str]] = Counter()
    for reading in readings:
        counts.update((edit.truth, edit.read) for edit in align(reading.truth, reading.read))
    return counts


def matrix(counts: Counter[tuple[str, str]], alphabet: str) -> NDArray[np.int64]:
    """``counts`` as [n + 1, n + 1] for a picture: spelled down, read across, `NOTHING` last.

    Raises:
        ValueError: a character is not in ``alphabet``.
    """
    place = {char: n for n, char in enumerate([*alphabet, NOTHING])}
    out = np.zeros((len(place), len(place)), dtype=np.int64)
    for (truth, read), count in counts.items():
        if truth not in place or read not in place:
            raise ValueError(f"{truth!r} read as {read!r} is not in the alphabet {alphabet!r}")
        out[place[truth], place[read]] += count
    return out


def by_letter(counts: Counter[tuple[str, str]]) -> list[Letter]:
    """One row a character out of `confusions`, worst first; those never spelled come last."""
    spelled: Counter[str] = Counter()
    replaced: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    added: Counter[str] = Counter()
    for (truth, read), count in counts.items():
        spelled[truth] += count
        if truth == NOTHING:
            added[read] += count
        elif read == NOTHING:
            missed[truth] += count
        elif read != truth:
            replaced[truth] += count
    letters = (spelled.keys() | added.keys()) - {NOTHING}
    rows = [Letter(c, spelled[c], replaced[c], missed[c], added[c]) for c in letters]
    return sorted(rows, key=lambda row: (-_known(row.rate), -row.count, row.letter))


def calibration(confidence: ArrayLike, right: ArrayLike, bins: int = 15) -> Calibration:
    """Expected calibration error over ``bins`` bins of equal width (Guo et al., 2017, eq. 3).

    Args:
        confidence: [N], 0-1.
        right: [N], whether the character was right.
        bins: how many; an edge belongs to the bin above it, 1 to the last.

    Raises:
        ValueError: there is nothing, the lengths differ, or a confidence is not in 0-1.
    """
    sure = np.asarray(confidence, dtype=np.float64)
    true = np.asarray(right, dtype=np.float64)
    if sure.ndim != 1 or sure.shape != true.shape or not len(sure):
        raise ValueError(f"{sure.shape} confidences for {true.shape} outcomes: give one for one")
    if not ((sure >= 0) & (sure <= 1)).all():
        raise ValueError("a confidence is not between 0 and 1")
    edges = np.arange(bins + 1) / bins
    which = np.clip(np.searchsorted(edges, sure, side="right") - 1, 0, bins - 1)
    found = []
    for n in np.unique(which):
        mine = which == n
        means = float(sure[mine].mean()), float(true[mine].mean())
        found.append(Bin(float(edges[n]), float(edges[n + 1]), *means, int(mine.sum())))
    gaps = [abs(b.right - b.confidence) for b in found]
    error = sum(gap * b.count for gap, b in zip(gaps, found, strict=True)) / len(sure)
    return Calibration(error, max(gaps), tuple(found))


def _grouped(readings: Iterable[Reading], key: Callable[[Reading], str]) -> list[Figure]:
    groups: dict[str, list[Reading]] = defaultdict(list)
    for reading in readings:
        groups[key(reading)].append(reading)
    return [total(group, name) for name, group in groups.items()]


def _known(rate: float) -> float:
    return -1.0 if math.isnan(rate) else rate
