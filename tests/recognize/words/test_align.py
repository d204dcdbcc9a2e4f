"""When the characters of a word were seen."""

from __future__ import annotations

import numpy as np

from edge.recognize.words.align import align


def answers(letters: str) -> np.ndarray:
    rows = np.full((len(letters), 4), 0.02, np.float32)
    for row, letter in zip(rows, letters, strict=True):
        row["_abc".index(letter)] = 0.94
    return np.log(rows)


def test_each_character_is_where_it_is_seen() -> None:
    found = align(answers("_aa__bb_c_"), [1, 2, 3])
    assert [(a, b) for a, b, _ in found] == [(1, 2), (5, 6), (8, 8)]
    assert np.allclose([p for _, _, p in found], np.log(0.94))


def test_a_doubled_letter_is_seen_twice_and_a_missing_one_has_its_place() -> None:
    assert [(a, b) for a, b, _ in align(answers("aa_aa"), [1, 1])] == [(0, 1), (3, 4)]
    first, missing, last = align(answers("_aa__cc"), [1, 2, 3])
    assert first[0] == 1
    assert last[:2] == (5, 6)
    assert 2 <= missing[0] <= 4
    assert missing[2] < np.log(0.1)
