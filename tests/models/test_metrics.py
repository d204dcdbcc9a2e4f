"""Figures, against brute force and by hand."""

from __future__ import annotations

import math
from collections import Counter
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.training.evaluation import metrics
from models.training.evaluation.metrics import NOTHING, Edit, Reading

short = st.text("abc ", max_size=7)
readings = st.lists(
    st.builds(
        Reading,
        short,
        short,
        st.sampled_from(["ann", "bo", "cy"]),
        st.one_of(st.just(math.nan), st.floats(0, 20)),
    ),
    max_size=12,
)


@cache
def brute(a: str, b: str) -> int:
    if not a or not b:
        return len(a) + len(b)
    if a[0] == b[0]:
        return brute(a[1:], b[1:])
    return 1 + min(brute(a[1:], b), brute(a, b[1:]), brute(a[1:], b[1:]))


@given(short, short)
def test_distance_is_the_fewest_edits(a: str, b: str) -> None:
    assert metrics.distance(a, b) == brute(a, b)


@given(short, short, short)
def test_distance_is_a_metric(a: str, b: str, c: str) -> None:
    assert metrics.distance(a, b) == metrics.distance(b, a)
    assert (metrics.distance(a, b) == 0) == (a == b)
    assert metrics.distance(a, c) <= metrics.distance(a, b) + metrics.distance(b, c)


@given(short, short)
def test_an_alignment_spells_both_texts_in_the_fewest_edits(truth: str, read: str) -> None:
    steps = metrics.align(truth, read)
    assert "".join(step.truth for step in steps) == truth
    assert "".join(step.read for step in steps) == read
    assert sum(step.kind != "match" for step in steps) == brute(truth, read)
    for step in steps:
        both = bool(step.truth) and bool(step.read)
        assert both == (step.kind in ("match", "substitute"))
        assert (step.kind == "match") == (step.truth == step.read)


def test_an_alignment_by_hand() -> None:
    assert metrics.align("cat", "ct") == [
        Edit("match", "c", "c"),
        Edit("delete", "a", NOTHING),
        Edit("match", "t", "t"),
    ]
    assert metrics.align("of", "xoff")[0] == Edit("insert", NOTHING, "x")


def test_score_is_of_the_whole_set_and_has_no_floor() -> None:
    figure = metrics.total([Reading("abcdefgh", "abcdefgh"), Reading("ab", "xyz")])
    assert (figure.errors, figure.chars, figure.texts, figure.exact) == (3, 10, 2, 1)
    assert figure.score == pytest.approx(0.7)  # not the mean of 1 and -0.5
    assert figure.cer == pytest.approx(0.3)
    assert metrics.total([Reading("a", "xyz")]).score == -2
    assert math.isnan(metrics.total([]).score)


def test_exchanged_letters_are_two_errors() -> None:
    assert metrics.distance("ie", "ei") == 2


@given(readings)
def test_groups_add_up(texts: list[Reading]) -> None:
    whole = metrics.total(texts)
    for groups in (metrics.by_signer(texts), metrics.by_speed(texts)):
        assert sum(group.errors for group in groups) == whole.errors
        assert sum(group.chars for group in groups) == whole.chars
        assert sum(group.texts for group in groups) == len(texts)
        assert sum(group.exact for group in groups) == whole.exact


@given(readings)
def test_letters_add_up(texts: list[Reading]) -> None:
    counts = metrics.confusions(texts)
    letters = metrics.by_letter(counts)
    whole = metrics.total(texts)
    assert sum(row.replaced + row.missed + row.added for row in letters) == whole.errors
    spelled = Counter("".join(reading.truth for reading in texts))
    assert {row.letter: row.count for row in letters if row.count} == spelled
    said = sum(count for (_, read), count in counts.items() if read != NOTHING)
    assert said == sum(len(reading.read) for reading in texts)
    rates = [row.rate for row in letters if row.count]
    assert rates == sorted(rates, reverse=True)
    assert all(row.count for row in letters[: len(rates)])


def test_the_worst_signer_comes_first() -> None:
    texts = [Reading("abc", "abc", "good"), Reading("abc", "axx", "bad"), Reading("", "", "mute")]
    assert [figure.name for figure in metrics.by_signer(texts)] == ["bad", "good", "mute"]


def test_letters_by_hand() -> None:
    counts = metrics.confusions([Reading("mama", "nmam"), Reading("a", "a")])
    rows = {row.letter: row for row in metrics.by_letter(counts)}
    # "mama" -> "nmam": n is added, the last a missed.
    assert (rows["a"].count, rows["a"].missed) == (3, 1)
    assert rows["a"].rate == pytest.approx(1 / 3)
    assert (rows["n"].count, rows["n"].added) == (0, 1)
    assert math.isnan(rows["n"].rate)


def test_speeds() -> None:
    speeds = [1.9, 2.0, 3.9, 10.0, 99.0, math.nan]
    figures = metrics.by_speed([Reading("a", "a", speed=speed) for speed in speeds])
    names = {figure.name: figure.texts for figure in figures}
    assert names == {"below 2": 1, "2-4": 2, "from 10": 2, "unknown": 1}
    assert list(names) == ["below 2", "2-4", "from 10", "unknown"]


def test_a_matrix_holds_every_count() -> None:
    counts = metrics.confusions([Reading("ab", "bb"), Reading("a", ""), Reading("", "b")])
    picture = metrics.matrix(counts, "ab")
    assert picture.tolist() == [[0, 1, 1], [0, 1, 0], [0, 1, 0]]
    with pytest.raises(ValueError, match="alphabet"):
        metrics.matrix(counts, "a")


@given(
    st.lists(st.tuples(st.integers(0, 60), st.booleans()), min_size=1, max_size=40),
    st.integers(1, 20),
)
def test_calibration_error(pairs: list[tuple[int, bool]], bins: int) -> None:
    sure = [n / 60 for n, _ in pairs]
    right = [hit for _, hit in pairs]
    groups: dict[int, list[tuple[float, bool]]] = {}
    for (n, hit), p in zip(pairs, sure, strict=True):
        groups.setdefault(min(n * bins // 60, bins - 1), []).append((p, hit))
    gaps = {k: abs(sum(p for p, _ in g) - sum(h for _, h in g)) for k, g in groups.items()}
    found = metrics.calibration(sure, right, bins)
    assert found.error == pytest.approx(sum(gaps.values()) / len(pairs), abs=1e-9)
    assert found.worst == pytest.approx(max(gap / len(groups[k]) for k, gap in gaps.items()))
    assert sum(b.count for b in found.bins) == len(pairs)
    assert 0 <= found.error <= found.worst + 1e-12 <= 1 + 1e-9


def test_calibration_by_hand() -> None:
    assert metrics.calibration([1.0, 1.0], [True, True]).error == 0
    assert metrics.calibration([0.9] * 10, [True] * 5 + [False] * 5).error == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("sure", "right"), [([], []), ([0.5], [True, False]), ([1.2], [True]), ([np.nan], [True])]
)
def test_calibration_refuses_what_it_cannot_mean(sure: list[float], right: list[bool]) -> None:
    with pytest.raises(ValueError, match="confidence"):
        metrics.calibration(sure, right)
