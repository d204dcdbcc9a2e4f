from __future__ import annotations

import numpy as np
from numpy.testing import assert_allclose

from models.training.synthesis.pose import (
    blend,
    decompose,
    matrix,
    points,
    quaternion,
    rotated,
    rotation,
)
from tests.models.conftest import flat_hand


def test_a_hand_survives_being_taken_apart() -> None:
    rng = np.random.default_rng(0)
    hands = np.stack([flat_hand(rng) for _ in range(50)])
    assert_allclose(points(decompose(hands)), hands - hands[:, :1], atol=1e-5)


def test_quaternions_and_matrices_agree() -> None:
    vectors = np.random.default_rng(1).normal(0, 2, (200, 3))
    m = matrix(rotation(vectors))
    assert_allclose(m @ np.swapaxes(m, -1, -2), np.broadcast_to(np.eye(3), m.shape), atol=1e-5)
    assert_allclose(matrix(quaternion(m)), m, atol=1e-4)


def test_one_turn_follows_another() -> None:
    first, then = rotation(np.array([0.3, -0.2, 0.5])), rotation(np.array([-0.4, 0.9, 0.1]))
    assert_allclose(matrix(rotated(first, then)), matrix(then) @ matrix(first), atol=1e-5)


def test_a_rotation_vector_turns_about_its_axis() -> None:
    quarter = matrix(rotation(np.array([0, 0, np.pi / 2])))
    assert_allclose(quarter @ [1, 0, 0], [0, 1, 0], atol=1e-6)


def test_a_blend_starts_and_ends_right_and_keeps_bone_lengths_on_the_way() -> None:
    rng = np.random.default_rng(2)
    a = decompose(flat_hand(rng)[None])
    b = decompose((flat_hand(rng) @ matrix(rotation(np.array([0, 0, 2.5]))).T)[None])
    start, end = np.zeros(1), np.ones(1)
    assert_allclose(points(blend(a, b, start)), points(a), atol=1e-5)
    assert_allclose(points(blend(a, b, end)), points(b), atol=1e-5)
    middle = points(blend(a, b, np.full(1, 0.5)))[0]
    straight = (points(a)[0] + points(b)[0]) / 2
    length = np.linalg.norm(middle[12] - middle[9])
    assert length > 0.95 * np.linalg.norm(points(a)[0][12] - points(a)[0][9])
    assert np.linalg.norm(straight[12]) < 0.5 * np.linalg.norm(middle[12])
