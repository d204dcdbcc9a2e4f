from __future__ import annotations

import math

import numpy as np
import pytest

from edge.recognize.hand_features import HandFeatures, canonical
from edge.recognize.resample import Tick
from edge.recognize.travel import MEMORY_S, Travel

from .test_recognizer import FEATURES, RATE, SIZE, hand, loose, moved


def points(of: object) -> np.ndarray:
    return canonical(of.points, SIZE, np.array(True))  # type: ignore[attr-defined]


def test_a_still_hand_has_not_moved_and_a_changed_or_shifted_one_has() -> None:
    features, here = HandFeatures(), points(hand())
    assert features.moved(here, here) == 0
    palm = np.linalg.norm(here[[5, 9, 13, 17]] - here[0], axis=1).mean()
    assert features.moved(here, points(moved(0.1))) == pytest.approx(64 / palm, rel=1e-3)
    assert features.moved(here, points(loose())) > 0.25


def test_size_alone_is_no_movement() -> None:
    here = points(hand())
    nearer = (here - here[0]) * 2 + here[0]
    assert HandFeatures().moved(here, nearer) == pytest.approx(0, abs=1e-5)


def test_distances_are_between_the_ticks_at_or_before_the_times() -> None:
    travel = Travel(FEATURES)
    for k in range(10):
        travel.see(Tick(k / RATE, points(moved(0.01 * k)), present=k != 4))
    one = travel.furthest(0, 1 / RATE)
    assert travel.furthest(2 / RATE, 5 / RATE) == pytest.approx(3 * one, rel=1e-3)
    # Nothing is seen in tick 4.
    assert travel.furthest(4 / RATE, 5 / RATE) == pytest.approx(2 * one, rel=1e-3)
    assert travel.furthest(-1, 0) == travel.changed(-1, 0) == math.inf


def test_memory_is_bounded() -> None:
    travel = Travel(FEATURES)
    for k in range(int(3 * MEMORY_S * RATE)):
        travel.see(Tick(k / RATE, points(hand()), True))
    assert travel.furthest(0, 3 * MEMORY_S) == math.inf
    assert travel.furthest(2.5 * MEMORY_S, 3 * MEMORY_S) == 0


@pytest.mark.parametrize("there", [0, 0.1])
def test_a_hand_that_bounced_or_slid_has_been_elsewhere_in_its_shape(there: float) -> None:
    travel, ways = Travel(FEATURES), [0, 0, 0, 0.05, 0.1, 0.05, there, there]
    for k, way in enumerate(ways):
        travel.see(Tick(k / RATE, points(moved(way)), present=True))
    motion = travel.until((len(ways) - 1) / RATE)
    away = FEATURES.moved(points(moved(0)), points(moved(0.1)))
    assert motion.furthest(1 / RATE) == pytest.approx(away)
    assert motion.changed(1 / RATE) == pytest.approx(0, abs=1e-6)
    assert motion.furthest(6 / RATE) == pytest.approx(0, abs=1e-6)


def test_a_hand_on_its_way_to_another_shape_has_changed_as_far_as_it_has_moved() -> None:
    travel = Travel(FEATURES)
    for k, shape in enumerate([hand(), loose()]):
        travel.see(Tick(k / RATE, points(shape), present=True))
    motion = travel.until(1 / RATE)
    assert motion.furthest(0) == pytest.approx(motion.changed(0))


def test_distances_of_many_are_those_of_each() -> None:
    hands = np.stack([points(moved(0.02 * k)) for k in range(4)])
    each = [HandFeatures().moved(one, hands[-1]) for one in hands]
    np.testing.assert_allclose(HandFeatures().moved(hands, hands[-1:]), each)


def test_a_hand_has_not_moved_since_a_later_time() -> None:
    travel = Travel(FEATURES)
    for k in range(5):
        travel.see(Tick(k / RATE, points(moved(0.1 * k)), present=True))
    assert travel.furthest(4 / RATE, 1 / RATE) == 0
