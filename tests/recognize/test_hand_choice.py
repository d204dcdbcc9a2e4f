"""Which hand is read, and when it is another one."""

from __future__ import annotations

import numpy as np
import pytest

from edge.landmarks.hand import Hand, Landmarks
from edge.recognize.hand_choice import MEMORY_S, WAIT_S, Choice, HandChoice

SIZE = (640, 480)
FRAME_S = 1 / 30


def hand(
    x: float, size: float = 80.0, track: int = 1, right: float = 1.0, y: float = 240.0
) -> Hand:
    """A flat hand at (x, y) with a palm of ``size``, all in pixels."""
    points = np.zeros((21, 3), np.float32)
    points[:, 0] = x + np.tile([-0.3, -0.1, 0.1, 0.3, 0.0], 5)[:21] * size
    points[:, 1] = y - size
    points[0, :2] = x, y
    points /= np.array([*SIZE, SIZE[0]], np.float32)
    return Hand(points, presence=0.9, right=right, track=track)


def seen(time: float, *hands: Hand) -> Landmarks:
    return Landmarks(hands, SIZE, time, captured=time, index=0)


def choose(*frames: tuple[Hand, ...], every: float = FRAME_S) -> list[Choice]:
    choice = HandChoice()
    return [choice.push(seen(5 + k * every, *hands)) for k, hands in enumerate(frames)]


def tracks(choices: list[Choice]) -> list[int | None]:
    return [c.hand.hand.track if c.hand else None for c in choices]


def begins(choices: list[Choice]) -> list[bool]:
    return [c.begins for c in choices]


def test_the_largest_hand_is_read_whatever_its_presence() -> None:
    far, near = hand(100, 40, track=1), hand(500, 90, track=2)
    assert tracks(choose((far, near))) == [2]
    assert tracks(choose((near, far))) == [2]


def test_the_hand_that_was_read_is_read_on_beside_a_larger_one() -> None:
    mine, other = hand(100, 60, track=1), hand(500, 120, track=2)
    choices = choose((mine,), (other, mine), (other, mine))
    assert tracks(choices) == [1, 1, 1]
    assert not any(begins(choices))


@pytest.mark.parametrize("lost", [0, 1, 3, 6, 20])
def test_a_hand_that_was_lost_and_is_found_at_its_place_is_the_same(lost: int) -> None:
    frames = [(hand(200),), *[()] * lost, (hand(260, 100, track=2),)]
    choices = choose(*frames)
    assert tracks(choices) == [1, *[None] * lost, 2]
    assert not any(begins(choices))


def test_a_fast_hand_is_the_same_as_far_as_hands_are_fast() -> None:
    assert begins(choose((hand(100),), (), (), (hand(100 + 3.5 * 80, track=2),)))[-1] is False
    assert begins(choose((hand(100),), (hand(100 + 3.5 * 80, track=2),)))[-1] is True
    assert begins(choose((hand(100),), *[()] * 9, (hand(100 + 5 * 80, track=2),)))[-1] is True


def test_a_jump_under_the_same_number_begins_anew_once() -> None:
    choices = choose((hand(100),), (hand(110),), (hand(400),), (hand(405),))
    assert begins(choices) == [False, False, True, False]
    assert tracks(choices) == [1, 1, 1, 1]


def test_another_size_at_the_same_place_is_another_hand() -> None:
    assert begins(choose((hand(300, 50),), (hand(300, 110, track=2),))) == [False, True]
    assert begins(choose((hand(300, 50),), (hand(300, 110),))) == [False, True]
    assert begins(choose((hand(300, 50),), (hand(300, 80, track=2),))) == [False, False]


def test_the_other_side_makes_a_difference_only_away_from_the_place() -> None:
    right, left = hand(300, right=0.98), hand(300 + 110, track=2, right=0.02)
    assert begins(choose((right,), (left,))) == [False, True]
    unsure = hand(300 + 110, track=2, right=0.3)
    assert begins(choose((right,), (unsure,))) == [False, False]
    misjudged = hand(320, track=2, right=0.02)
    assert begins(choose((right,), (misjudged,))) == [False, False]


def test_another_hand_takes_the_place_of_one_that_has_gone() -> None:
    choices = choose((hand(100),), (), (hand(500, track=2),), (hand(500, track=2),))
    assert tracks(choices) == [1, None, 2, 2]
    assert begins(choices) == [False, False, True, False]


def test_a_lost_hand_is_waited_for_beside_another_that_was_there() -> None:
    mine, other = hand(150, track=1), hand(450, 90, track=2)
    found = hand(160, track=3)
    frames = [(mine,), (mine, other), (other,), (other,), (other, found)]
    choices = choose(*frames)
    assert tracks(choices) == [1, 1, None, None, 3]
    assert not any(begins(choices))
    waited = round(WAIT_S / FRAME_S)
    choices = choose((mine, hand(450, 70, track=2)), *[(hand(450, 70, track=2),)] * (waited + 2))
    assert tracks(choices)[1:waited] == [None] * (waited - 1)
    assert tracks(choices)[waited + 1 :] == [2, 2]
    assert sum(begins(choices)) == 1


def test_two_hands_that_exchange_their_numbers_keep_their_places() -> None:
    choices = choose(
        (hand(150, track=1), hand(450, 70, track=2)),
        (hand(150, track=2), hand(450, 70, track=1)),
    )
    assert begins(choices) == [False, True], "it cannot be told from a jump"


def test_what_comes_long_after_is_compared_with_nothing() -> None:
    choices = choose((hand(100),), (), (hand(500, track=2),), every=MEMORY_S)
    assert begins(choices) == [False, False, False]
    choice = HandChoice()
    choice.push(seen(50.0, hand(100)))
    assert choice.push(seen(3.0, hand(500))) == Choice(choice._last), "time went back"
