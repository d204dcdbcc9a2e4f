"""Words joined from drawn ways: their timing, hands and distances, and what is counted of them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from edge.hand import HAND_POINTS
from edge.landmarks.hand import Landmarks
from edge.recognize.hand_features import RATE, WIDTH, HandFeatures, canonical
from models.training.evaluation import outcomes, readers, transitions
from models.training.evaluation.metrics import Reading
from models.training.evaluation.transitions import REST, Condition, Ways, filmed


def way(start: float, end: float, pictures: int = 24) -> np.ndarray:
    """A hand of which every point but the wrist rises evenly from ``start`` to ``end``."""
    hand = np.random.default_rng(0).uniform(100, 160, (HAND_POINTS, 3)).astype(np.float32)
    hands = np.repeat(hand[None], pictures, 0)
    hands[:, 1:, 1] += np.linspace(start, end, pictures, dtype=np.float32)[:, None]
    return hands


@pytest.fixture
def ways() -> Ways:
    """Rest, A, B and J, a pixel apart; B goes to rest, but nothing leads from rest to B."""
    places = {REST: 0.0, "a": 1.0, "b": 2.0, "j": 3.0}
    pairs = ((REST, "a"), ("a", "b"), ("b", "a"), ("a", REST), ("b", REST))
    drawn = {(x, y): way(places[x], places[y]) for x, y in pairs}
    drawn["a", "j"] = way(places["a"], places["j"], 48)
    return Ways(drawn)


def height(motion: np.ndarray) -> np.ndarray:
    return motion[:, 8, 1] - way(0, 0)[0, 8, 1]


def test_a_letter_stands_as_long_as_it_is_asked_to(ways: Ways) -> None:
    shown = height(ways.motion("ab", Condition(0.4, 1.0)))
    assert len(shown) == 1 + round(RATE * (3 * 0.4 + 2 * 1.0))
    standing = Counter(np.round(shown, 3).tolist())
    assert standing[2.0] == 31
    assert standing[1.0] == 31 + 1  # the way from B to rest passes it
    at_once = height(ways.motion("ab", Condition(0.4, 0.0, None)))
    assert at_once == pytest.approx(np.linspace(1, 2, 13), abs=1e-4)


def test_a_hand_stands_in_rest_before_and_after(ways: Ways) -> None:
    shown = np.round(height(ways.motion("a", Condition(0.4, 0.0, 0.5))), 3)
    assert (shown == 0).sum() == 32
    assert shown[0] == shown[-1] == 0


def test_a_way_into_j_takes_twice_as_long(ways: Ways) -> None:
    assert len(ways.motion("aj", Condition(0.4, 0.0, None))) == 1 + round(RATE * 0.8)


def test_a_way_from_rest_that_is_not_drawn_is_the_one_to_rest_backwards(ways: Ways) -> None:
    assert ways[REST, "b"] == pytest.approx(ways["b", REST][::-1])
    assert not ways.spells("ba")
    assert ways.spells("ab")
    with pytest.raises(KeyError):
        ways["b", "j"]


def test_a_left_hand_is_mirrored_and_comes_back_the_same(ways: Ways) -> None:
    motion = ways.motion("ab", Condition(0.15, 0.15))
    rng = np.random.default_rng(0)
    hands = {}
    for side in ("right", "left"):
        seen = [f for f in filmed(motion, rng, side, noise_px=0) if f.hands]
        assert all((f.hands[0].right >= 0.5) == (side == "right") for f in seen)
        points = np.stack([f.hands[0].points for f in seen])
        back = canonical(points, seen[0].size, np.array(side == "right"))
        hands[side] = back - back[:, :1]
    assert hands["left"] == pytest.approx(hands["right"], abs=1e-3)
    assert hands["right"] == pytest.approx(motion - motion[:, :1], abs=1e-3)


def test_a_hand_further_away_is_smaller_and_noisier(ways: Ways) -> None:
    motion = ways.motion("a", Condition(0.4, 1.0, None))
    spread, size = {}, {}
    for distance, scale in transitions.DISTANCES.items():
        frames = filmed(motion, np.random.default_rng(1), "right", distance)
        points, there = readers.canonical_ticks(frames)
        size[distance] = np.linalg.norm(points[there][:, 9] - points[there][:, 0], axis=-1).mean()
        spread[distance] = points[there][:, 8, 0].std() / scale
    assert size["near"] == pytest.approx(4 * size["far"], rel=0.1)
    assert spread["far"] > 2 * spread["near"]


def test_hands_and_distances_share_a_condition_evenly(ways: Ways) -> None:
    shown = list(transitions.words(ways, [Condition(0.4, 0.0)] * 2, ["a", "ab", "aba"] * 4))
    takes = Counter((p.condition, p.hand, p.distance) for p in shown)
    assert set(takes.values()) == {4}
    assert len(takes) == 6


def test_the_same_seed_films_the_same(ways: Ways) -> None:
    a, b = (
        [f.hands[0].points for p in transitions.words(ways, [Condition(0.4, 0.0)], ["a"])
         for f in p.frames if f.hands]
        for _ in range(2)
    )  # fmt: skip
    assert np.array_equal(a, b)


def test_features_are_those_of_the_recogniser(ways: Ways) -> None:
    frames = filmed(ways.motion("a", Condition(0.4, 0.0)), np.random.default_rng(0))
    rows = readers.features(frames)
    assert rows.shape == (len(frames) - 1, WIDTH)  # the first frame makes no tick
    seen = [HandFeatures().observe(f, 1) for f in frames]
    assert rows[:, -1].tolist() == [float(s is not None) for s in seen[1:]]


def test_a_model_alone_reads_streams_of_any_length_in_order() -> None:
    class Last:
        alphabet = "a"
        chars: tuple = ()

        def reset(self) -> None:
            self.length = 0

        def step(self, log_probs: np.ndarray, time: float, moved: object) -> None:
            self.length += 1

    def frames(count: int) -> tuple[Landmarks, ...]:
        return tuple(Landmarks((), (4, 4), n / RATE, n / RATE, n) for n in range(count))

    shapes: list[tuple[int, ...]] = []

    def predictor(features: np.ndarray) -> np.ndarray:
        shapes.append(features.shape[:2])
        return np.zeros((*features.shape[:2], 2), np.float32)

    read = readers.alone(predictor, Last(), look_ahead=3)  # type: ignore[arg-type]
    assert read([frames(9), frames(4), frames(30)]) == ["", "", ""]
    assert shapes == [(3, 29 + 4)]


@pytest.mark.parametrize(
    ("truth", "read", "ends"),
    [
        ("lion", "melyonz", (2, 1)),
        ("whale", "qwwwhale", (3, 0)),
        ("bear", "bear", (0, 0)),
        ("bear", "dear", (0, 0)),
        ("k", "xyz", (2, 0)),
        ("k", "", (0, 0)),
    ],
)
def test_false_characters_at_the_ends(truth: str, read: str, ends: tuple[int, int]) -> None:
    assert outcomes.edges(truth, read) == ends


def test_groups_come_worst_first() -> None:
    items = [(n, Reading("ab", read)) for n, read in enumerate(("ab", "a", "xaby"))]
    found = outcomes.grouped(items, lambda n: "odd" if n % 2 else "even")
    assert [(o.name, o.figure.cer, o.before, o.after) for o in found] == [
        ("even", 0.5, 1, 1),
        ("odd", 0.5, 0, 0),
    ]


def test_what_is_misread_is_counted() -> None:
    readings = [Reading("a", "a"), Reading("k", "d"), Reading("k", "d"), Reading("s", "")]
    assert outcomes.misread(readings) == "k d 2, s nothing 1"


def test_every_condition_is_read(ways: Ways) -> None:
    conditions = [Condition(0.15, 0.0), Condition(0.8, 0.0, None)]
    shown = list(transitions.words(ways, conditions, ["ab", "a"]))
    found = outcomes.evaluate(lambda streams: ["ab" for _ in streams], shown)
    assert found.all.figure.exact == 2
    assert [o.figure.texts for o in found.conditions] == [2, 2]
    assert len(found.texts) == 4


def test_the_list_is_drawn(data: Path) -> None:
    ways = Ways.load(data)
    assert all(map(ways.spells, transitions.WORDS))
    assert len(set(transitions.WORDS)) == 60
    assert {c for word in transitions.WORDS for c in word} == set("abcdefghijklmnopqrstuvwxyz")
    letters = list(transitions.letters(ways))
    assert "".join(p.truth for p in letters[::6]) == "abcdefghijklmnopqrstuvwxyz"
    assert {(p.hand, p.distance) for p in letters[:6]} == set(transitions.TAKES)
    # Where two ways are joined, the hand hardly jumps.
    for word in ("quick", "jeans"):
        for a, b, c in zip(word, word[1:], word[2:], strict=False):
            gap = ways[a, b][-1] - ways[b, c][0]
            assert np.linalg.norm(gap[:, :2], axis=1).mean() < 4
