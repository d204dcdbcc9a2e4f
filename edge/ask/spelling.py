"""Which words of a vocabulary a spelled question may hold, however it was misread.

What was spelled is taken as letters without spaces, for those are often missing. A word is found
where enough of its pairs of letters, or pairs that the reader takes for them, stand in a row; an
edit distance weighted by the reader's confusions then says what it costs to read it there. The
cheapest way through all letters, and what it costs more to go through a given word, give each word
its weight.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from edge.ask.confusions import ALPHABET, CODES, Floats, costs

MAX_LETTERS = 160
"""Of a question: a minute of spelling. What follows is left out."""

MAX_WORD = 20
"""Letters of a word that is looked for; of a longer one the first."""
SPARE = 2
"""Letters by which a word that was read may be longer or shorter than the word."""
VOTES = 0.34
"""Share of a word's pairs that must be there for it to be compared."""
PLACES = 1500
"""Places of words that are compared, those with most pairs first."""
LOST_LETTER = 3.4
"""Cost of a letter that belongs to no known word; at random one of 36 would cost 3.6."""
LOST_START = 5.0
"""Cost of beginning letters that belong to no known word."""
BROKEN = 3.0
"""Cost of a space within a word."""
JOINED = 1.0
"""Cost of a missing space between words, where there are spaces at all."""
ALONE = {"a": 4.0, "i": 5.0}
"""Words of one letter, and what they cost."""
DOUBT = 5.0
"""A word that is dearer than the cheapest way by more than this is no candidate."""

Ints = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Found:
    """A word that may stand at ``start`` to ``end`` of the letters; ``weight`` is 1 at best."""

    word: str
    start: int
    end: int
    weight: float


@dataclass(frozen=True, slots=True)
class Spelled:
    """What a question may say.

    Attributes:
        letters: it, without spaces.
        words: by where they stand, likelier ones first.
        best: the words of the cheapest way, in order; letters of no word are left out.
        lost: whether each letter belongs to no known word on the cheapest way.
    """

    letters: str
    words: tuple[Found, ...]
    best: tuple[Found, ...]
    lost: tuple[bool, ...]


class Speller:
    """Finds the words of one vocabulary."""

    def __init__(self, vocabulary: Mapping[str, float]) -> None:
        """``vocabulary``: for each word of a-z and 0-9, what it costs: -log of its frequency."""
        self._words = sorted(word for word in vocabulary if len(word) > 1)
        self._names = [*self._words, *ALONE]
        self._costs = np.array([vocabulary[word] for word in self._words], np.float32)
        size = len(self._words)
        self._sizes = np.array([min(len(w), MAX_WORD) for w in self._words], np.int32)
        self._codes = np.zeros((size, MAX_WORD), np.int32)
        for n, word in enumerate(self._words):
            self._codes[n, : self._sizes[n]] = [CODES[c] for c in word[:MAX_WORD]]
        self._by_pair = self._pairs()

    def _pairs(self) -> list[tuple[Ints, Ints]]:
        """For each pair of letters (words, places) that have it."""
        pairs = self._codes[:, :-1] * len(ALPHABET) + self._codes[:, 1:]
        there = np.arange(1, MAX_WORD) < self._sizes[:, None]
        words, places = np.nonzero(there)
        order = np.argsort(pairs[words, places], kind="stable")
        words, places = words[order].astype(np.int32), places[order].astype(np.int32)
        ends = np.searchsorted(pairs[words, places], np.arange(1, len(ALPHABET) ** 2))
        return list(zip(np.split(words, ends), np.split(places, ends), strict=True))

    def read(self, text: str) -> Spelled:
        """What ``text``, of a-z, 0-9 and spaces, may say."""
        text = " ".join(text.split())
        spaces = [0]
        for part in text.split():
            spaces.append(spaces[-1] + len(part))
        letters = text.replace(" ", "")[:MAX_LETTERS]
        if not letters or not self._words:
            return Spelled(letters, (), (), (True,) * len(letters))
        query = np.array([CODES[c] for c in letters], np.int32)
        arcs = self._arcs(query)
        arcs += [
            (at, at + 1, len(self._words) + n, cost)
            for n, (word, cost) in enumerate(ALONE.items())
            for at, letter in enumerate(letters)
            if letter == word
        ]
        return _ways(letters, arcs, frozenset(spaces), self._names)

    def _arcs(self, query: Ints) -> list[tuple[int, int, int, float]]:
        """(start, end, word, cost) of all places where a word may stand."""
        words, starts = self._places(query)
        if not len(words):
            return []
        distance = self._distances(query, words, starts) + self._costs[words][:, None]
        sizes = self._sizes[words]
        arcs: dict[tuple[int, int, int], float] = {}
        # Dearer than letters of no word: of no use.
        width = np.arange(distance.shape[1])
        most = LOST_START + LOST_LETTER * width[None] + DOUBT
        ends = starts[:, None] + width[None]
        usable = (distance < most) & (ends <= len(query)) & (width >= 1)
        usable &= np.abs(width - sizes[:, None]) <= SPARE
        for n, long in zip(*np.nonzero(usable), strict=True):
            arc = int(starts[n]), int(ends[n, long]), int(words[n])
            arcs[arc] = min(arcs.get(arc, math.inf), float(distance[n, long]))
        return [(*arc, cost) for arc, cost in arcs.items()]

    def _places(self, query: Ints) -> tuple[Ints, Ints]:
        """(word, start) pairs that are worth comparing."""
        span = len(query) + 3  # starts from -1, and a column on each side
        votes = np.zeros(len(self._words) * span, np.uint16)
        for place, pairs in enumerate(pairwise(query)):
            for pair, half_votes in _readings(int(pairs[0]), int(pairs[1])):
                words, places = self._by_pair[pair]
                inside = places <= place + 1
                np.add.at(votes, words[inside] * span + (place + 2 - places[inside]), half_votes)
        table = votes.reshape(-1, span)
        # In tenths of a vote. A letter too many or too few moves the rest of the word by one.
        near = 5 * table[:, 1:-1] + 4 * (table[:, :-2] + table[:, 2:])
        wanted = np.ceil(10 * VOTES * np.maximum(1, self._sizes - 1)).astype(np.uint16)[:, None]
        found = np.nonzero((near >= wanted) & (table[:, 1:-1] > 0))
        words, starts = found[0].astype(np.int32), found[1].astype(np.int32)
        if len(words) > PLACES:
            share = near[words, starts] / wanted[words, 0]
            best = np.argpartition(-share, PLACES)[:PLACES]
            words, starts = words[best], starts[best]
        return words, np.maximum(0, starts - 1)

    def _distances(self, query: Ints, words: Ints, starts: Ints) -> Floats:
        """What it costs to read each word as the next 0, 1, 2... letters from its start [n, :]."""
        substitution, omission, insertion = costs()
        longest = int(self._sizes[words].max())
        wide = longest + SPARE
        padded = np.concatenate([query, np.full(wide + 1, 0, np.int32)])
        read = padded[starts[:, None] + np.arange(wide)]
        row = np.arange(wide + 1, dtype=np.float32)[None] * insertion
        row = np.repeat(row, len(words), 0)
        out = row.copy()
        for at in range(longest):
            spelled = self._codes[words, at]
            step = np.empty_like(row)
            step[:, 0] = row[:, 0] + omission[spelled]
            diagonal = row[:, :-1] + substitution[spelled[:, None], read]
            step[:, 1:] = np.minimum(diagonal, row[:, 1:] + omission[spelled][:, None])
            # Insertions: the least of all to the left, each letter at the same cost.
            ramp = np.arange(wide + 1, dtype=np.float32) * insertion
            step = np.minimum.accumulate(step - ramp, axis=1) + ramp
            live = (self._sizes[words] > at)[:, None]
            row = np.where(live, step, row)
            out = np.where(live, step, out)
        return out


def _readings(first: int, second: int) -> list[tuple[int, int]]:
    """Pairs that may have been spelled where this one was read, with their halves of a vote."""
    size = len(ALPHABET)
    out = [(first * size + second, 2)]
    out += [(other * size + second, 1) for other in _CONFUSED[first]]
    out += [(first * size + other, 1) for other in _CONFUSED[second]]
    return out


def _confused() -> list[tuple[int, ...]]:
    """For each character that is read, the two that it most often is instead."""
    substitution, _, _ = costs()
    out = []
    for read in range(len(ALPHABET)):
        order = np.argsort(substitution[:, read])
        likely = [int(c) for c in order if c != read and substitution[c, read] < 4.5]
        out.append(tuple(likely[:2]))
    return out


_CONFUSED = _confused()


def _ways(
    letters: str, arcs: list[tuple[int, int, int, float]], spaces: frozenset[int], words: list[str]
) -> Spelled:
    """The cheapest way through ``letters``, and how much dearer it is through each arc."""
    size = len(letters)
    if len(spaces) > 2:
        before = np.cumsum([at in spaces for at in range(size + 1)]).tolist()  # at or before each
        arcs = [
            (
                start, end, word,
                cost + BROKEN * (before[end - 1] - before[start]) + JOINED * (end not in spaces),
            )
            for start, end, word, cost in arcs
        ]  # fmt: skip
    ending: list[list[int]] = [[] for _ in range(size + 1)]
    starting: list[list[int]] = [[] for _ in range(size + 1)]
    for n, (start, end, _, _) in enumerate(arcs):
        ending[end].append(n)
        starting[start].append(n)
    # Two states at each place: after a word (or at the start), and within letters of no word.
    word_f, lost_f = [math.inf] * (size + 1), [math.inf] * (size + 1)
    via: list[int] = [-1] * (size + 1)
    word_f[0] = 0.0
    for at in range(size + 1):
        for n in ending[at]:
            start, _, _, cost = arcs[n]
            total = min(word_f[start], lost_f[start]) + cost
            if total < word_f[at]:
                word_f[at], via[at] = total, n
        if at:
            lost_f[at] = min(lost_f[at - 1], word_f[at - 1] + LOST_START) + LOST_LETTER
    word_b, lost_b = [math.inf] * (size + 1), [math.inf] * (size + 1)
    word_b[size] = lost_b[size] = 0.0
    for at in range(size - 1, -1, -1):
        through = min((arcs[n][3] + word_b[arcs[n][1]] for n in starting[at]), default=math.inf)
        lost_b[at] = min(lost_b[at + 1] + LOST_LETTER, through)
        word_b[at] = min(lost_b[at + 1] + LOST_LETTER + LOST_START, through)
    least = min(word_f[size], lost_f[size])
    found: dict[tuple[str, int, int], float] = {}
    for start, end, word, cost in arcs:
        doubt = min(word_f[start], lost_f[start]) + cost + word_b[end] - least
        if doubt < DOUBT:
            key = words[word], start, end
            found[key] = max(found.get(key, 0.0), math.exp(-max(0.0, doubt)))
    best, lost = _trace(size, word_f, lost_f, via, arcs, words)
    ordered = sorted(found.items(), key=lambda item: (-item[1], item[0][1]))
    return Spelled(letters, tuple(Found(*key, weight) for key, weight in ordered), best, lost)


def _trace(
    size: int,
    word_f: list[float],
    lost_f: list[float],
    via: list[int],
    arcs: list[tuple[int, int, int, float]],
    words: list[str],
) -> tuple[tuple[Found, ...], tuple[bool, ...]]:
    at, best, lost = size, list[Found](), [False] * size
    while at > 0:
        if word_f[at] <= lost_f[at]:
            start, end, word, _ = arcs[via[at]]
            best.append(Found(words[word], start, end, 1.0))
            at = start
            continue
        lost[at - 1] = True
        at -= 1
        while at > 0 and lost_f[at] + LOST_LETTER <= word_f[at] + LOST_START + LOST_LETTER:
            lost[at - 1] = True
            at -= 1
    return tuple(reversed(best)), tuple(lost)
