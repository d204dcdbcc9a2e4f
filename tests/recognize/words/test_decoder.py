"""Words beside the beam search: taken where they are likelier, and only there."""

from __future__ import annotations

import itertools
import math
import string
from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import ConfigError
from edge.recognize.decode import MOVING, BeamDecoder, DecoderCosts
from edge.recognize.words import WordDecoder, words_of_client
from edge.recognize.words.search import Costs, Search
from edge.recognize.words.trie import Trie
from edge.recognize.words.vocabulary import Vocabulary, of_words

ALPHABET = string.ascii_lowercase + " "


def known(*words: str, only: bool = False) -> Vocabulary:
    found = words_of_client(words, only, "off", ALPHABET)
    assert found
    return found


def path(*ticks: str, sure: float = 0.9) -> np.ndarray:
    """Log-probabilities of ticks, each one or more letters that are as likely; _ is blank."""
    rows = np.full((len(ticks), 1 + len(ALPHABET)), (1 - sure) / (1 + len(ALPHABET)))
    for row, letters in zip(rows, ticks, strict=True):
        for letter in letters:
            row[0 if letter == "_" else 1 + ALPHABET.index(letter)] += sure / len(letters)
    return np.log(rows).astype(np.float32)


def spelled(text: str, sure: float = 0.9) -> np.ndarray:
    return path("_", *"_".join(text), "_", "_", sure=sure)


class Read:
    """A decoder's text, tick by tick: what is stable never changes."""

    def __init__(self, vocabulary: Vocabulary | None) -> None:
        plain = BeamDecoder(ALPHABET)
        self.decoder = WordDecoder(plain, vocabulary) if vocabulary else plain
        self.tick = 0
        self.shown = [""]

    def __call__(self, answers: np.ndarray) -> str:
        """The text that is taken after these ticks."""
        stable = ""
        for row in answers:
            self.decoder.step(row, self.tick / 30, MOVING)
            self.tick += 1
            text = "".join(char.text for char in self.decoder.chars)
            assert text.startswith(stable)
            stable = text[: self.decoder.stable]
            self.shown.append(text)
        text = "".join(char.text for char in self.decoder.take())
        assert text.startswith(stable) or not text
        return text


def read(answers: np.ndarray, *words: str, only: bool = False) -> str:
    return Read(known(*words, only=only))(answers)


def test_a_word_is_taken_where_a_letter_is_doubtful() -> None:
    doubtful = path(*"_l_i_o", "_", "mn", "_", "_")
    assert read(doubtful, "lion") == "lion"
    assert read(doubtful, "liom") == "liom"


def test_what_is_clear_is_not_pulled_towards_a_word() -> None:
    for text in ("liox", "xyzzy", "lio", "lions", "li on"):
        assert read(spelled(text), "lion", "bear") == text


def test_a_word_that_breaks_off_leaves_what_was_read() -> None:
    reader = Read(known("monkeys"))
    answers = path(*"_m_o_n_k", "_", "iie", *"_x_w_z__")
    assert reader(answers) == Read(None)(answers) == "monkixwz"
    assert "monke" in reader.shown


def test_words_follow_each_other_with_or_without_spaces() -> None:
    blurred = path(*"_a_n", "_", "mn", "_", "_", "a", "_", " ", "_", *"b_e", "_", "mn", "_")
    assert read(blurred, "anna", "ben") == "anna ben"
    ticks = (*"_a_n", "_", "mn", "_", "_", "a", "_", *"b_e", "_", "mn", "_", "_")
    joined = path(*ticks, sure=0.99)
    assert read(joined, "anna", "ben") == "annaben"
    first = read(blurred, "ben")
    assert first.endswith(" ben")
    assert first[:2] == "an", "the other text stays what it was"


def test_text_after_a_word_goes_on_as_it_was_read() -> None:
    seen = path(*"_a_n", "_", "mn", "_", "_", "a", "_", " ", "_", *"x_q_z", "_", "_")
    assert read(seen, "anna") == "anna xqz"


def test_times_and_confidence_are_those_of_what_was_seen() -> None:
    decoder = WordDecoder(BeamDecoder(ALPHABET), known("bean"))
    for tick, row in enumerate(path(*"__bb__ee__aa_", "mn", "mn", "__"[0], "_")):
        decoder.step(row, tick / 30, MOVING)
    chars = decoder.take()
    assert [round(30 * char.start) for char in chars] == [2, 6, 10, 13]
    assert [round(30 * char.end) for char in chars] == [3, 7, 11, 14]
    assert chars[0].confidence > 0.89
    assert 0.4 < chars[3].confidence < 0.5


def test_the_text_shows_a_word_before_it_is_over() -> None:
    reader = Read(known("elephant"))
    assert reader(path(*"_e_l_e", "_", "kp", "_", *"h_a_n_t_", "_")) == "elephant"
    assert "elep" in reader.shown
    assert "elek" not in reader.shown


def test_the_reading_without_words_is_kept() -> None:
    answers = path(*"_l_i_o", "_", "mmn", "_", "_")
    reader, without = Read(known("lion")), Read(None)
    for row in answers:
        reader.decoder.step(row, reader.tick / 30, MOVING)
        without.decoder.step(row, reader.tick / 30, MOVING)
        reader.tick += 1
        assert reader.decoder.plain == without.decoder.chars
    assert "".join(char.text for char in reader.decoder.chars) == "lion"
    assert "".join(char.text for char in reader.decoder.plain) == "liom"


def test_a_closed_list_gives_one_of_its_words_or_nothing() -> None:
    assert read(path(*"_a_n_n", "_", "xxa", "_", "_"), "anna", "ben", only=True) == "anna"
    assert read(spelled("axxx"), "anna", "ben", only=True) == ""
    assert read(spelled("qqqxyz"), "anna", "ben", only=True) == ""
    assert read(spelled("anna"), "anna", "ben", only=True) == "anna"
    assert read(path(*"______"), "anna", "a", only=True) == ""


def test_a_held_letter_begins_no_word_of_the_next_segment() -> None:
    reader = Read(known("a", "an", only=True))
    assert reader(path(*"__a__n", *"n" * 5)) == "an"
    assert reader(path(*"n" * 10, "_")) == ""
    letter = Read(known("n", only=True))
    assert letter(path(*"__n", *"n" * 5)) == "n"
    assert letter(path(*"n" * 20)) == ""


def test_a_weight_decides_between_two() -> None:
    doubtful = path(*"_b_e", "_", "np", "_", "_")
    assert read(doubtful, "ben = 5", "bep") == "ben"
    assert read(doubtful, "ben", "bep = 5") == "bep"


def test_digits_are_read_without_words() -> None:
    decoder = WordDecoder(BeamDecoder("ab12"), of_words({"ab": 1.0}, True, "off", "ab12"))
    decoder.digits_only = True
    row = np.log(np.array([0.02, 0.01, 0.01, 0.95, 0.01], np.float32))
    decoder.step(row, 0.0, MOVING)
    assert [char.text for char in decoder.chars] == [char.text for char in decoder.take()] == ["1"]


def test_a_draft_shows_the_next_letter_only_where_no_word_is_in_the_text() -> None:
    decoder = WordDecoder(BeamDecoder(ALPHABET), known("zebra"))
    for tick, row in enumerate(spelled("ab")):
        decoder.step(row, tick / 30, MOVING)
    before = decoder.chars
    drafted = decoder.draft(spelled("c")[1], 1.0, MOVING)
    assert "".join(char.text for char in drafted) == "abc"
    assert decoder.chars == before


def test_only_needs_words_and_a_lexicon_alone_is_a_vocabulary() -> None:
    with pytest.raises(ConfigError, match="needs words"):
        words_of_client((), True, "off", ALPHABET)
    assert words_of_client((), False, "off", ALPHABET) is None
    lexicon = words_of_client((), False, "english", ALPHABET)
    assert lexicon
    assert lexicon.count == 0
    assert lexicon == words_of_client((), False, "english", ALPHABET)
    assert known("anna") == known("Anna") != known("anna = 2")


def exact(answers: np.ndarray, word: str, costs: Costs, text: str) -> float:
    """Log of the sum over all alignments of ``word``, less that of the best ``text``."""
    total = 0.0
    for labels in itertools.product(range(len(text) + 1), repeat=len(answers)):
        kept = [k for i, k in enumerate(labels) if k and (i == 0 or labels[i - 1] != k)]
        if "".join(text[k - 1] for k in kept) == word:
            chance = np.exp(np.maximum(answers, costs.floor)[np.arange(len(answers)), labels])
            total += float(np.prod(chance)) * math.exp(costs.blank) ** labels.count(0)
    repeats = sum(a == b for a, b in itertools.pairwise(word))
    cost = costs.insertion * (len(word) - repeats) + costs.repeat * repeats
    return math.log(total) + cost if total else -math.inf


@given(
    st.integers(0, 10**6),
    st.dictionaries(st.text("ab", min_size=1, max_size=3), st.just(0.0), min_size=1, max_size=3),
)
def test_a_words_score_is_the_sum_over_its_alignments(
    seed: int, words: Mapping[str, float]
) -> None:
    rng = np.random.default_rng(seed)
    answers = np.log(rng.dirichlet(np.ones(3), 5) * 0.99 + 0.003).astype(np.float32)
    costs = Costs(math.log(0.5), math.log(0.2), math.log(0.8), join=-1e9)
    search = Search(Trie.of(words, "ab"), costs, 0, closed=True)
    for tick, row in enumerate(answers):
        search.step(row, tick / 30, 0.0, False, 0)
    wanted = max(exact(answers, word, costs, "ab") for word in words)
    score, found = search.best()
    assert found is not None
    assert math.isclose(score, wanted, rel_tol=1e-5)


@given(st.integers(0, 10**6))
def test_no_word_of_no_worth_changes_the_text_by_less_than_it_gains(seed: int) -> None:
    """Where the text changes, a word in it scores above what stood in its place."""
    rng = np.random.default_rng(seed)
    letters = rng.dirichlet(np.full(4, 0.3), 25) * 0.99 + 0.0025
    rows = np.full((25, 1 + len(ALPHABET)), 1e-4)
    rows[:, [0, 1, 2, 3]] = letters
    answers = np.log(rows).astype(np.float32)
    plain = BeamDecoder(ALPHABET, costs=DecoderCosts())
    decoder = WordDecoder(plain, known("abc", "cab", "bb"))
    for tick, row in enumerate(answers):
        decoder.step(row, tick / 30, MOVING)
    score, found = decoder._search.best()
    assert (score > 0) == (found is not None)
    assert found is not None or [c.text for c in decoder.chars] or not plain.chars


def test_a_letter_of_a_word_is_as_probable_as_it_and_its_twin_digit() -> None:
    alphabet = ALPHABET + "02"
    words = words_of_client(["zoo"], True, "off", alphabet)
    assert words
    decoder = WordDecoder(BeamDecoder(alphabet), words)
    for tick, text in enumerate("__z_0_0__"):
        row = np.full(1 + len(alphabet), 0.1 / (1 + len(alphabet)))
        row[0 if text == "_" else 1 + alphabet.index(text)] += 0.9
        decoder.step(np.log(row).astype(np.float32), tick / 30, MOVING)
    assert "".join(char.text for char in decoder.take()) == "zoo"
