"""Until when a hand stands in the pose of a letter."""

from __future__ import annotations

import numpy as np
import pytest

from edge.landmarks.hand import Hand, Landmarks
from edge.recognize.hand_choice import SeenHand
from edge.recognize.hold import Hold

RATE = 30
LETTER = np.random.default_rng(3).uniform(0.3, 0.6, (21, 3)).astype(np.float32)
LOOSE = np.random.default_rng(4).uniform(0.3, 0.6, (21, 3)).astype(np.float32)


def seen(frame: int, points: np.ndarray) -> SeenHand:
    hand = Hand(points, 1.0, 1.0, 1)
    time = 10 + frame / RATE
    return SeenHand.of(hand, Landmarks((hand,), (640, 480), time, time, frame))


def see(hold: Hold, frames: range, points: np.ndarray) -> None:
    for frame in frames:
        hold.see(seen(frame, points))


def test_a_still_hand_stands_until_now_and_one_that_went_loose_until_then() -> None:
    hold = Hold()
    see(hold, range(6), LETTER)
    assert hold.until(10 + 4 / RATE) == pytest.approx(10 + 5 / RATE)
    see(hold, range(6, 200), LETTER)
    assert hold.until(10 + 4 / RATE) == pytest.approx(10 + 199 / RATE)
    see(hold, range(200, 300), LOOSE)
    assert hold.until(10 + 4 / RATE) == pytest.approx(10 + 199 / RATE)


def test_noise_a_turn_of_a_few_degrees_and_another_place_are_no_movement() -> None:
    hold, rng = Hold(), np.random.default_rng(5)
    see(hold, range(3), LETTER)
    end = 10 + 2 / RATE
    hold.until(end)
    noisy = LETTER + rng.normal(0, 0.002, LETTER.shape).astype(np.float32)
    hold.see(seen(3, noisy))
    assert hold.until(end) == pytest.approx(10 + 3 / RATE)
    pixels = LETTER * np.float32([640, 480, 640])
    turn = np.deg2rad(3)
    matrix = np.float32([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    turned = pixels.copy()
    turned[:, :2] = (pixels[:, :2] @ matrix) * 1.2 + 50
    turned[:, 2] *= 1.2
    hold.see(seen(4, turned / np.float32([640, 480, 640])))
    assert hold.until(end) == pytest.approx(10 + 4 / RATE)


def test_a_frame_that_was_misjudged_does_not_end_it() -> None:
    hold = Hold()
    see(hold, range(3), LETTER)
    hold.until(10.0)
    see(hold, range(3, 5), LOOSE)
    see(hold, range(5, 9), LETTER)
    assert hold.until(10.0) == pytest.approx(10 + 8 / RATE)


def test_each_letter_has_its_own_pose() -> None:
    hold = Hold()
    see(hold, range(10), LETTER)
    hold.until(10 + 5 / RATE)
    see(hold, range(10, 20), LOOSE)
    assert hold.until(10 + 15 / RATE) == pytest.approx(10 + 19 / RATE)
    assert hold.until(10 + 5 / RATE) == pytest.approx(10 + 9 / RATE)


def test_without_a_hand_nothing_stands() -> None:
    assert Hold().until(7.0) == 7.0
    hold = Hold()
    see(hold, range(3), LETTER)
    assert hold.until(30.0) == 30.0


def test_what_is_kept_is_bounded() -> None:
    hold = Hold()
    see(hold, range(1000), LETTER)
    assert len(hold._poses) <= RATE + 1
