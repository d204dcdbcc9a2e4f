from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge.recognize.hand_features import RATE, WIDTH, canonical, encode, palm

DATA = Path(__file__).parents[2].parent / "shared" / "data"


def hands(count: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    walk = np.cumsum(rng.normal(0, 3, (count, 1, 3)), 0)
    return (rng.normal(0, 80, (count, 21, 3)) + walk).astype(np.float32)


def test_canonical_is_in_square_units() -> None:
    points = np.full((21, 3), 0.5, np.float32)
    got = canonical(points, (640, 480), np.array(True))
    assert got[0].tolist() == [320, 240, 320]


def test_a_left_hand_becomes_the_right_hand_it_mirrors() -> None:
    right = hands(1)[0] / 640
    left = right * np.array([-1, 1, 1], np.float32) + np.array([1, 0, 0], np.float32)
    pair = canonical(np.stack([right, left]), (640, 480), np.array([True, False]))
    present = np.ones(1, bool)
    a, b = encode(pair[0:1], present), encode(pair[1:2], present)
    np.testing.assert_allclose(a, b, atol=1e-4)
    wrong = canonical(left, (640, 480), np.array(True))
    assert np.abs(a - encode(wrong[None], present)).max() > 0.5


def test_canonical_leaves_its_input_alone() -> None:
    points = np.ones((2, 21, 3), np.float32)
    canonical(points, (640, 480), np.array([True, False]))
    assert (points == 1).all()


def test_the_last_row_of_two_ticks_is_the_row_of_the_whole_sequence() -> None:
    sequence = hands(200)
    present = np.random.default_rng(1).random(200) > 0.2
    whole = encode(sequence, present)
    assert whole.shape == (200, WIDTH)
    assert whole.dtype == np.float32
    for t in range(1, 200):
        live = encode(sequence[t - 1 : t + 1], present[t - 1 : t + 1])[-1]
        assert np.array_equal(live, whole[t])


def test_batches_are_encoded_as_single_sequences_are() -> None:
    both = np.stack([hands(30, 1), hands(30, 2)])
    present = np.ones((2, 30), bool)
    batch = encode(both, present)
    assert np.array_equal(batch[1], encode(both[1], present[1]))


def test_size_and_place_do_not_matter_but_orientation_does() -> None:
    hand, present = hands(1), np.ones(1, bool)
    row = encode(hand, present)
    np.testing.assert_allclose(row, encode(hand * 3 + 50, present), atol=1e-4)
    quarter = hand[..., [1, 0, 2]] * np.array([-1, 1, 1], np.float32)
    assert np.abs(row - encode(quarter, present)).max() > 0.5


def test_velocity_is_in_palm_lengths_per_second() -> None:
    hand = hands(1)
    size = float(palm(hand)[0])
    moved = np.concatenate([hand, hand + np.array([0.1 * size, -0.05 * size, 0], np.float32)])
    row = encode(moved, np.ones(2, bool))[1]
    per_second = np.array([0.1, -0.05]) * RATE
    np.testing.assert_allclose(row[60:62], per_second / 5, rtol=1e-3)


def test_absent_ticks_are_zero_and_leave_no_velocity_behind() -> None:
    sequence = hands(4)
    sequence[1] = np.nan
    rows = encode(sequence, np.array([True, False, True, True]))
    assert (rows[1] == 0).all()
    assert (rows[2, 60:62] == 0).all()
    assert rows[2, 62] == 1
    assert (rows[3, 60:62] != 0).all()
    assert np.isfinite(rows).all()


def test_a_broken_hand_stays_finite_and_bounded() -> None:
    rows = encode(np.zeros((2, 21, 3), np.float32), np.ones(2, bool))
    assert np.isfinite(rows).all()
    wild = hands(2)
    wild[1, 8] = 1e6
    assert np.abs(encode(wild, np.ones(2, bool))).max() <= 2.5


def test_real_hands_are_canonical_right_hands() -> None:
    file = DATA / "letters_images.train.npz"
    if not file.is_file():
        pytest.skip("the real hands are not here")
    z = np.load(file)
    upright = np.char.lower(z["letter"]) == "b"
    xyz, size = z["xyz_px"][upright], z["image_wh"][upright]
    left_label = z["mp_handedness"][upright] == "Left"  # a right hand in an unmirrored picture
    index_right_of_little = []
    for points, (width, height), right in zip(xyz, size, left_label, strict=True):
        scale = np.array([width, height, width])
        hand = canonical(points / scale, (int(width), int(height)), np.array(right))
        index_right_of_little.append(hand[5, 0] > hand[17, 0])
    assert np.mean(index_right_of_little) > 0.97
