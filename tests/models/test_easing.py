from __future__ import annotations

from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from models.training.evaluation.easing import drawn, easing, made, row
from models.training.evaluation.transitions import Ways
from models.training.synthesis.camera import Camera
from models.training.synthesis.pose_library import PoseLibrary
from models.training.synthesis.script import ScriptWriter
from models.training.synthesis.texts import Texts

TIME = np.linspace(0, 1, 41)


def way(*progress: np.ndarray) -> np.ndarray:
    """Fingertips [41, 5, 3] that go one palm length, each at its progress; the rest stay."""
    tips = np.zeros((41, 5, 3))
    for finger, share in enumerate(progress):
        tips[:, finger, 1] = share
    return tips


def test_at_constant_speed_the_middle_takes_its_share_and_a_smooth_start_shortens_it() -> None:
    even, smooth = easing(way(TIME, TIME)), easing(way(TIME**2 * (3 - 2 * TIME)))
    assert even is not None
    assert smooth is not None
    assert (even.main, even.detour, even.spread) == pytest.approx((0.8, 1, 0))
    assert smooth.main < 0.65
    assert smooth.detour == pytest.approx(1)


def test_detours_and_fingers_in_turn_are_seen() -> None:
    there_and_on = np.where(TIME < 0.5, -2 * TIME, 4 * TIME - 3)
    turn = easing(way(np.clip(2 * TIME, 0, 1), np.clip(2 * TIME - 1, 0, 1)))
    astray = easing(way(there_and_on))
    assert astray is not None
    assert turn is not None
    assert astray.detour == pytest.approx(3)
    assert turn.spread == pytest.approx(0.25)


def test_a_hand_that_stays_has_no_way() -> None:
    assert easing(way(np.zeros(41))) is None


def test_made_ways_are_between_letters_that_stand(library: PoseLibrary, texts: Texts) -> None:
    rng = np.random.default_rng(0)
    writer = ScriptWriter(library, texts, 400, rng)
    ways = [w for _ in range(6) for w in made(writer, library, Camera(), rng)]
    assert ways
    assert all(w.shape[1:] == (5, 3) and len(w) >= 6 for w in ways)
    assert row("made", ways).startswith("| made |")


def test_the_drawn_ways_are_read(data: Path) -> None:
    ways = list(islice(drawn(Ways.load(data)), 20))
    assert all(w.shape == (24, 5, 3) for w in ways)
