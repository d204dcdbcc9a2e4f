"""The prefix beam: against every alignment by brute force, doubled letters, settling."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from edge.recognize.decode import _AGAIN, _NEW, Decoder


def collapse(path: tuple[int, ...], alphabet: str) -> str:
    kept = [k for i, k in enumerate(path) if k and (i == 0 or path[i - 1] != k)]
    return "".join(alphabet[k - 1] for k in kept)


def exact(probs: np.ndarray, alphabet: str) -> dict[str, float]:
    """What every text is worth: the sum over its alignments, times the cost of its characters."""
    worth: dict[str, float] = defaultdict(float)
    for path in itertools.product(range(probs.shape[1]), repeat=len(probs)):
        text = collapse(path, alphabet)
        again = sum(a == b for a, b in itertools.pairwise(text))
        cost = math.exp(_NEW * len(text) + _AGAIN * again)
        worth[text] += float(np.prod(probs[np.arange(len(path)), path])) * cost
    return worth


def decode(probs: np.ndarray, alphabet: str, width: int = 64) -> Decoder:
    decoder = Decoder(alphabet, width)
    for i, row in enumerate(probs):
        decoder.step(np.log(row).astype(np.float32), i / 30)
    return decoder


def text(decoder: Decoder) -> str:
    return "".join(char.text for char in decoder.chars)


def path(letters: str, alphabet: str, sure: float = 0.97) -> np.ndarray:
    """Log-probabilities that spell ``letters`` tick by tick; ``_`` is blank."""
    rest = (1 - sure) / len(alphabet)
    rows = np.full((len(letters), 1 + len(alphabet)), rest)
    for row, letter in zip(rows, letters, strict=True):
        row[0 if letter == "_" else 1 + alphabet.index(letter)] = sure
    return rows


@given(st.integers(0, 10**6), st.integers(1, 6), st.floats(0.3, 3))
def test_best_text_is_the_likeliest(seed: int, ticks: int, sharpness: float) -> None:
    rng = np.random.default_rng(seed)
    probs = rng.dirichlet(np.full(4, 1 / sharpness), ticks) * 0.999 + 0.00025
    truth = exact(probs, "abc")
    assert truth[text(decode(probs, "abc"))] >= 0.95 * max(truth.values())


def test_doubled_letters_need_a_blank() -> None:
    assert text(decode(path("_aaa__bb_bb_", "ab"), "ab")) == "abb"


def test_a_doubtful_tick_neither_makes_nor_splits_a_letter() -> None:
    probs = path("_aaaaaa____", "ab")
    probs[4] = [0.55, 0.40, 0.05]
    probs[9] = [0.40, 0.05, 0.55]
    assert text(decode(probs, "ab")) == "a"


def test_a_long_hold_is_one_letter() -> None:
    assert text(decode(path("_" + "a" * 150, "ab"), "ab")) == "a"


def test_times_and_confidence() -> None:
    first, second = decode(path("__aaa___bb", "ab"), "ab").chars
    assert (round(first.start * 30), round(first.end * 30)) == (2, 4)
    assert (round(second.start * 30), round(second.end * 30)) == (8, 9)
    assert abs(first.confidence - 0.97) < 0.01


def test_left_letters_settle_and_stay() -> None:
    decoder = Decoder("ab", 8)
    seen = []
    for i, row in enumerate(path("_aa___bb___aa_b_", "ab")):
        decoder.step(np.log(row).astype(np.float32), i / 30)
        seen.append((text(decoder), decoder.stable))
    for (earlier, stable), (later, _) in itertools.pairwise(seen):
        assert later[:stable] == earlier[:stable]
    assert seen[-1] == ("abab", 4)


def test_a_doubtful_letter_settles_after_a_while() -> None:
    probs = path("_a" + "_" * 20, "ab")
    probs[1] = [0.02, 0.50, 0.48]
    stable = [decode(probs[:n], "ab").stable for n in range(2, 23)]
    assert stable[0] == 0
    assert stable[-1] == 1


def test_an_open_letter_is_provisional() -> None:
    decoder = decode(path("_aaa", "ab"), "ab")
    assert (text(decoder), decoder.stable) == ("a", 0)


def test_taken_text_is_not_read_again_while_its_letter_is_held() -> None:
    decoder = decode(path("_aaa", "ab"), "ab")
    assert "".join(char.text for char in decoder.take()) == "a"
    for i, row in enumerate(path("aaaa_", "ab")):
        decoder.step(np.log(row).astype(np.float32), i / 30)
    assert text(decoder) == ""
    for i, row in enumerate(path("aa_", "ab")):
        decoder.step(np.log(row).astype(np.float32), i / 30)
    assert text(decoder) == "a"


@given(st.integers(0, 10**6))
def test_memory_is_bounded(seed: int) -> None:
    rng = np.random.default_rng(seed)
    decoder = Decoder("abcdef", 6)
    for i, row in enumerate(rng.dirichlet(np.full(7, 0.4), 200)):
        decoder.step(np.log(row + 1e-9).astype(np.float32), i / 30)
        assert len(decoder.chars) - decoder.stable <= 13
        assert len(decoder._beams) <= 6
