"""What is spelled: the alphabet, the kinds and their shares, and that held-out is held out."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from models.training.aslfr.characters import ALPHABET
from models.training.synthesis.items import items, part_of, spelled
from models.training.synthesis.texts import KINDS, TEST_PHRASES, Texts


def digits(text: str) -> bool:
    return any(char.isdigit() for char in text)


def test_accents_and_marks_are_dropped() -> None:
    assert spelled("Jürgen  O'Brien-Muñoz\n") == "jurgen obrienmunoz"
    assert spelled("https://www.Straße.de/a_1") == "httpswwwstrassedea1"


@pytest.mark.parametrize("part", ["train", "held-out"])
def test_all_kinds_are_spelled_in_the_alphabet(folder: Path, part: str) -> None:
    texts, rng = Texts(folder, part), np.random.default_rng(1)
    for kind in KINDS:
        for text in [texts.kind(kind, rng) for _ in range(200)]:
            assert text.strip() == text != "", kind
            assert set(text) <= set(ALPHABET), (kind, text)


@pytest.mark.parametrize("kind", ["names", "places", "numbers", "addresses", "urls"])
def test_items_are_many_and_parted(kind: str) -> None:
    train, held = set(items(kind, "train")), set(items(kind, "held-out"))
    assert 1000 < len(train) <= 3000
    assert 0.08 < len(held) / len(train | held) < 0.22
    assert not train & held


def test_names_are_parted_by_the_family_name() -> None:
    train = {name.split()[-1] for name in items("names", "train")}
    held = {name.split()[-1] for name in items("names", "held-out")}
    assert len(held) > 100
    assert not train & held


def test_drawn_texts_stay_in_their_part(folder: Path) -> None:
    train, held = Texts(folder), Texts(folder, "held-out")
    for kind in ("phrases", "words"):
        rng = np.random.default_rng(2)
        ours, theirs = ({t.kind(kind, rng) for _ in range(2000)} for t in (train, held))
        assert {part_of(text) for text in ours} == {"train"}
        assert {part_of(text) for text in theirs} == {"held-out"}
        assert not (ours | theirs) & set(TEST_PHRASES)


def test_shares(folder: Path) -> None:
    texts, rng = Texts(folder), np.random.default_rng(3)
    drawn = [texts.draw(rng) for _ in range(2000)]
    assert all(39 <= len(text) <= 110 for text in drawn)
    assert 0.08 < np.mean([digits(text) for text in drawn]) < 0.15
    words = {*texts.words, *" ".join(items("names", "train")).split()}
    assert 0.4 < np.mean([bool(words & set(text.split())) for text in drawn]) < 0.62
    # A quarter of the random groups have a letter doubled on purpose, and some by chance.
    groups = [texts.kind("random letters", rng) for _ in range(4000)]
    doubled = np.mean([any(a == b for a, b in pairwise(g)) for g in groups])
    assert 0.3 < doubled < 0.45
    assert {len(group) for group in groups} == set(range(1, 11))


def test_letters_only(folder: Path) -> None:
    texts, rng = Texts(folder, digits=False), np.random.default_rng(4)
    drawn = [texts.draw(rng) for _ in range(2000)]
    assert not any(digits(text) for text in drawn)
    assert not any(digits(texts.kind("urls", rng)) for _ in range(500))
    for kind in ("numbers", "addresses", "poems"):
        with pytest.raises(ValueError, match=kind):
            texts.kind(kind, rng)


def test_the_same_in_every_process(folder: Path) -> None:
    """Producers are processes of their own, and must hold out the same."""
    program = (
        "import numpy, sys; from pathlib import Path;"
        "from models.training.synthesis.texts import Texts;"
        "rng = numpy.random.default_rng(5); texts = Texts(Path(sys.argv[1]));"
        "print([texts.draw(rng) for _ in range(50)])"
    )
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", program, str(folder)]
    said = {subprocess.check_output(command, cwd=root, text=True) for _ in range(2)}
    rng, texts = np.random.default_rng(5), Texts(folder)
    assert said == {f"{[texts.draw(rng) for _ in range(50)]}\n"}
