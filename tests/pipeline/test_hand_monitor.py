"""What is said of a hand that may be read badly."""

from __future__ import annotations

import numpy as np
import pytest

from edge.hand import HAND_POINTS, MIDDLE_BASE, WRIST
from edge.landmarks import Landmarks
from edge.landmarks.hand import Hand
from edge.pipeline.hand_monitor import AFTER_S, HandMonitor

SIZE = (640, 480)


def hand(palm_px: float = 80.0, right: float = 1.0, left_by: float = 0.0) -> Hand:
    points = np.full((HAND_POINTS, 3), 0.5, dtype=np.float32)
    points[:, 0] -= left_by
    points[MIDDLE_BASE] = points[WRIST] - (0, palm_px / SIZE[1], 0)
    return Hand(points, 1.0, right, 1)


def said(*hands: Hand, seconds: float = 2.0, monitor: HandMonitor | None = None) -> str:
    monitor = monitor or HandMonitor()
    frames = int(seconds * 30)
    return [monitor(Landmarks(hands, SIZE, n / 30, n / 30, n)) for n in range(frames + 1)][-1]


@pytest.mark.parametrize(
    ("hands", "kind"),
    [
        ((), ""),
        ((hand(),), ""),
        ((hand(palm_px=20),), "far"),
        ((hand(left_by=0.6),), "cut"),
        ((hand(right=1.0), hand(right=0.95)), "several"),
        ((hand(right=0.0), hand(right=0.1)), "several"),
        ((hand(right=1.0), hand(right=0.0)), ""),  # one person's two hands
        ((hand(right=1.0), hand(right=0.5)), ""),  # who knows
    ],
)
def test_it_says_what_the_person_can_change(hands: tuple[Hand, ...], kind: str) -> None:
    assert said(*hands) == kind


def test_a_moment_is_not_said_and_the_end_of_the_hand_is_the_end_of_it() -> None:
    assert said(hand(palm_px=20), seconds=AFTER_S / 2) == ""
    monitor = HandMonitor()
    assert said(hand(palm_px=20), monitor=monitor) == "far"
    assert monitor(Landmarks((), SIZE, 3.0, 3.0, 99)) == ""
