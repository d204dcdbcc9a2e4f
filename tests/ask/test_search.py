"""What was spelled finds its passage, however it was read."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.retrieval import __main__ as retrieval
from benchmarks.retrieval.noise import misread
from edge.ask.confusions import CODES, costs, table
from edge.ask.index import Index, english
from edge.ask.search import Searcher, related
from edge.ask.spelling import MAX_LETTERS, Speller
from edge.ask.text import plain, stem


@pytest.fixture(scope="module")
def town() -> Searcher:
    index = Index(retrieval.HERE / "corpus")
    index.refresh()
    return Searcher(index)


SPELLER = Speller({"pool": 6.0, "open": 6.0, "when": 4.0, "does": 4.0, "the": 3.0, "ticket": 7.0})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("when does the pool open", "when does the pool open"),
        ("whendoesthepoolopen", "when does the pool open"),
        ("when does the po ol open", "when does the pool open"),
        ("wheu does the pool opem", "when does the pool open"),
        ("mickem", "ticket"),  # T is read as M
        ("tcket", "ticket"),
        ("tiiket", "ticket"),
        ("zzzz", ""),
        ("", ""),
    ],
)
def test_words_are_found_in_letters(text: str, words: str) -> None:
    assert " ".join(found.word for found in SPELLER.read(text).best) == words


def test_letters_of_no_word_are_lost() -> None:
    spelled = SPELLER.read("the zqxv pool")
    assert spelled.letters == "thezqxvpool"
    assert [at for at, lost in enumerate(spelled.lost) if lost] == [3, 4, 5, 6]


def test_what_the_reader_confuses_is_cheap() -> None:
    substitution, omission, insertion = costs()
    t, m, w = (CODES[c] for c in "tmw")
    assert substitution[t, t] < 0.5 < substitution[t, m] < substitution[t, w]
    assert min(substitution.min(), omission.min(), insertion) > 0
    read, _, _ = table()
    for letter, row in read.items():
        assert letter in row
        assert sum(row.values()) == pytest.approx(1, abs=0.03)


@given(st.text(max_size=400))
def test_any_text_is_read(text: str) -> None:
    spelled = SPELLER.read(plain(text))
    assert len(spelled.letters) <= MAX_LETTERS
    assert len(spelled.lost) == len(spelled.letters)
    covered = sum(found.end - found.start for found in spelled.best) + sum(spelled.lost)
    assert covered == len(spelled.letters)
    assert all(0 < found.weight <= 1 for found in spelled.words)


@pytest.mark.parametrize(
    "words",
    ["open opens opened opening", "ticket tickets", "city cities", "stop stopped stopping",
     "bus buses", "glass glasses", "box boxes", "close closes closed closing"],
)  # fmt: skip
def test_forms_of_a_word_have_one_stem(words: str) -> None:
    assert len({stem(word) for word in words.split()}) == 1


def test_the_lists_of_words_are_what_they_should_be() -> None:
    assert len(english()) > 15_000
    assert all(word.isascii() and word.isalpha() and word.islower() for word in english())
    assert stem("cost") in related()[stem("price")]


def test_the_corpus_is_large_enough() -> None:
    index = Index(retrieval.HERE / "corpus")
    index.refresh()
    assert len(index) >= 200
    assert len(retrieval.questions()) >= 100
    assert len(retrieval.unanswerable()) >= 50
    there = {
        (e.passage.path, e.passage.heading.rsplit(" > ", 1)[-1]) for e in index.entries.values()
    }
    for text, wanted in retrieval.questions():
        assert wanted <= there, text


@pytest.mark.parametrize("spaced", [True, False])
@pytest.mark.parametrize(("share", "least"), [(0.0, 0.95), (0.15, 0.85)])
def test_passages_are_found(
    town: Searcher, share: float, least: float, spaced: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A quarter of the questions, misread once; `python -m benchmarks.retrieval` asks all."""
    monkeypatch.setattr(retrieval, "DRAWS", 1)
    row = retrieval.measure(town, retrieval.questions()[1::4], share, spaced)
    assert row["recall@3"] >= least


def test_what_no_document_says_is_not_answered(town: Searcher) -> None:
    row = retrieval.refused(town, retrieval.unanswerable(), 0.0, True)
    assert row["unknown"] >= 0.9


def test_a_question_without_end_takes_a_bounded_time(town: Searcher) -> None:
    for text in ("when does the pool open " * 250, "a" * 5000, "e n " * 1300, "?" * 5000, "\0"):
        assert len(town.search(text)) <= 3


def test_misreading_is_by_the_readers_confusions() -> None:
    rng = Random(3)
    text = "gate tax make" * 200
    read = misread(text, 0.15, rng)
    assert misread(text, 0.0, rng) == text
    assert read.count("p") > read.count("f"), "G is read as P, not as F"
    assert abs(len(read) - len(text)) < 0.2 * len(text)


def test_a_question_among_other_words_of_sqlite_is_only_a_question(town: Searcher) -> None:
    for text in ('pool" OR "x', "pool NEAR(sauna)", "pool*", "NOT pool", "'; DROP TABLE passages"):
        assert len(town.search(text)) <= 3
    assert town.answer("sauna for women")[0].passage.path == "pool.md"


def test_no_path_out_of_the_folder_is_kept(town: Searcher) -> None:
    for hit in town.search("sauna"):
        assert not Path(hit.passage.path).is_absolute()
