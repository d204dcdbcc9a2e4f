"""The passages of a folder in SQLite: by words and by trigrams, in memory, file by file."""

from __future__ import annotations

import logging
import math
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

from edge.ask import documents
from edge.ask.documents import Stamp, Unreadable
from edge.ask.instructions import without_instructions
from edge.ask.passages import Passage, passages
from edge.ask.text import FUNCTION_WORDS, plain, stem
from edge.errors import UserError, clear

log = logging.getLogger(__name__)

MAX_PASSAGES = 20_000
MAX_MATCHED = 2_500
"""Passages that SQLite compares for a question, about: it takes milliseconds for a thousand."""
_HEADING_COUNTS = 2
"""A word of the heading counts as that many of the text."""
_ASKED = 4.5
"""-log of the frequency of the words that questions are asked with, which documents lack."""
_ENGLISH = {"10": 8.0, "20": 9.5, "35": 11.0}
"""The same of words of English that no document has, by their level in `english.txt`."""

_SCHEMA = """
CREATE TABLE passages (
    id INTEGER PRIMARY KEY, path TEXT, heading TEXT, text TEXT, stems TEXT, letters TEXT
);
CREATE INDEX by_path ON passages (path);
CREATE VIRTUAL TABLE words USING fts5 (
    stems, content='passages', content_rowid='id', tokenize='ascii'
);
CREATE VIRTUAL TABLE trigrams USING fts5 (
    letters, content='passages', content_rowid='id', tokenize='trigram', detail='column'
);
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """A passage, and how often each stem is in it."""

    passage: Passage
    stems: Counter[str]
    size: int


class Index:
    """Follows a folder; `refresh` reads what has changed since."""

    def __init__(self, folder: Path) -> None:
        """
        Raises:
            UserError: ``folder`` cannot be read, or SQLite here lacks FTS5 or its trigrams.
        """
        self.folder = documents.check(folder)
        self._stamps: dict[str, Stamp] = {}
        self._ids: dict[str, list[int]] = {}
        self._said: dict[str, str] = {}
        self._next = 1
        self.entries: dict[int, Entry] = {}
        self._frequency: Counter[str] = Counter()
        self._forms: Counter[str] = Counter()
        self._trigrams: Counter[str] = Counter()
        self._full = False
        self.version = 0
        self._database = sqlite3.connect(":memory:")
        try:
            self._database.executescript(_SCHEMA)
        except sqlite3.OperationalError as error:
            raise UserError(
                f"SQLite {sqlite3.sqlite_version} cannot search texts ({error}):"
                " Python needs 3.34 or newer with FTS5"
            ) from error

    def __len__(self) -> int:
        return len(self.entries)

    def close(self) -> None:
        self._database.close()

    def refresh(self) -> bool:
        """Read the files that are new or have changed, forget those that are gone; whether there
        were any. A file that cannot be used is left out, with a line in the log.

        Raises:
            OSError: the folder cannot be read now; what was read stays.
        """
        found = documents.scan(self.folder)
        gone = [path for path in self._stamps if path not in found]
        changed = [path for path, stamp in found.items() if self._stamps.get(path) != stamp]
        if not gone and not changed:
            return False
        with self._database:
            for path in [*gone, *changed]:
                self._remove(path)
            for path in changed:
                self._stamps[path] = found[path]
                self._add(path)
        self.version += 1
        log.info("%d passages of %d documents", len(self.entries), len(self._ids))
        return True

    def _add(self, path: str) -> None:
        try:
            parts = list(passages(path, documents.read(self.folder, path)))
        except Unreadable as error:
            self._warn(path, f"{error}; until then it is left out")
            return
        left_out = 0
        for passage in parts:
            if len(self.entries) >= MAX_PASSAGES:
                self._warn(path, f"there are {MAX_PASSAGES} passages: the rest is left out")
                return
            clean = without_instructions(passage.text)
            left_out += clean != passage.text
            if clean and len(plain(without_instructions(passage.heading))) == len(
                plain(passage.heading)
            ):
                self._insert(Passage(passage.path, passage.heading, clean))
        if left_out:
            self._warn(path, "sentences that give orders to a model are left out")

    def _warn(self, path: str, reason: str) -> None:
        if self._said.get(path) != reason:
            self._said[path] = reason
            log.warning("%s: %s", clear(path), reason)

    def _insert(self, passage: Passage) -> None:
        heading, body = plain(passage.heading), plain(passage.text)
        forms = f"{heading} {body}".split()
        counts = Counter(map(stem, body.split()))
        for word in set(heading.split()):
            counts[stem(word)] += _HEADING_COUNTS
        number, self._next = self._next, self._next + 1
        letters = "".join(forms)
        row = (
            number,
            passage.path,
            passage.heading,
            passage.text,
            " ".join(counts.elements()),
            letters,
        )
        self._database.execute("INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?)", row)
        self._database.execute("INSERT INTO words (rowid, stems) VALUES (?, ?)", (number, row[4]))
        self._database.execute(
            "INSERT INTO trigrams (rowid, letters) VALUES (?, ?)", (number, letters)
        )
        self.entries[number] = Entry(passage, counts, len(forms))
        self._ids.setdefault(passage.path, []).append(number)
        self._count(passage, 1)

    def _remove(self, path: str) -> None:
        for number in self._ids.pop(path, ()):
            entry = self.entries.pop(number)
            self._count(entry.passage, -1)
            stems, letters = self._database.execute(
                "SELECT stems, letters FROM passages WHERE id = ?", (number,)
            ).fetchone()
            self._database.execute(
                "INSERT INTO words (words, rowid, stems) VALUES ('delete', ?, ?)", (number, stems)
            )
            self._database.execute(
                "INSERT INTO trigrams (trigrams, rowid, letters) VALUES ('delete', ?, ?)",
                (number, letters),
            )
            self._database.execute("DELETE FROM passages WHERE id = ?", (number,))
        self._stamps.pop(path, None)
        self._said.pop(path, None)

    def _count(self, passage: Passage, sign: int) -> None:
        words = plain(f"{passage.heading} {passage.text}").split()
        letters = "".join(words)
        for counter, items in (
            (self._forms, words),
            (self._frequency, {stem(word) for word in words}),
            (self._trigrams, {letters[n : n + 3] for n in range(len(letters) - 2)}),
        ):
            for item in items:
                counter[item] += sign
                if not counter[item]:
                    del counter[item]

    def rarity(self, word: str) -> float:
        """How much a stem says about which passage is meant: BM25's idf, 0 or more."""
        count = self._frequency[word]
        return math.log(1 + (len(self.entries) - count + 0.5) / (count + 0.5))

    def vocabulary(self) -> Mapping[str, float]:
        """The words and stems of the documents, those that questions are asked with, and other
        English words, with -log of their frequency."""
        total = sum(self._forms.values()) or 1
        costs: dict[str, float] = {}
        for word, count in self._forms.items():
            cost = min(9.0, -math.log(count / total))
            costs[word] = cost
            costs.setdefault(stem(word), cost + 1)
        for word in FUNCTION_WORDS:
            costs[word] = min(costs.get(word, _ASKED), _ASKED)
        return {**english(), **costs}

    def by_words(self, stems: Sequence[str], most: int) -> list[int]:
        """The ids of the passages that match best by BM25, those with any of ``stems``, of which
        the first count where there are too many."""
        return self._match("words", _few(stems, self._frequency), most)

    def by_trigrams(self, letters: str, most: int, rarest: int = 12) -> list[int]:
        """The same by the ``rarest`` trigrams of ``letters`` that any passage has."""
        there = {letters[n : n + 3] for n in range(len(letters) - 2)} & self._trigrams.keys()
        rare = sorted(there, key=lambda trigram: (self._trigrams[trigram], trigram))[:rarest]
        return self._match("trigrams", _few(rare, self._trigrams), most)

    def _match(self, table: str, terms: Sequence[str], most: int) -> list[int]:
        if not terms:
            return []
        wanted = " OR ".join(f'"{term}"' for term in terms)  # of a-z and 0-9 only
        query = f"SELECT rowid FROM {table} WHERE {table} MATCH ? ORDER BY rank LIMIT ?"
        with closing(self._database.execute(query, (wanted, most))) as rows:
            return [number for (number,) in rows]


def _few(terms: Iterable[str], counts: Counter[str]) -> list[str]:
    """The first of ``terms`` that are in no more than `MAX_MATCHED` passages together."""
    out, matched = list[str](), 0
    for term in terms:
        matched += counts[term]
        if out and matched > MAX_MATCHED:
            break
        if counts[term]:
            out.append(term)
    return out


@cache
def english() -> dict[str, float]:
    """Common English words, with about -log of their frequency."""
    text = (resources.files("edge.ask") / "english.txt").read_text(encoding="utf-8")
    out: dict[str, float] = {}
    cost = 0.0
    for line in text.splitlines():
        if line.startswith("# level "):
            cost = _ENGLISH[line.removeprefix("# level ")]
        elif not line.startswith("#"):
            out |= dict.fromkeys(line.split(), cost)
    return out
