"""The second reading, by a network that says what a table of texts says."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from edge.config import RecognizeConfig
from edge.errors import ConfigError
from edge.landmarks import Hand, Landmarks
from edge.recognize import Char, Hypothesis, Segment
from edge.recognize.hand_features import WIDTH, HandFeatures
from edge.recognize.second_model import Seen, Sizes, State
from edge.recognize.second_reader import SecondReader, SecondReading

ALPHABET = "abc2v"
TABLE: dict[str, Any] = {
    "windows": [32, 64], "reduction": 2, "beams": 3, "characters": 4, "layers": 1,
    "forward": 1.0, "reversed": 0.0, "ctc": 0.0,
}  # fmt: skip
FRAME = Landmarks((), (640, 480), 0.0, 0.0, 0)


class Spoken:
    """A network that knows how likely each text is, from its start and from its end.

    Every tick shows the symbol in the first feature.
    """

    alphabet = ALPHABET

    def __init__(self, forward: dict[str, float], backward: dict[str, float] | None = None,
                 sure: float = 0.0, **sizes: Any) -> None:  # fmt: skip
        self.sizes = Sizes.of({**TABLE, **sizes})
        self._ways = (forward, backward or {text[::-1]: p for text, p in forward.items()})
        self._sure = sure
        self.steps = 0

    def see(self, features: NDArray[np.float32]) -> Seen:
        shown = features[:, 0].astype(int)
        ticks = np.full((len(shown), 1 + len(ALPHABET)), math.log(0.01), np.float32)
        ticks[np.arange(len(shown)), shown] = math.log(0.97)
        return Seen(ticks, (), np.zeros((1, 1, 1, 1), np.float32))

    def nothing(self) -> State:
        return (np.zeros((self.sizes.beams, 8), np.float32),)

    def step(
        self, symbols: NDArray[np.int32], place: int, seen: Seen, state: State
    ) -> tuple[NDArray[np.float32], float, State]:
        self.steps += 1
        read = state[0].copy()
        read[:, place] = symbols
        return np.stack([self._next(row[: place + 1]) for row in read]), self._sure, (read,)

    def _next(self, row: NDArray[np.float32]) -> NDArray[np.float32]:
        start, *rest = (int(n) for n in row)
        texts = self._ways[start - 1 - len(ALPHABET)]
        before = "".join(ALPHABET[n - 1] for n in rest)
        chances = np.full(1 + len(ALPHABET), 1e-6)
        for text, chance in texts.items():
            if text.startswith(before):
                after = text[len(before) :]
                chances[ALPHABET.index(after[0]) + 1 if after else 0] += chance
        return np.log(chances / chances.sum()).astype(np.float32)


def reading(network: Spoken, ticks: str = "....", **more: Any) -> SecondReading:
    """``ticks``: what each shows, a dot for nothing."""
    rows = np.zeros((len(ticks), WIDTH), np.float32)
    rows[:, 0] = [ALPHABET.find(c) + 1 for c in ticks]
    found = SecondReader(network, HandFeatures(), **more).read_features(
        rows, [10 + n / 30 for n in range(len(ticks))]
    )
    assert found is not None
    return found


def test_the_likeliest_text_is_read_though_its_beginning_is_not_the_likeliest() -> None:
    texts = {"ab": 0.3, "ac": 0.3, "ca": 0.4}
    assert reading(Spoken(texts)).text == "ca"
    # Greedily: a (0.6), then b.
    assert reading(Spoken({**texts, "ca": 0.2}, beams=1)).text in ("ab", "ac")


def test_the_end_has_a_say() -> None:
    forward, backward = {"ab": 0.55, "ac": 0.45}, {"ba": 0.1, "ca": 0.9}
    assert reading(Spoken(forward, backward)).text == "ab"
    assert reading(Spoken(forward, backward, reversed=1.0)).text == "ac"


def test_what_the_ticks_show_has_a_say() -> None:
    texts = {"ab": 0.4, "ac": 0.6}
    assert reading(Spoken(texts), "a.bb").text == "ac"
    assert reading(Spoken(texts, ctc=1.0), "a.bb").text == "ab"


def test_only_what_is_expected_is_read() -> None:
    texts = {"bb": 0.6, "22": 0.4}
    assert reading(Spoken(texts)).text == "bb"
    assert reading(Spoken(texts), expect="digits").text == "22"
    # A V has the handshape of a 2: where letters are expected, it is one.
    twins = {"2": 0.5, "v": 0.2, "b": 0.3}
    assert reading(Spoken(twins)).text == "2"
    assert reading(Spoken(twins), expect="letters").text == "v"


def test_words_that_are_likely_are_preferred() -> None:
    def bias(before: str) -> NDArray[np.float32]:
        wanted = np.zeros(1 + len(ALPHABET), np.float32)
        wanted[2] = 2.0 if before == "a" else 0.0
        return wanted

    texts = {"ab": 0.3, "ac": 0.7}
    assert reading(Spoken(texts)).text == "ac"
    assert reading(Spoken(texts), bias=bias).text == "ab"


def test_characters_have_the_times_of_their_ticks() -> None:
    found = reading(Spoken({"ab": 1.0}), ".aa.bbb.")
    ticks = [(c.text, round(30 * (c.start - 10)), round(30 * (c.end - 10))) for c in found.chars]
    assert ticks == [("a", 1, 2), ("b", 4, 6)]
    assert all(0.99 < c.confidence <= 1 for c in found.chars)


def test_confidence_is_that_of_the_text_until_it_was_learned() -> None:
    texts = {"ab": 0.7, "ac": 0.3}
    assert reading(Spoken(texts)).confidence == pytest.approx(0.7, abs=1e-3)
    learned = Spoken(texts, sure=1.5)
    learned.sizes = replace(learned.sizes, sure=(0.5, 2.0, 1.0))
    logit = 0.5 + 2.0 * 1.5 + math.log(0.7)
    assert reading(learned).confidence == pytest.approx(1 / (1 + math.exp(-logit)), abs=1e-3)


def test_nothing_may_be_what_is_spelled() -> None:
    found = reading(Spoken({"": 0.9, "a": 0.1}))
    assert (found.text, found.chars) == ("", ())


def test_the_search_ends_with_the_longest_text_that_may_be() -> None:
    network = Spoken({"abcabc": 1.0})
    assert len(reading(network).text) <= 4
    assert network.steps <= 5


# Segments


def hand(shape: float) -> Hand:
    points = np.zeros((21, 3), np.float32)
    points[:, 0] = 0.5 + 0.01 * np.arange(21)
    points[:, 1] = 0.5 - 0.01 * np.arange(21) * shape
    return Hand(points, 1.0, 1.0, 1)


def segment(seen: str, start_s: float) -> Segment:
    """A frame a character, 30 a second: a hand, or none at a dot."""
    frames = tuple(
        replace(FRAME, hands=() if c == "." else (hand(1.0),), time=n / 30, index=n)
        for n, c in enumerate(seen)
    )
    char = Char("a", start_s, start_s + 0.1, 1.0)
    final = Hypothesis(1, (char,), 1, True, frames[-1].time, 0.0, landmarks=frames)
    return Segment.of(final)


class Watched(Spoken):
    def see(self, features: NDArray[np.float32]) -> Seen:
        self.present = features[:, -1] > 0.5
        return super().see(np.zeros_like(features))


def test_a_hand_that_was_there_before_belongs_to_another_text() -> None:
    network = Watched({"a": 1.0})
    reader = SecondReader(network, HandFeatures())
    shown = segment("h" * 10 + "." * 12 + "h" * 12 + "." * 10, 30 / 30)
    assert reader.read(shown) is not None
    assert network.present.sum() <= 12
    assert reader.read(segment("h" * 10 + "." * 3 + "h" * 12 + "." * 10, 20 / 30)) is not None
    assert network.present.sum() > 15


def test_what_cannot_be_read_again_is_not() -> None:
    reader = SecondReader(Watched({"a": 1.0}), HandFeatures())
    assert reader.read(segment("." * 20, 0.1)) is None
    assert reader.read(segment("h" * 90, 0.1)) is None  # longer than the longest window
    shown = segment("h" * 20, 0.1)
    assert reader.read(shown) is not None
    assert reader.read(replace(shown, truncated=True)) is None
    assert reader.read(replace(shown, landmarks=())) is None


# The table of a bundle


@pytest.mark.parametrize(
    "wrong",
    [
        {"windows": []}, {"windows": [64, 32]}, {"windows": [33]}, {"windows": [1 << 20]},
        {"windows": "128"}, {"beams": 0}, {"beams": 10**9}, {"characters": -1},
        {"layers": 0}, {"reduction": 0}, {"forward": 0}, {"ctc": -1.0},
        {"ctc": float("nan")}, {"sure": [1.0]}, {"sure": [float("inf"), 0, 0]}, {"windows": None},
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        Sizes.of({**TABLE, **wrong})


def test_a_second_reader_is_no_first_one() -> None:
    from edge.recognize import SECOND_READER, registry

    class Named:
        folder = "there"

    with pytest.raises(ConfigError, match="whole segments"):
        registry.kind(SECOND_READER).open(Named(), RecognizeConfig(), None)  # type: ignore[arg-type]
