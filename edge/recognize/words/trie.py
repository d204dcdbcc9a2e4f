"""The words that may be read, as one prefix trie in arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

NONE = -1e9
"""A bonus of what ends no word. Finite, so that differences of scores are never NaN."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Trie:
    """Nodes [N]; siblings stand side by side.

    Attributes:
        roots: where words begin: each has a trie of its own.
        labels: class of a node's last character; 0 of a root.
        parents: of each node; a root is its own.
        first, counts: a node's children are ``first`` to ``first + counts - 1``.
        repeats: its character is that of its parent.
        bonus: of the word that ends here, in nats; `NONE` where none does.
        ahead: the largest bonus of the words that end here or further on.
        partial: of the characters so far: their share of the bonus of a word that ends here or
            further on.
    """

    roots: tuple[int, ...]
    labels: Ints
    parents: Ints
    first: Ints
    counts: Ints
    repeats: NDArray[np.bool_]
    bonus: Floats
    ahead: Floats
    partial: Floats

    @staticmethod
    def of(words: Mapping[str, float], alphabet: str) -> Trie:
        """
        Args:
            words: each not empty and of ``alphabet``, with its bonus in nats.
            alphabet: the character of class i + 1 is ``alphabet[i]``.
        """
        base = len(alphabet) + 1
        class_of = {char: k for k, char in enumerate(alphabet, 1)}
        lengths = np.array([len(word) for word in words], np.int64)
        letters = np.zeros((len(words), max(lengths, default=0)), np.int64)
        for row, word in zip(letters, words, strict=True):
            row[: len(word)] = [class_of[char] for char in word]
        keys, ends = [np.zeros(1, np.int64)], [0, 1]
        at = np.zeros(len(words), np.int64)
        for depth in range(letters.shape[1]):
            long = lengths > depth
            found, places = np.unique(at[long] * base + letters[long, depth], return_inverse=True)
            at[long] = ends[-1] + places
            keys.append(found)
            ends.append(ends[-1] + len(found))
        parents, labels = np.divmod(np.concatenate(keys), base)
        counts = np.bincount(parents[1:], minlength=len(labels))
        depths = np.repeat(np.arange(len(keys)), np.diff(ends))
        bonus = np.full(len(labels), NONE)
        bonus[at] = list(words.values())
        ahead, rates = bonus.copy(), bonus / np.maximum(depths, 1)
        for low, high in zip(ends[-2:0:-1], ends[:1:-1], strict=True):
            for most in (ahead, rates):
                np.maximum.at(most, parents[low:high], most[low:high])
        return Trie(
            roots=(0,),
            labels=labels,
            parents=parents,
            first=1 + np.cumsum(counts) - counts,
            counts=counts,
            repeats=(labels == labels[parents]) & (depths > 1),
            bonus=bonus,
            ahead=ahead,
            partial=rates * depths,
        )

    def joined(self, other: Trie) -> Trie:
        """The words of both; those that are in both twice."""
        size = len(self.labels)

        def both(name: str) -> Any:
            return np.concatenate([getattr(self, name), getattr(other, name)])

        same = ("labels", "counts", "repeats", "bonus", "ahead", "partial")
        return Trie(
            roots=(*self.roots, *(root + size for root in other.roots)),
            parents=np.concatenate([self.parents, other.parents + size]),
            first=np.concatenate([self.first, other.first + size]),
            **{name: both(name) for name in same},
        )

    def classes(self, node: int) -> list[int]:
        """The characters to ``node``, as classes."""
        found = []
        while self.parents[node] != node:
            found.append(int(self.labels[node]))
            node = int(self.parents[node])
        return found[::-1]
