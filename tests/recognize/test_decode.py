"""The prefix beam: against every alignment by brute force, and what it commits."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from edge.recognize import decode as decode_module
from edge.recognize.decode import BeamDecoder, DecoderCosts
from edge.recognize.language_model import MAX_CONTEXT, CharacterLM
from models.training.language_model.build import build

EXACT = 0.95
"""Pruning of labels below a thousandth may cost so much."""


def collapse(path: tuple[int, ...], alphabet: str) -> str:
    kept = [k for i, k in enumerate(path) if k and (i == 0 or path[i - 1] != k)]
    return "".join(alphabet[k - 1] for k in kept)


def learned(alphabet: str, *texts: str) -> CharacterLM:
    language_model = CharacterLM(build([(text, 10.0) for text in texts], alphabet + " ", 4, 0.01))
    return language_model.within(alphabet)


def exact(
    probs: np.ndarray,
    alphabet: str,
    costs: DecoderCosts,
    language_model: CharacterLM | None = None,
    weight: float = 0.0,
    committed: Sequence[str] = (),
) -> dict[str, float]:
    """What every text is worth: the sum over its alignments, times what its characters cost.

    Only alignments that agree at each tick with the text ``committed`` by then count.
    """
    worth: dict[str, float] = defaultdict(float)
    blank = math.exp(costs.blank_bias)
    for path in itertools.product(range(probs.shape[1]), repeat=len(probs)):
        if all(
            collapse(path[: tick + 1], alphabet).startswith(prefix)
            for tick, prefix in enumerate(committed)
            if prefix
        ):
            chance = float(np.prod(probs[np.arange(len(path)), path]))
            worth[collapse(path, alphabet)] += chance * blank ** path.count(0)
    for text in worth:
        repeats = sum(a == b for a, b in itertools.pairwise(text))
        alone = sum(
            char.isdigit() and not before.isdigit()
            for before, char in itertools.pairwise(" " + text)
        )
        cost = costs.insertion_penalty * (len(text) - repeats)
        cost += costs.repeat_penalty * repeats + costs.digit_penalty * alone
        for at, char in enumerate(text if language_model else ""):
            score = language_model.scores(" " + text[:at])[alphabet.index(char)]
            cost += weight * float(score)
        worth[text] *= math.exp(cost)
    return worth


def decode(probs: np.ndarray, alphabet: str, width: int = 64, *how: Any) -> BeamDecoder:
    decoder = BeamDecoder(alphabet, width, *how)
    for i, row in enumerate(probs):
        decoder.step(np.log(row).astype(np.float32), i / 30)
    return decoder


def keeps_its_promise(probs: np.ndarray, alphabet: str, *how: Any) -> None:
    """That of the docstring of `edge.recognize.decode`, against all alignments.

    Args:
        how: costs, language model and its weight.
    """
    with pytest.MonkeyPatch.context() as patch:
        # Where nothing is committed early, the search finds the likeliest text.
        patch.setattr(decode_module, "_MIN_RIVAL", -math.inf)
        worth = exact(probs, alphabet, *how)
        assert worth[text(decode(probs, alphabet, 64, *how))] >= EXACT * max(worth.values())
    decoder, committed = BeamDecoder(alphabet, 64, *how), [""]
    for tick, row in enumerate(probs):
        decoder.step(np.log(row).astype(np.float32), tick / 30)
        seen, found = probs[: tick + 1], text(decoder)
        before = exact(seen, alphabet, *how, committed=committed)
        committed[-1] = found[: decoder.stable]
        # What is committed disagrees only with what is less than a tenth as likely as the best.
        best = max(before.values())
        dropped = (w for t, w in before.items() if not t.startswith(committed[-1]))
        assert max(dropped, default=0.0) <= 0.1 / EXACT * best
        # The text is the likeliest of those that agree with what was committed.
        after = exact(seen, alphabet, *how, committed=committed)
        assert after[found] >= EXACT * max(after.values())
        committed.append(committed[-1])


def text(decoder: BeamDecoder) -> str:
    return "".join(char.text for char in decoder.chars)


def path(letters: str, alphabet: str, sure: float = 0.97) -> np.ndarray:
    """Log-probabilities that spell ``letters`` tick by tick; ``_`` is blank."""
    rest = (1 - sure) / len(alphabet)
    rows = np.full((len(letters), 1 + len(alphabet)), rest)
    for row, letter in zip(rows, letters, strict=True):
        row[0 if letter == "_" else 1 + alphabet.index(letter)] = sure
    return rows


@given(st.integers(0, 10**6), st.integers(1, 6), st.floats(0.3, 3))
def test_the_text_is_the_likeliest_that_agrees_with_what_is_committed(
    seed: int, ticks: int, sharpness: float
) -> None:
    rng = np.random.default_rng(seed)
    probs = rng.dirichlet(np.full(4, 1 / sharpness), ticks) * 0.999 + 0.00025
    for costs in (
        DecoderCosts(),
        DecoderCosts(math.log(0.9), math.log(0.1), blank_bias=math.log(0.5)),
    ):
        keeps_its_promise(probs, "abc", costs)


@example(seed=29992)
@given(seed=st.integers(0, 2**32 - 1))
def test_digits_cost_what_they_cost_beside_no_digit(seed: int) -> None:
    probs = np.random.default_rng(seed).dirichlet(np.ones(4), size=5)
    costs = DecoderCosts(digit_penalty=math.log(0.2))
    keeps_its_promise(probs, "a34", costs)


def test_a_lone_digit_is_a_letter_and_a_number_is_a_number() -> None:
    costs = DecoderCosts(digit_penalty=math.log(0.1))
    unsure = np.array([[0.02, 0.4, 0.57, 0.01]])
    blank = path("_", "k34", 0.97)
    four = path("4", "k34", 0.97)
    assert text(decode(np.concatenate([unsure, blank]), "k34", 6, costs)) == "k"
    assert text(decode(np.concatenate([four, blank, unsure]), "k34", 6, costs)) == "43"


def test_a_handshape_is_its_letter_and_after_a_digit_its_digit() -> None:
    costs = DecoderCosts(0.0, digit_penalty=math.log(0.1))
    torn = np.array([[0.395, 0.3, 0.3, 0.005]])
    one = path("_1_", "o01", 0.97)
    assert text(decode(torn, "o01", 6, costs)) == "o"
    assert text(decode(np.concatenate([one, torn]), "o01", 6, costs)) == "10"
    only_digits = BeamDecoder("o01", 6, costs)
    only_digits.digits_only = True
    with np.errstate(divide="ignore"):
        only_digits.step(np.log([0.3, 0.0, 0.7, 0.0]), 0.0)
    assert text(only_digits) == "0"


def test_where_letters_compete_one_is_said_rather_than_nothing() -> None:
    torn = np.array([[0.4, 0.31, 0.29]])
    assert text(decode(torn, "ab", 6, DecoderCosts())) == ""
    assert text(decode(torn, "ab", 6, DecoderCosts(blank_bias=math.log(0.3)))) == "a"


@example(seed=238669, ticks=5, sharpness=0.75, weight=1.0)  # commits, then another is likelier
@given(
    seed=st.integers(0, 10**6),
    ticks=st.integers(1, 6),
    sharpness=st.floats(0.3, 3),
    weight=st.floats(0.05, 1),
)
def test_with_a_language_model_too_the_text_is_the_likeliest_that_agrees(
    seed: int, ticks: int, sharpness: float, weight: float
) -> None:
    rng = np.random.default_rng(seed)
    probs = rng.dirichlet(np.full(4, 1 / sharpness), ticks) * 0.999 + 0.00025
    language_model = learned("abc", "cab", "abba", "b")
    keeps_its_promise(probs, "abc", DecoderCosts(), language_model, weight)


def doubtful() -> np.ndarray:
    """``th``, then an e or an o: the o a little likelier."""
    probs = path("_t__h__o__", "thexo")
    probs[7] = [0.02, 0.01, 0.01, 0.44, 0.01, 0.51]
    return probs


def test_a_language_model_decides_what_is_doubtful() -> None:
    language_model = learned("thexo", "the", "thex")
    assert text(decode(doubtful(), "thexo", 6)) == "tho"
    assert text(decode(doubtful(), "thexo", 6, DecoderCosts(), language_model, 0.3)) == "the"
    assert text(decode(doubtful(), "thexo", 6, DecoderCosts(), language_model, 0.0)) == "tho"


def test_a_language_model_is_overruled_by_what_is_clear() -> None:
    language_model = learned("thexo", "the", "thex")
    for spelled in ("_t__h__x__o_", "_x__x__o__o__t_"):
        read = text(decode(path(spelled, "thexo"), "thexo", 6, DecoderCosts(), language_model, 0.3))
        assert read == spelled.replace("_", "")


def test_a_language_model_sees_the_committed_text_and_not_the_last_segment() -> None:
    language_model = learned("thexo", "the", "thex", "oh")
    decoder = decode(doubtful()[:7], "thexo", 6, DecoderCosts(), language_model, 0.3)
    assert (text(decoder), decoder.stable) == ("th", 2)
    for end in (False, True):
        decoder = decode(doubtful()[:7], "thexo", 6, DecoderCosts(), language_model, 0.3)
        if end:
            decoder.take()
        for i, row in enumerate(doubtful()[7:], 7):
            decoder.step(np.log(row).astype(np.float32), i / 30)
        assert text(decoder) == ("o" if end else "the")


def test_a_language_model_is_over_the_alphabet_of_the_model() -> None:
    with pytest.raises(ValueError, match="alphabet"):
        BeamDecoder("abcd", 6, DecoderCosts(), learned("abc", "abc"), 0.3)


@given(st.integers(0, 10**6))
def test_one_beam_is_greedy_and_commits(seed: int) -> None:
    rng = np.random.default_rng(seed)
    probs = rng.dirichlet(np.full(4, 0.3), 40) * 0.999 + 0.00025
    decoder = BeamDecoder("abc", 1, DecoderCosts(), learned("abc", "cab"), 0.5)
    best = probs.argmax(1)
    for i, row in enumerate(probs):
        decoder.step(np.log(row).astype(np.float32), i / 30)
        assert text(decoder) == collapse(tuple(best[: i + 1]), "abc")
        assert len(decoder.chars) - decoder.stable == (best[i] > 0)


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


def test_left_letters_commit_and_stay() -> None:
    decoder = BeamDecoder("ab", 8)
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


@given(st.integers(0, 10**6))
def test_a_draft_is_the_next_step_and_changes_nothing(seed: int) -> None:
    rows = np.log(np.random.default_rng(seed).dirichlet(np.full(3, 0.3), 40) + 1e-6)
    drafting, plain = BeamDecoder("ab"), BeamDecoder("ab")
    for i, (row, other) in enumerate(zip(rows, rows[::-1], strict=True)):
        drafting.draft(other.astype(np.float32), i / 30)
        drafted = drafting.draft(row.astype(np.float32), i / 30)
        for decoder in (drafting, plain):
            decoder.step(row.astype(np.float32), i / 30)
        assert drafted == drafting.chars == plain.chars
        assert drafting.stable == plain.stable


def test_taken_text_is_not_read_again_while_its_letter_is_held() -> None:
    decoder = decode(path("_aaa", "ab"), "ab")
    assert "".join(char.text for char in decoder.take()) == "a"
    for i, row in enumerate(path("aaaa_", "ab")):
        decoder.step(np.log(row).astype(np.float32), i / 30)
    assert text(decoder) == ""
    for i, row in enumerate(path("aa_", "ab")):
        decoder.step(np.log(row).astype(np.float32), i / 30)
    assert text(decoder) == "a"


@given(st.integers(0, 10**6), st.sampled_from([0.0, 0.5]))
def test_memory_is_bounded(seed: int, weight: float) -> None:
    rng = np.random.default_rng(seed)
    decoder = BeamDecoder("abcdef", 6, DecoderCosts(), learned("abcdef", "fade", "abba"), weight)
    for i, row in enumerate(rng.dirichlet(np.full(7, 0.4), 200)):
        decoder.step(np.log(row + 1e-9).astype(np.float32), i / 30)
        assert len(decoder.chars) - decoder.stable <= 13
        assert len(decoder._beams) <= 6
        assert len(decoder._context) <= MAX_CONTEXT


def test_on_a_still_hand_the_likelier_letter_of_the_whole_hold_is_kept() -> None:
    decoder = BeamDecoder("ab", 6)
    wavering = [(0.1, 0.5, 0.4), (0.1, 0.2, 0.7), (0.1, 0.4, 0.5), (0.1, 0.6, 0.3)] * 5
    for i, row in enumerate(wavering):
        decoder.step(np.log(row).astype(np.float32), i / 30, At(0.0, 0.0))
    assert text(decoder) == "b"


@dataclass(frozen=True)
class At:
    """A `Motion` that is the same since any time."""

    away: float
    other: float

    def furthest(self, since: float) -> float:
        return self.away

    def changed(self, since: float) -> float:
        return self.other


@pytest.mark.parametrize(
    ("away", "other", "shown"),
    [(0.0, 0.0, "a"), (0.1, 0.0, "a"), (1.0, 0.9, "ab"), (1.0, 0.0, "abb")],
)
def test_a_hand_that_moved_may_be_in_another_letter_or_in_the_same_again(
    away: float, other: float, shown: str
) -> None:
    decoder = BeamDecoder("ab", 6, DecoderCosts(still_penalty=math.log(1e-8)))
    for i, row in enumerate(path("aa_bb_bb", "ab", 0.9)):
        decoder.step(np.log(row).astype(np.float32), i / 30, At(away, other))
    assert text(decoder) == shown


def test_in_a_new_segment_another_hand_may_repeat_the_last_letter_of_the_one_before() -> None:
    decoder = decode(path("_aa_", "ab"), "ab")
    assert "".join(char.text for char in decoder.take()) == "a"
    for i, row in enumerate(path("_aa_", "ab", 0.9)):
        decoder.step(np.log(row).astype(np.float32), 1 + i / 30, At(1.0, 1.0))
    assert text(decoder) == "a"
