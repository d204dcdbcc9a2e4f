"""Models without the outputs that nobody reads: what is left computes the same."""

from __future__ import annotations

import numpy as np
import pytest

from edge.landmarks import derived, weights
from edge.landmarks.lean import lean
from edge.runtime import Network

pytestmark = pytest.mark.skipif(not derived.available(), reason="tflite-runtime cannot make them")


def test_the_lean_pose_model_answers_bit_by_bit_as_the_whole_one(holistic_weights):
    whole = Network(weights.path("pose_landmark_full"))
    left = Network(derived.path("pose_landmark_full"))
    kept = derived.FORMS["pose_landmark_full"].outputs
    assert left.output_shapes == tuple(whole.output_shapes[n] for n in kept)
    x = np.random.default_rng(0).random(whole.input_shape, np.float32)
    every = [y.copy() for y in whole(x)]
    for n, y in zip(kept, left(x), strict=True):
        np.testing.assert_array_equal(every[n], y)


def test_it_is_smaller_and_has_fewer_operators(holistic_weights):
    content = weights.read("face_landmark").data
    made = lean(content, (1,))  # presence only
    assert len(made) < len(content)
    assert lean(made, (0,)) == made
