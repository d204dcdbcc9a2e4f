from __future__ import annotations

import math

import numpy as np
import pytest

pytest.importorskip("torch")

from edge.recognize.decode import BeamDecoder
from edge.recognize.hand_features import HandFeatures
from edge.recognize.recognizer import Recognizer
from models.training.evaluation.arrival import Arrivals, arrivals
from models.training.evaluation.transitions import Condition, Performance, filmed

CONDITION = Condition(0.4, 1.0)


class After:
    """Says ``a`` from a number of ticks with a hand on."""

    alphabet, rate, look_ahead = "a", 30.0, 0

    def __init__(self, ticks: int) -> None:
        self.ticks = ticks
        self.reset()

    def reset(self) -> None:
        self.seen = 0

    def step(self, features: np.ndarray) -> np.ndarray:
        self.seen += int(features[-1] > 0.5)
        sure = np.array([0.01, 0.99], np.float32)
        return np.log(sure if self.seen > self.ticks else sure[::-1])

    def draft(self, features: np.ndarray) -> None:
        return None


def shown(ticks: int) -> Arrivals:
    shape = np.random.default_rng(0).normal(128, 30, (21, 3)).astype(np.float32)
    frames = filmed(np.repeat(shape[None], 60, 0), np.random.default_rng(1))
    performance = Performance("a", CONDITION, "right", "middle", frames)
    recognizer = Recognizer(After(ticks), HandFeatures(), BeamDecoder("a"))
    return arrivals(recognizer, [performance])


def test_time_counts_from_the_start_of_the_hold() -> None:
    (on_arrival,), (later,) = shown(12).shown_s, shown(30).shown_s
    assert later - on_arrival == pytest.approx(18 / 30, abs=0.01)
    assert on_arrival == pytest.approx(0, abs=0.1)


def test_what_is_never_shown_is_counted() -> None:
    row = Arrivals((0.1, 0.2, 0.5, math.nan)).row()
    assert (row["of"], row["never"], row["later_than_0.4_s"]) == (4, 1, 1)
    assert Arrivals((math.nan,)).row()["never"] == 1
