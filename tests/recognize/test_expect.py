"""What is expected: twins count as the one that is, the rest is not read, and changes cut."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import get_args

import numpy as np
import pytest

from edge.config import Config, Expect
from edge.errors import ConfigError
from edge.events.protocol import Expected
from edge.recognize import alphabet, open_recognizer
from edge.recognize.contracts import Floats
from edge.recognize.decode import BeamDecoder, DecoderCosts
from edge.recognize.expect import TWINS, Expectation, check
from models.training.data.hands import TWINS as TAUGHT

from .test_decode import learned
from .test_recognizer import FEATURES, RATE, Recognizer, Scripted, hand, seen

ALPHABET = "adov 01-2"


def probs(**chances: float) -> Floats:
    """Log-probabilities over `ALPHABET`; ``blank`` is what is left."""
    named = {{"zero": "0", "one": "1", "two": "2"}.get(k, k): p for k, p in chances.items()}
    rest = 1 - sum(named.values())
    with np.errstate(divide="ignore"):
        return np.log(np.array([rest, *(named.get(c, 0.0) for c in ALPHABET)], np.float32))


def of(log_probs: Floats) -> dict[str, float]:
    return {
        char: round(float(np.exp(p)), 3)
        for char, p in zip("_" + ALPHABET, log_probs, strict=True)
        if p > -math.inf
    }


def test_the_twins_are_those_of_the_training() -> None:
    assert TWINS == TAUGHT
    assert get_args(Expect) == get_args(Expected)


def test_a_twin_counts_as_what_is_expected_and_other_characters_drop_out() -> None:
    seen_ = probs(a=0.1, o=0.3, zero=0.2, one=0.05, v=0.15)
    before = seen_.copy()
    digits = of(Expectation("digits", ALPHABET)(seen_))
    assert digits == {"_": 0.2, "0": 0.5, "1": 0.05, "2": 0.15}
    letters = of(Expectation("letters", ALPHABET)(seen_))
    assert letters == {"_": 0.2, "a": 0.1, "o": 0.5, "v": 0.15}
    assert Expectation("any", ALPHABET)(seen_) is seen_
    np.testing.assert_array_equal(seen_, before)


def test_what_is_neither_letter_nor_digit_stays() -> None:
    flat = np.full(1 + len(ALPHABET), -2.0, np.float32)
    assert set(of(Expectation("digits", ALPHABET)(flat))) == set("_ -012")
    assert set(of(Expectation("letters", ALPHABET)(flat))) == set("_ -adov")


def test_an_alphabet_without_the_twin_loses_nothing_else() -> None:
    flat = np.log(np.array([0.4, 0.3, 0.3], np.float32))
    np.testing.assert_array_equal(Expectation("letters", "ov")(flat), flat)
    assert list(Expectation("digits", "o1")(flat)) == [flat[0], -math.inf, flat[2]]


@pytest.mark.parametrize(("expect", "characters"), [("digits", "abc "), ("letters", "01 ")])
def test_what_cannot_be_read_cannot_be_expected(expect: Expect, characters: str) -> None:
    with pytest.raises(ConfigError, match=f"the bundle reads no {expect}: expect"):
        check(expect, characters)
    check(expect, ALPHABET)
    check("any", characters)
    check("any", " ")


def test_among_digits_neither_the_digit_penalty_nor_the_language_model_counts() -> None:
    tick = np.log(np.array([0.5, 1e-9, 1e-9, 1e-9, 0.5], np.float32))
    words = learned("ado1", "ado ado oda")
    costs = DecoderCosts(0.0, 0.0, math.log(1e-3))
    read = []
    for digits_only in (False, True):
        decoder = BeamDecoder("ado1", 6, costs, words, 1.0)
        decoder.digits_only = digits_only
        for k in range(4):
            decoder.step(tick, k / RATE)
        read.append("".join(char.text for char in decoder.chars))
    assert read == ["", "1"]


class Digital(Scripted):
    """Scripted, over letters and digits: the letter has a bit less than its twin digit."""

    alphabet = " ao0"

    def step(self, features: Floats) -> Floats:
        log_probs = super().step(features)
        return np.append(log_probs, log_probs[3] - np.float32(0.5))

    def draft(self, features: Floats) -> Floats | None:
        script, self.script = self.script, "o" * 99
        scores = self.step(features)
        self.script = script
        self.features.pop()
        return scores


def reading(script: str, expect: Expect = "any") -> Recognizer:
    model = Digital(script)
    return Recognizer(model, FEATURES, BeamDecoder(model.alphabet), expect=expect)


def push(recognizer: Recognizer, ticks: range) -> list[tuple[str, bool]]:
    return [(h.text, h.final) for k in ticks for h in recognizer.push(seen(10 + k / RATE, hand()))]


def test_the_recogniser_reads_and_drafts_what_is_expected() -> None:
    for expect, text in (("any", "o"), ("letters", "o"), ("digits", "0")):
        recognizer = reading("__oo__", expect)  # type: ignore[arg-type]
        shown = {each for each, _ in push(recognizer, range(5))}
        assert shown <= {"", text}
        assert [h.text for h in recognizer.finish() if h.final] == [text]


def test_a_change_ends_the_open_segment_and_counts_at_once() -> None:
    recognizer = reading("_aa___oooooo")
    push(recognizer, range(6))
    assert [h.text for h in recognizer.expect("digits") if h.final] == ["a"]
    assert recognizer.expect("digits") == []
    shown = push(recognizer, range(6, 12))
    assert shown
    assert {text for text, _ in shown} == {"0"}
    (final,) = (h for h in recognizer.finish() if h.final)
    assert (final.text, final.segment) == ("0", 2)


def test_the_same_again_changes_nothing() -> None:
    recognizer = reading("_aa___")
    push(recognizer, range(4))
    assert recognizer.expect("any") == []
    assert [h.text for h in recognizer.finish() if h.final] == ["a"]


def test_the_configuration_says_what_is_expected_at_first() -> None:
    config = replace(Config().recognize, expect="digits")
    recognizer = open_recognizer(config)
    assert recognizer._expectation.expect == "digits"
    assert recognizer.alphabet == alphabet(config)
