"""Palm detection: anchors and weighted suppression on cases made by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from edge.landmarks.detector import anchors, suppress
from edge.landmarks.palm import PALM


def test_the_anchors_are_those_of_the_192_pixel_detector():
    grid = anchors(192, PALM.strides)
    assert grid.shape == (2016, 2)
    assert grid.dtype == np.float32
    # 24 x 24 cells of 2 anchors, then 12 x 12 cells of 6.
    assert grid[0] == pytest.approx([0.5 / 24, 0.5 / 24])
    assert (grid[0] == grid[1]).all()
    assert grid[2] == pytest.approx([1.5 / 24, 0.5 / 24])
    assert grid[48] == pytest.approx([0.5 / 24, 1.5 / 24])
    assert (grid[1152:1158] == np.float32(0.5 / 12)).all()
    assert grid[1158] == pytest.approx([1.5 / 12, 0.5 / 12])
    assert grid[-1] == pytest.approx([11.5 / 12, 11.5 / 12])


def kept(scores, values):
    return suppress(np.array(scores, np.float32), np.array(values, np.float32))


def test_nothing_gives_nothing():
    assert kept([], np.empty((0, 18))) == []


def test_overlapping_boxes_become_their_weighted_mean():
    found = kept([0.6, 0.9], [[1, 0, 11, 10, 4], [0, 0, 10, 10, 1]])
    assert len(found) == 1
    score, values = found[0]
    assert score == pytest.approx(0.9)
    assert values == pytest.approx([0.4, 0, 10.4, 10, 2.2], rel=1e-5)


def test_boxes_apart_stay_apart_best_first():
    found = kept([0.6, 0.9, 0.7], [[0, 0, 1, 1], [5, 5, 6, 6], [0, 0, 1, 1.1]])
    assert [round(score, 3) for score, _ in found] == [0.9, 0.7]
    assert found[0][1] == pytest.approx([5, 5, 6, 6])


def test_little_overlap_is_not_the_same_hand():
    # Shared 4 of 16: intersection over union 0.25, below 0.3.
    assert len(kept([0.9, 0.8], [[0, 0, 10, 1], [6, 0, 16, 1]])) == 2
    assert len(kept([0.9, 0.8], [[0, 0, 10, 1], [5, 0, 15, 1]])) == 1


def test_boxes_without_area_end():
    assert len(kept([0.9, 0.8], [[1, 1, 1, 1], [1, 1, 1, 1]])) == 2


boxes = arrays(np.float32, st.tuples(st.integers(1, 20), st.just(4)), elements=st.integers(0, 20))


@given(boxes)
def test_what_is_left_is_bounded_sorted_and_inside_what_came(corners):
    values = np.sort(corners.reshape(-1, 2, 2), axis=1).reshape(-1, 4)
    scores = np.linspace(0.5, 1, len(values), dtype=np.float32)
    found = suppress(scores, values)
    assert 1 <= len(found) <= len(values)
    left = [score for score, _ in found]
    assert left == sorted(left, reverse=True)
    assert left[0] == pytest.approx(1 if len(values) > 1 else 0.5)
    for _, mean in found:
        assert (mean >= values.min(0) - 1e-3).all()
        assert (mean <= values.max(0) + 1e-3).all()
