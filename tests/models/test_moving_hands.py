"""Moving hands in the card: the table of all hands, the real sequences, and what the clips were."""

from __future__ import annotations

import json
import math
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the training extra (make test-training)")

from edge.errors import UserError  # noqa: E402
from models.training.evaluation import moving_hands, outcomes, readme, real_phrases  # noqa: E402
from models.training.evaluation.arrival import Arrivals  # noqa: E402
from models.training.evaluation.figures import written  # noqa: E402
from models.training.evaluation.metrics import Reading  # noqa: E402
from models.training.evaluation.moving_hands import MovingHands, Played  # noqa: E402
from models.training.evaluation.overview import overview, tables  # noqa: E402
from models.training.evaluation.transitions import LETTER, Condition, Performance  # noqa: E402
from models.training.learning.config import TrainingConfig  # noqa: E402

FAST = Condition(0.15, 0.0)


@pytest.fixture
def moving() -> MovingHands:
    def performed(*shown: tuple[str, str, Condition]) -> outcomes.Performed:
        texts = iter([read for _, read, _ in shown])
        made = [Performance(truth, c, "right", "near", ()) for truth, _, c in shown]
        return outcomes.evaluate(lambda streams: [next(texts) for _ in streams], made)

    clips = [
        Played("balanced", 1.0, "words", Reading("bear", "bear", "one fluent signer")),
        Played("balanced", 0.5, "words", Reading("bear", "be", "one fluent signer")),
        Played("balanced", 1.0, "words", Reading("ok", "o", "the others")),
        Played("accurate", 1.0, "words", Reading("ok", "", "the others")),
        Played("balanced", 1.0, "letters", Reading("a", "wa", "the others")),
    ]
    return MovingHands(
        performed(("an", "a", LETTER), ("an", "", FAST), ("at", "at", FAST)),
        performed(("a", "a", LETTER), ("b", "", LETTER)),
        Arrivals((0.1, 0.5, math.nan)),
        (Reading("the imagination", "the nation"),),
        (Reading("3 creekhouse", ""),),
        "half of them",
        tuple(clips),
    )


def test_real_and_drawn_hands_come_before_synthesised_ones(moving: MovingHands) -> None:
    table = overview(moving, {"static_right": 0.95, "phrase_cer": 0.08})
    kinds = [name.split(":")[0] for name in table]
    assert kinds == (
        ["real, filmed"] * 3 + ["real, ten points"] * 2 + ["drawn"] * 3
        + ["real, still", "synthesised"]
    )  # fmt: skip
    names = list(table)
    assert names[:3] == [
        "real, filmed: letters",
        "real, filmed: words by the others",
        "real, filmed: words by one fluent signer",
    ]
    assert table[names[2]] == {"wrong": 0.0, "exact": "1 of 1", "wrong_at_0.5x": 0.5}
    assert table["drawn: letters from rest, held 1 s, back"] == {"wrong": 0.5, "exact": "1 of 2"}
    assert table["drawn: words, worst of 2 speeds and holds"]["wrong"] == 0.5


def test_what_was_not_measured_is_left_out(moving: MovingHands) -> None:
    less = replace(moving, phrases=(), sequences=(), clips=())
    table = overview(less, {"static_right": 0.95, "phrase_cer": 0.08})
    assert next(iter(table)).startswith("drawn")
    assert tables(less)["real_clips"] == {}


def test_the_tables_can_be_written(moving: MovingHands) -> None:
    found = {"overview": overview(moving, {"static_right": 0.9, "phrase_cer": 0.1})}
    found |= tables(moving)
    assert tomllib.loads(written("a = 1\n", found))["figures"] == found
    assert found["drawn_letters"][LETTER.name]["wrong"] == "b nothing 1"
    assert list(found["real_words_by_signer"]) == [
        "the others, accurate, 1x", "one fluent signer, balanced, 0.5x",
        "the others, balanced, 1x", "one fluent signer, balanced, 1x",
    ]  # fmt: skip


def test_the_readme_gets_the_same_table(moving: MovingHands) -> None:
    table = overview(moving, {"static_right": 0.95, "phrase_cer": 0.08})
    once = readme.replaced(f"before\n{readme.BEGIN}\nanother table\n{readme.END}\nafter", table)
    assert readme.markdown(table) in once
    assert "|real, filmed: words by one fluent signer|0.0|1 of 1|50.0|" in once
    assert "another table" not in once
    assert readme.replaced(once, table) == once
    with pytest.raises(ValueError, match="figures"):
        readme.replaced("nothing", table)


def test_clips_of_another_model_are_refused(tmp_path: Path) -> None:
    row = {"profile": "balanced", "speed": 1.0, "group": "words", "truth": "ok", "read": "o"}
    file = tmp_path / "real.json"
    file.write_text(json.dumps({"bundle": "abc", "clips": [{**row, "signer": "fluent-1"}]}))
    (clip,) = moving_hands.played(file, "abc")
    assert clip.reading.signer == "one fluent signer"
    with pytest.raises(UserError, match="another model"):
        moving_hands.played(file, "def")
    file.write_text("{}")
    with pytest.raises(UserError, match="whole_path real"):
        moving_hands.played(file, "abc")


def test_missing_points_lie_on_the_line_between_known_ones() -> None:
    points = np.repeat(np.random.default_rng(0).uniform(0.3, 0.7, (1, 21, 2)), 30, 0)
    points[:, 5, 0], points[:, 17, 0] = 0.3, 0.7  # a hand whose thumb is on the left
    points[:, 8, 1] = np.linspace(0, 1, 30)
    whole = real_phrases._sequence("a", points)
    points[10, 8] = np.nan
    points[12:15] = np.nan
    points[20:29] = np.nan
    found = real_phrases._sequence("a", points)
    assert found.frames == (18, 30)
    assert found.filled == pytest.approx(1 / (18 * 11))
    assert (found.features[:20, 20] == 1).all()
    assert not found.features[20:29].any()
    assert found.features[:20] == pytest.approx(whole.features[:20], abs=1e-5)
    assert found.features[0, 4] > found.features[0, 16]  # mirrored: the thumb is on the right


def test_the_five_sequences_are_read(data: Path) -> None:
    found = real_phrases.five(data)
    assert [s.text.split()[0] for s in found] == [
        "3",
        "1942",
        "952-948-4815",
        "695",
        "guatemalagob",
    ]
    for sequence in found:
        assert np.isfinite(sequence.features).all()
        index, little = sequence.features[:, 4], sequence.features[:, 16]
        assert np.median((index - little)[sequence.features[:, 20] == 1]) > 0
    model = TrainingConfig(dim=32, blocks=(1, 1), sets="ten").model(38)
    assert [r.truth for r in real_phrases.read_five(model, data)] == [s.text for s in found]
    assert "37 % of the 777 frames" in moving_hands._missing(found)
