from __future__ import annotations

import numpy as np
import pytest

from edge.recognize.resample import Tick
from edge.recognize.transit import FAST, SLOW, Transit
from edge.recognize.travel import Travel

from .test_recognizer import FEATURES, RATE, hand, moved
from .test_travel import points

ANSWER = np.log(np.array([0.1, 0.6, 0.2, 0.1], np.float32))


def believed(speed: float, alphabet: str = "abz") -> np.ndarray:
    return np.exp(Transit(alphabet)(ANSWER, speed))


@pytest.mark.parametrize("speed", [0.0, SLOW])
def test_what_a_standing_hand_shows_is_believed(speed: float) -> None:
    assert Transit("abz")(ANSWER, speed) is ANSWER


@pytest.mark.parametrize("speed", [(SLOW + FAST) / 2, FAST, 100.0])
def test_what_a_hand_passes_through_is_blank_but_for_letters_that_are_drawn(speed: float) -> None:
    share = min(0.999, (speed - SLOW) / (FAST - SLOW))
    expected = [0.1 + 0.8 * share, 0.6 * (1 - share), 0.2 * (1 - share), 0.1]
    np.testing.assert_allclose(believed(speed), expected, rtol=1e-4)


def test_letters_that_are_not_expected_stay_out() -> None:
    with np.errstate(divide="ignore"):
        answer = np.log(np.array([0.3, 0.0, 0.0, 0.7], np.float32))
    np.testing.assert_allclose(np.exp(Transit("abz")(answer, FAST)), [0.3, 0, 0, 0.7], rtol=1e-6)
    np.testing.assert_allclose(np.exp(Transit("zj ")(ANSWER, FAST)), np.exp(ANSWER))


def test_speed_is_that_around_a_moment_as_far_as_it_is_known() -> None:
    travel = Travel(FEATURES)
    assert travel.speed(0.0) == 0
    travel.see(Tick(0.0, points(hand()), True))
    assert travel.speed(0.0) == 0
    for k, place in enumerate([0, 0, 0.02, 0.04, 0.04, 0.04, 0.04], 1):
        travel.see(Tick(k / RATE, points(moved(place)), True))
    step = float(FEATURES.shifted(points(moved(0.02)), points(moved(0.04)))) * RATE
    assert travel.speed(3 / RATE) == pytest.approx(2 / 3 * step, rel=1e-2)
    assert travel.speed(0.0) == travel.speed(7 / RATE) == pytest.approx(0, abs=1e-5)
