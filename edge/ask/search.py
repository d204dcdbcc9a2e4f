"""The passages that answer a spelled question, or none."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources

from edge.ask.index import Entry, Index
from edge.ask.passages import Passage
from edge.ask.spelling import Found, Spelled, Speller
from edge.ask.text import FUNCTION_WORDS, plain, stem

CANDIDATES = 60
"""Passages by words that are compared, and half as many by trigrams."""
MOST_STEMS = 24
"""Stems that passages are looked for by."""
LEAST_WEIGHT = 0.05
"""A word that is less likely to have been spelled is not looked for."""
KNOWN = 0.5
"""Share of what a question says that a passage must have, for it to be an answer."""
RELATED = 0.5
"""What a word of the same meaning counts."""
_LOST_RARITY = 1.0
"""Rarity of letters of no known word, as a share of that of a word in one passage; a word's
letters are five on average."""
_B, _K = 0.4, 1.2  # of BM25


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found.

    Attributes:
        score: by which hits are ordered.
        known: share of what the question says that is in the passage, 0 to 1.
    """

    passage: Passage
    score: float
    known: float


@dataclass(frozen=True, slots=True)
class Word:
    """A word that may have been spelled, where, and what it counts."""

    stem: str
    start: int
    end: int
    weight: float
    rarity: float


class Searcher:
    """Searches an index, and follows its changes."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._version = -1
        self._speller = Speller({})
        self._average = 1.0

    def read(self, question: str) -> Spelled:
        """What ``question``, as it was read, may say."""
        self._follow()
        return self._speller.read(plain(question))

    def search(self, question: str, most: int = 3) -> list[Hit]:
        """The passages that fit ``question`` best, best first; also those that are no answer."""
        spelled = self.read(question)
        words = self._words(spelled)
        if not words:
            return []
        ranked = sorted({w.stem: w.weight * w.rarity for w in words}.items(), key=lambda p: -p[1])
        stems = [name for name, _ in ranked[:MOST_STEMS]]
        wanted = dict.fromkeys(self._index.by_words(stems, CANDIDATES))
        wanted |= dict.fromkeys(self._index.by_trigrams(spelled.letters, CANDIDATES // 2))
        total = self._says(spelled, words)
        hits = [self._hit(self._index.entries[number], words, total) for number in wanted]
        return sorted(hits, key=lambda hit: -hit.score)[:most]

    def answer(self, question: str, most: int = 3) -> list[Hit]:
        """As `search`, only what says enough of what was asked; none where nothing does."""
        return [hit for hit in self.search(question, most) if hit.known >= KNOWN]

    def _follow(self) -> None:
        if self._version == self._index.version:
            return
        self._version = self._index.version
        self._speller = Speller(self._index.vocabulary())
        sizes = [entry.size for entry in self._index.entries.values()]
        self._average = sum(sizes) / len(sizes) if sizes else 1.0

    def _words(self, spelled: Spelled) -> list[Word]:
        """What may have been spelled and says something, with words of the same meaning."""
        out = []
        for found in spelled.words:
            if found.weight < LEAST_WEIGHT or found.word in FUNCTION_WORDS:
                continue
            name = stem(found.word)
            rarity = self._index.rarity(name)
            out.append(Word(name, found.start, found.end, found.weight, rarity))
            out += [
                Word(other, found.start, found.end, found.weight * RELATED, rarity)
                for other in related().get(name, ())
            ]
        return out

    def _says(self, spelled: Spelled, words: list[Word]) -> list[float]:
        """What each letter of the question says: the rarity of its word, spread over it."""
        says = [0.0] * len(spelled.letters)
        most = self._index.rarity("")
        for at, lost in enumerate(spelled.lost):
            if lost:
                says[at] = most * _LOST_RARITY / 5
        for found in spelled.best:
            if found.word in FUNCTION_WORDS:
                continue
            share = self._index.rarity(stem(found.word)) / (found.end - found.start)
            for at in range(found.start, found.end):
                says[at] = share
        return says

    def _hit(self, entry: Entry, words: list[Word], says: list[float]) -> Hit:
        score, known = 0.0, [0.0] * len(says)
        length = _K * (1 - _B + _B * entry.size / self._average)
        counted: dict[str, float] = {}
        for word in words:
            count = entry.stems.get(word.stem, 0)
            if not count:
                continue
            worth = word.weight * word.rarity * count * (_K + 1) / (count + length)
            counted[word.stem] = max(counted.get(word.stem, 0.0), worth)
            for at in range(word.start, word.end):
                known[at] = max(known[at], min(1.0, word.weight))
        score = sum(counted.values())
        total = sum(says)
        share = sum(s * k for s, k in zip(says, known, strict=True)) / total if total else 0.0
        return Hit(entry.passage, score * (0.5 + 0.5 * share), share)


@cache
def related() -> dict[str, tuple[str, ...]]:
    """For each stem those of words that ask for the same."""
    text = (resources.files("edge.ask") / "synonyms.txt").read_text(encoding="utf-8")
    out: dict[str, set[str]] = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            group = {stem(word) for word in line.split()}
            for word in group:
                out.setdefault(word, set()).update(group - {word})
    return {word: tuple(sorted(others)) for word, others in out.items()}


def said(best: tuple[Found, ...]) -> str:
    """The words of the likeliest way, as a question to show."""
    return " ".join(found.word for found in best)
