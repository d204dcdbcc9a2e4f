"""The trie holds the words it was made of, and nothing else."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from edge.recognize.words.trie import NONE, Trie

WORDS = st.dictionaries(
    st.text("abc", min_size=1, max_size=5), st.floats(-9, 9), min_size=1, max_size=20
)


def words(trie: Trie) -> list[tuple[str, float]]:
    ends = np.flatnonzero(trie.bonus > NONE)
    return [("".join("abc"[k - 1] for k in trie.classes(int(n))), trie.bonus[n]) for n in ends]


@given(WORDS, WORDS)
def test_it_holds_its_words_and_joined_those_of_both(
    some: dict[str, float], others: dict[str, float]
) -> None:
    one, other = Trie.of(some, "abc"), Trie.of(others, "abc")
    assert sorted(words(one)) == sorted(some.items())
    both = one.joined(other)
    assert sorted(words(both)) == sorted([*some.items(), *others.items()])
    for trie in (one, both):
        for node, (first, count) in enumerate(zip(trie.first, trie.counts, strict=True)):
            children = np.arange(first, first + count)
            assert (trie.parents[children] == node).all()
        assert trie.counts.sum() == len(trie.labels) - len(trie.roots)


@given(WORDS)
def test_what_is_ahead_is_the_best_word_that_begins_like_this(some: dict[str, float]) -> None:
    trie = Trie.of(some, "abc")
    for node in range(1, len(trie.labels)):
        text = "".join("abc"[k - 1] for k in trie.classes(node))
        below = {word: bonus for word, bonus in some.items() if word.startswith(text)}
        assert trie.ahead[node] == max(below.values())
        rate = max(bonus / len(word) for word, bonus in below.items())
        assert math.isclose(trie.partial[node], rate * len(text), abs_tol=1e-9)
        assert trie.repeats[node] == (text[-2:] == 2 * text[-1])
