"""What is said of a second reader's figures."""

from __future__ import annotations

import math

import numpy as np
import pytest

pytest.importorskip("torch")

from models.training.second.evaluate import Item, auc, lines


def test_the_area_is_the_share_of_pairs_in_the_right_order() -> None:
    assert auc([0.9, 0.2, 0.5, 0.5], [True, False, True, False]) == pytest.approx(3.5 / 4)
    assert auc([0.1, 0.9], [True, False]) == 0
    assert math.isnan(auc([0.1, 0.9], [True, True]))
    assert math.isnan(auc([math.nan, 0.9], [True, False]))


def test_readers_are_measured_on_the_same_segments() -> None:
    items = [
        Item(np.zeros((4, 2), np.float32), text, "a" if len(text) > 2 else "b")
        for text in ("abcd", "ab")
    ]
    found = list(
        lines("words", items, {
            "first": lambda rows: [("abxd", 0.3), ("ab", 0.8)],
            "second": lambda rows: [("abcd", math.nan)] * len(rows),
        })
    )  # fmt: skip
    assert "first: 16.7 % wrong of 6 characters, 1 of 2 exact, worst signer 25.0 %" in found[0]
    assert "AUC 1.000" in found[0]
    assert "second: 33.3 % wrong" in found[1]
    assert "AUC" not in found[1]
