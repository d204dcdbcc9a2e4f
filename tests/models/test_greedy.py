from __future__ import annotations

import numpy as np

from models.training.evaluation.greedy import greedy


def test_repeats_and_blanks_are_left_out() -> None:
    logits = np.eye(4)[[[0, 1, 1, 0, 1, 2, 2, 0, 3]]]
    assert greedy(logits, "ab ") == ["aab "]


def test_what_is_said_in_the_padding_is_not_read() -> None:
    logits = np.eye(3)[[[1, 0, 2, 0], [1, 1, 2, 2]]]
    assert greedy(logits, "ab", np.array([4, 2])) == ["ab", "a"]
