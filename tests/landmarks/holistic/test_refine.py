"""Pose points refined by their heatmaps."""

from __future__ import annotations

import numpy as np
import pytest

from edge.landmarks.holistic.pose_model import refine


def slow(points: np.ndarray, heatmap: np.ndarray) -> np.ndarray:
    """The same, point by point and cell by cell."""
    rows, columns, _ = heatmap.shape
    out = points.copy()
    for n, (x, y) in enumerate(points[:, :2]):
        column, row = int(x * columns), int(y * rows)
        if not (0 <= column < columns and 0 <= row < rows):
            continue
        total = weighted_x = weighted_y = highest = 0.0
        for r in range(max(0, row - 3), min(rows, row + 4)):
            for c in range(max(0, column - 3), min(columns, column + 4)):
                weight = 1 / (1 + np.exp(-float(heatmap[r, c, n])))
                total, highest = total + weight, max(highest, weight)
                weighted_x, weighted_y = weighted_x + c * weight, weighted_y + r * weight
        if highest >= 0.5:
            out[n, :2] = weighted_x / columns / total, weighted_y / rows / total
    return out


@pytest.mark.parametrize("seed", range(4))
def test_it_is_the_weighted_centre_of_the_cells_near(seed: int) -> None:
    rng = np.random.default_rng(seed)
    points = rng.uniform(-0.2, 1.2, (35, 3)).astype(np.float32)
    points[:4, :2] = (0, 0), (0.999, 0.999), (-0.001, 0.5), (0.5, 1.0)
    heatmap = rng.normal(-3, 2, (64, 64, 39)).astype(np.float32)
    expected = slow(points, heatmap)
    assert (expected != points).any(1).sum() > 10  # some are refined
    assert (expected == points).all(1).sum() > 3  # some are not
    refine(points, heatmap)
    np.testing.assert_allclose(points, expected, atol=1e-5)


def test_a_weak_heatmap_moves_nothing() -> None:
    points = np.full((3, 3), 0.4, np.float32)
    refine(points, np.full((64, 64, 39), -0.1, np.float32))
    assert (points == np.float32(0.4)).all()
