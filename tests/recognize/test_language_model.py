"""The language model: against counting by hand, its file, and damaged files."""

from __future__ import annotations

import hashlib
import itertools
import math
import re
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge import resources
from edge.config import RecognizeConfig
from edge.errors import ConfigError
from edge.recognize import bundle, open_recognizer
from edge.recognize.language_model import CharacterLM
from models.training.language_model.build import Tables, build

ALPHABET = "ab "
WEIGHTS = (0.9, 0.08, 0.02)
SWITCHING = 0.1


def made(*texts: str, alphabet: str = ALPHABET, order: int = 3, min_gain: float = -1e9) -> Tables:
    return build(
        [(text, 1.0) for text in texts], alphabet, order, min_gain, WEIGHTS, SWITCHING, 1.5
    )


def by_hand(texts: tuple[str, ...], context: str, char: str) -> float:
    """Witten-Bell by the formula, the characters of ``context`` all counting."""
    below = by_hand(texts, context[1:], char) if context else 1 / len(ALPHABET)
    after = [
        text[at + len(context)]
        for text in (f" {text} " for text in texts)
        for at in range(len(text) - len(context))
        if text[at:].startswith(context) and at + len(context) > 0
    ]
    if not after:
        return below
    kinds = len(set(after))
    return (after.count(char) + kinds * below) / (len(after) + kinds)


def mixed(texts: tuple[str, ...], context: str, char: str) -> float:
    """The formula mixed with uniform ones, by how well each predicted ``context``."""
    start = weight = WEIGHTS[0] / (WEIGHTS[0] + WEIGHTS[1])  # there are no digits to be random
    for at in range(1, len(context)):
        counted = weight * by_hand(texts, context[max(0, at - 2) : at], context[at])
        weight = counted / (counted + (1 - weight) / len(ALPHABET))
        weight = (1 - SWITCHING) * weight + SWITCHING * start
    return weight * by_hand(texts, context[-2:], char) + (1 - weight) / len(ALPHABET)


@given(st.lists(st.text(ALPHABET, min_size=1, max_size=8), min_size=1, max_size=6))
def test_chances_are_those_of_the_formula(texts: list[str]) -> None:
    model = CharacterLM(made(*texts))
    for context in ("".join(c) for n in range(4) for c in itertools.product(ALPHABET, repeat=n)):
        log_probs = model.log_probs(context)
        assert log_probs.dtype == np.float32
        assert np.exp(log_probs).sum() == pytest.approx(1, abs=1e-5)
        for char, found in zip(ALPHABET, np.exp(log_probs), strict=True):
            # Shares are stored in steps of 1/24 of a factor of e.
            assert found == pytest.approx(mixed(tuple(texts), context, char), rel=0.08)


def test_nothing_is_impossible_and_only_the_last_characters_count() -> None:
    model = CharacterLM(made("abababab"))
    assert np.exp(model.log_probs("ababab")).min() > SWITCHING * WEIGHTS[1] / 3
    assert np.array_equal(model.log_probs("bb" + "ab" * 5), model.log_probs("ab" * 5))
    assert not np.array_equal(model.log_probs("bb"), model.log_probs("ab"))
    assert np.exp(model.log_probs("a?b")).sum() == pytest.approx(1, abs=1e-5)


def test_a_text_like_none_counted_weighs_less_with_every_character() -> None:
    model = CharacterLM(made(*["abcdef"] * 20, alphabet="abcdefghij "))
    spread = [float(np.ptp(model.log_probs(" " + "jihg"[:n]))) for n in range(5)]
    assert spread == sorted(spread, reverse=True)
    assert spread[-1] < 0.5
    assert np.ptp(model.log_probs(" abcd")) > 3


def test_digits_follow_random_digits_and_letters_random_letters() -> None:
    model = CharacterLM(made(*["hello hall"] * 20, alphabet="ehalo 0123"))
    letters, digits = model.log_probs(" aoahe"), model.log_probs(" 31203")
    for text, answer in ((" 0123", digits), (" ehalo", letters)):
        likely = {model.alphabet[n] for n in np.argsort(-answer)[: len(text)]}
        assert likely == set(text)
    # Nothing is known of the one rather than the other digit, and each can be followed by all.
    assert np.ptp(digits[6:]) < 1e-3
    assert np.exp(digits).min() > 1e-4
    assert np.exp(letters).min() > 1e-4


def test_what_is_as_likely_as_usual_scores_nothing() -> None:
    model = CharacterLM(made("abab", "ba"))
    scores, log_probs = model.scores(" ab"), model.log_probs(" ab")
    mean = scores - log_probs
    assert np.ptp(mean) < 1e-6
    # Between what a character costs where the text is trusted, and where all are as likely.
    assert math.log(3) < mean[0] < 1.5


@given(st.floats(0, 5))
def test_pruning_keeps_the_chances_whole(gain: float) -> None:
    texts = ("abab", "baba", "aabb", "ab ab")
    full, pruned = made(*texts), made(*texts, min_gain=gain)
    assert len(pruned["chars"]) <= len(full["chars"])
    model = CharacterLM(pruned)
    for context in ("", "a", "ab", " b", "ba"):
        assert np.exp(model.log_probs(context)).sum() == pytest.approx(1, abs=1e-5)


def test_another_alphabet_is_a_part_in_another_order() -> None:
    model = CharacterLM(made("abc", "cab", alphabet="abc "))
    part = model.within("cb")
    for context in ("", "a", "ca"):
        whole, found = np.exp(model.log_probs(context)), np.exp(part.log_probs(context))
        assert found.sum() == pytest.approx(1, abs=1e-5)
        assert (whole[2] > whole[1]) == (found[0] > found[1])
    assert model.alphabet == "abc "
    with pytest.raises(ConfigError, match="'x1'"):
        model.within("abx1")


def save(path: Path, tables: dict[str, Any]) -> Path:
    with path.open("wb") as file:
        np.savez_compressed(file, **tables)
    return path


def test_a_file_is_read_back(tmp_path: Path) -> None:
    tables = made("abab", "ba")
    model = CharacterLM.load(save(tmp_path / "language_model.npz", tables))
    assert model.alphabet == ALPHABET
    assert np.array_equal(model.log_probs("ab"), CharacterLM(tables).log_probs("ab"))


def test_the_cache_is_bounded_and_answers_cannot_be_spoilt() -> None:
    model = CharacterLM(made("abab", "ba", order=11))
    rng = np.random.default_rng(0)
    for _ in range(3000):
        model.log_probs("".join(rng.choice(list(ALPHABET), 10)))
    for cache in (model._cached_answer, model._cached_predictions):
        assert cache.cache_info().currsize <= 1024
    with pytest.raises(ValueError, match="read-only"):
        model.log_probs("a")[0] = 0


def test_a_large_model_loads_in_no_time(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    letters = "abcdefghijklmnopqrstuvwxyz "
    texts = ["".join(rng.choice(list(letters), 12)) for _ in range(6000)]
    path = save(tmp_path / "language_model.npz", made(*texts, alphabet=letters, order=5))
    assert path.stat().st_size > 150_000
    start = time.process_time()
    CharacterLM.load(path)
    assert time.process_time() - start < 0.05


@pytest.mark.parametrize(
    "change",
    [
        {"format": np.array(2)},
        {"alphabet": np.array("aab")},
        {"alphabet": np.array("a")},
        {"order": np.array(0)},
        {"order": np.array("x")},
        {"weights": np.array([0.9, 0.1, 0.0])},
        {"weights": np.array([0.9, 0.9, 0.9])},
        {"weights": np.array(0.9)},
        {"switching": np.array(0.0)},
        {"switching": np.array(np.nan)},
        {"mean": np.array(np.inf)},
        {"chars": np.array([0, 1, 9], np.uint8)},
        {"sizes": np.array([], np.uint8)},
        {"shares": np.array([0.5, 0.5])},
        {"contexts": np.array([1, 0], np.uint32)},
        {"backoffs": None},
        {"shares": None},
    ],
)
def test_tables_that_do_not_fit_are_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    tables = {name: table for name, table in (made("ab") | change).items() if table is not None}
    with pytest.raises(ConfigError, match="damaged") as refusal:
        CharacterLM.load(save(tmp_path / "language_model.npz", tables))
    assert "\n" not in str(refusal.value)


@given(st.integers(0, 10**6))
def test_damaged_bytes_are_refused(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    path = save(tmp_path_factory.mktemp("bytes") / "language_model.npz", made("abab"))
    whole = path.read_bytes()
    path.write_bytes(whole[: seed % len(whole)])
    with pytest.raises(ConfigError, match="damaged"):
        CharacterLM.load(path)


def test_what_is_no_language_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="missing"):
        CharacterLM.load(tmp_path / "language_model.npz")
    (tmp_path / "language_model.npz").write_text("a language model", encoding="utf-8")
    with pytest.raises(ConfigError, match="damaged"):
        CharacterLM.load(tmp_path / "language_model.npz")
    np.savez(tmp_path / "language_model.npz", alphabet=np.array([{"a": 1}], dtype=object))
    with pytest.raises(ConfigError, match="damaged"):
        CharacterLM.load(tmp_path / "language_model.npz")


def test_what_unpacks_to_too_much_is_refused_before_it_does(tmp_path: Path) -> None:
    path = tmp_path / "language_model.npz"
    np.savez_compressed(path, shares=np.zeros(1 << 27, np.uint8))
    assert path.stat().st_size < 1 << 20
    with pytest.raises(ConfigError, match="unpacks to more than 64 MiB"):
        CharacterLM.load(path)


def test_a_header_python_cannot_even_split_is_refused(tmp_path: Path) -> None:
    header = b"{'descr': '<u1', 'shape': (3,), 'fortran_order': False, ((\n".ljust(118)
    with zipfile.ZipFile(tmp_path / "language_model.npz", "w") as archive:
        archive.writestr("format.npy", b"\x93NUMPY\x01\x00v\x00" + header)
    with pytest.raises(ConfigError, match="damaged") as refusal:
        CharacterLM.load(tmp_path / "language_model.npz")
    assert str(refusal.value).isprintable()


@pytest.fixture
def guided(tmp_path: Path) -> Path:
    """The shipped bundle with a language model that knows only "hello"."""
    shipped = resources.models() / "bundles" / "ishara-stream"
    if not (shipped / bundle.FILE).is_file():
        pytest.skip("no shipped bundle")
    (tmp_path / "model.tflite").write_bytes((shipped / "model.tflite").read_bytes())
    manifest = (shipped / bundle.FILE).read_text(encoding="utf-8")
    own = re.compile(r"\[language_model\]\n(?:[^\[].*\n|\n)*")  # its place is taken by this one
    (tmp_path / bundle.FILE).write_text(own.sub("", manifest), encoding="utf-8")
    letters = bundle.load(tmp_path).alphabet + "#"
    path = save(tmp_path / "habit.npz", made("hello", alphabet=letters))
    sha = hashlib.sha256(path.read_bytes()).hexdigest()
    with (tmp_path / bundle.FILE).open("a", encoding="utf-8") as file:
        file.write(f'\n[language_model]\nfile = "habit.npz"\nsha256 = "{sha}"\nweight = 0.3\n')
    return tmp_path


def test_the_recogniser_takes_the_language_model_unless_it_is_off(guided: Path) -> None:
    decoder = open_recognizer(RecognizeConfig(bundle=str(guided)))._decoder
    assert decoder._language_model is not None
    assert decoder._language_model.alphabet == bundle.load(guided).alphabet
    assert decoder._weight == 0.3
    assert (
        open_recognizer(
            RecognizeConfig(bundle=str(guided), language_model="off")
        )._decoder._language_model
        is None
    )
    assert (
        open_recognizer(RecognizeConfig(bundle=str(guided), beam=1))._decoder._language_model
        is None
    )
