from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from models.training.data import clean
from models.training.data.hands import Source, normal

from .conftest import flat_hand


def fist(rng: np.random.Generator) -> np.ndarray:
    hand = flat_hand(rng)
    hand[[3, 4, 7, 8, 11, 12, 15, 16, 19, 20], 1] += 1.2
    return hand


def shown(name: str, rng: np.random.Generator, **letters: object) -> Source:
    hands = [form(rng) for form in letters.values() for _ in range(60)]  # type: ignore[operator]
    return Source(name, "letters", normal(np.stack(hands)), np.repeat(list(letters), 60))


def test_a_letter_that_is_another_to_all_others_is_dropped_and_a_rare_one_kept(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(0)
    sources = [shown(f"signer{n}", rng, a=fist, b=flat_hand) for n in range(8)]
    sources.append(shown("wrong", rng, a=fist, b=fist))
    sources.append(shown("rare", rng, a=fist, y=flat_hand))
    monkeypatch.setattr(clean, "training", lambda data, rows: sources)
    rows = [{"file": "letters", "source": s.name, "dropped": ""} for s in sources]
    clean.again(rows, Path())
    dropped = {row["source"]: row["dropped"] for row in rows if row["dropped"]}
    assert dropped == {"wrong": "b"}
    assert "wrong also b" in capsys.readouterr().out
