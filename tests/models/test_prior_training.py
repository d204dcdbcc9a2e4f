"""Making a prior of the texts, and measuring ways to decode by kind of text."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from edge.recognize.decode import Costs
from edge.recognize.prior import Prior
from models.training.aslfr.characters import ALPHABET
from models.training.prior.__main__ import cost, main
from models.training.prior.build import build
from models.training.prior.corpus import SHARES, corpus
from models.training.prior.measure import Heard, decoded, hear, rates, ways
from models.training.synthesis.items import items
from models.training.synthesis.pose_library import PoseLibrary
from models.training.synthesis.texts import Texts

SYMBOLS = 1 + len(ALPHABET)


def spelled(text: str, doubt: dict[int, str] | None = None) -> np.ndarray:
    """Log-probabilities, three ticks a character; those in ``doubt`` are likelier another."""
    chances = np.full((3 * len(text) + 3, SYMBOLS), 0.001)
    for n, char in enumerate(text):
        rows = chances[3 * n : 3 * n + 3]
        rows[:2, 1 + ALPHABET.index(char)] = 0.9
        rows[2, 0] = 0.9
        if other := (doubt or {}).get(n):
            rows[:2, 1 + ALPHABET.index(char)] = 0.45
            rows[:2, 1 + ALPHABET.index(other)] = 0.55
    chances[-3:, 0] = 0.9
    return np.log(chances / chances.sum(1, keepdims=True)).astype(np.float32)


def test_the_corpus_is_the_training_part_each_kind_with_its_share(
    folder: Path,
) -> None:
    pairs = corpus(Texts(folder))
    size: dict[str, float] = dict.fromkeys(SHARES, 0.0)
    whole = 0.0
    for text, weight in pairs:
        whole += weight * (len(text) + 1)
        for kind in ("names", "places", "addresses", "urls"):
            assert text not in items(kind, "held-out")
            if text in items(kind, "train"):
                size[kind] += weight * (len(text) + 1)
                break
    for kind in ("names", "places", "addresses", "urls"):
        assert size[kind] / whole == pytest.approx(SHARES[kind], abs=0.03), kind


@pytest.fixture
def file(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A prior, built as from the shell."""
    out = tmp_path / "out" / "prior.npz"
    monkeypatch.setattr(sys, "argv", ["prior", "--data", str(folder), "--out", str(out)])
    main()
    return out


def test_a_prior_is_small_the_same_each_time_and_foretells_what_it_has_not_seen(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert file.stat().st_size < 500_000
    first = file.read_bytes()
    main()
    assert file.read_bytes() == first
    assert "nats" in capsys.readouterr().out
    prior = Prior.load(file)
    assert prior.alphabet == ALPHABET
    for kind in ("names", "places", "addresses", "urls"):
        held = [(text, 1.0) for text in items(kind, "held-out")[:100]]
        assert cost(prior, held) < 0.75 * np.log(len(ALPHABET)), kind


def test_rates_are_by_kind_and_by_way(file: Path) -> None:
    heard = [
        Heard("names", "james west", "one", spelled("james west", {4: "q", 8: "x"})),
        Heard("numbers", "2016", "one", spelled("2016")),
    ]
    found = rates(heard, ways(ALPHABET, Costs(), Prior.load(file), [0.5]))
    assert list(found) == ["names", "numbers", "all"]
    assert found["names"] == {"greedy": 0.2, "beam": 0.2, "+0.5": 0.0}
    assert found["numbers"] == dict.fromkeys(("greedy", "beam", "+0.5"), 0.0)
    assert found["all"]["beam"] == pytest.approx(2 / 14)


def test_what_texts_cost_is_the_mean_of_the_answers() -> None:
    prior = Prior(build([("ab", 1.0)] * 5, "ab "))
    by_hand = [prior.logp(" ")[0], prior.logp(" a")[1], prior.logp(" ab")[2]]
    assert cost(prior, [("ab", 2.0)]) == pytest.approx(-np.mean(by_hand))


def test_every_kind_is_heard_of_every_signer(library: PoseLibrary, texts: Texts) -> None:
    def reader(features: np.ndarray) -> np.ndarray:
        assert features.shape[0] < 480
        return spelled("ok")

    heard = hear(reader, library, texts, ALPHABET, 1, 2, 0)
    kinds = {"words", "names", "places", "urls", "random letters"}
    assert kinds <= {h.kind for h in heard}
    assert {h.signer for h in heard} == {"one", "two"}
    assert all(len(h.truth) >= 8 for h in heard)
    assert not any(char.isdigit() for h in heard for char in h.truth)
    assert decoded(ways(ALPHABET, Costs(), None, [])["greedy"], heard[0].log_probs) == "ok"
