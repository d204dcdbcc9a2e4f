from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from numpy.testing import assert_allclose

from edge.recognize.hand_features import palm
from models.training.data import manifest
from models.training.data.hands import (
    DEVELOPMENT_SIGNERS,
    EVALUATION_ONLY,
    LETTERS,
    SOURCES,
    Source,
    chirality,
    images,
    normal,
    training,
    turned_right,
)
from models.training.synthesis.pose import matrix, rotation
from models.training.synthesis.pose_library import build_library
from tests.models.conftest import flat_hand


def test_nobody_is_on_two_sides(data: Path) -> None:
    train = {s.name for s in training(data)}
    development = {s.name for s in training(data, development=True)}
    validation = {s.name for s in images(data, "validation")}
    assert development == set(DEVELOPMENT_SIGNERS)
    assert len(validation) == 7
    assert not train & development
    assert not validation & (train | development)


def test_hands_are_normal_and_right(data: Path) -> None:
    for source in images(data, "validation"):
        assert_allclose(palm(source.hands), 1, atol=1e-3)
        assert_allclose(source.hands[:, 0], 0, atol=1e-6)
        upright = source.hands[source.letters == "b"]
        assert (upright[:, 5, 0] > upright[:, 17, 0]).mean() > 0.9


def test_the_bank_of_real_hands_has_every_letter_of_everyone(data: Path) -> None:
    library = build_library(training(data)[:6], data, 0)
    for signer in library.signers:
        assert set(LETTERS) <= set(signer.letters)
        assert all(len(rows) for rows in signer.letters.values())
    assert len(library.moving["j"]) > 50
    assert len(library.moving["z"]) > 50
    assert np.isfinite(library.poses.bones).all()


def test_the_data_are_those_of_the_manifest(data: Path) -> None:
    assert manifest.differing(data) == []


def test_a_file_that_was_changed_is_named(tmp_path: Path) -> None:
    for row in manifest.listed():
        (tmp_path / row["file"]).write_bytes(b"")
    assert manifest.differing(tmp_path) == [row["file"] for row in manifest.listed()]


def test_digits_and_live_clips_are_among_the_training_signers(data: Path) -> None:
    sources = training(data)
    assert any(set("0123456789") <= set(s.letters.tolist()) for s in sources)
    clips = [s for s in sources if s.file == "letter_clips.train"]
    assert len(clips) >= 5
    assert not any(set("jz") & set(s.letters.tolist()) for s in clips)
    assert not {s.name for s in sources} & {*DEVELOPMENT_SIGNERS, *EVALUATION_ONLY}


def curled(rng: np.random.Generator) -> np.ndarray:
    """A right hand whose fingers, but for the index, close towards the palm and the camera."""
    hand = flat_hand(rng)
    for tip in (12, 16, 20):
        hand[tip] = hand[tip - 3] + (0, 0.1, -0.3)
    return hand


def test_chirality_is_of_the_hand_and_not_of_how_it_is_held() -> None:
    rng = np.random.default_rng(0)
    hands = np.stack([curled(rng) for _ in range(40)])
    hands = hands @ matrix(rotation(rng.normal(0, 2, (40, 3)))).transpose(0, 2, 1)
    assert (chirality(hands) > 0).all()
    assert (chirality(hands * [-1, 1, 1]) < 0).all()


def test_rows_of_both_hands_become_right_ones() -> None:
    rng = np.random.default_rng(0)
    hands = np.stack([curled(rng) for _ in range(6)])
    mixed = hands * np.where(np.arange(6) % 2, -1, 1)[:, None, None] ** [1, 0, 0]
    source = Source("x", "letters_static.train", normal(mixed), np.repeat("d", 6))
    assert_allclose(turned_right(source, 0, 1).hands, normal(hands), atol=1e-6)
    assert_allclose(turned_right(source, -1, 1).hands[1::2], normal(hands[1::2]), atol=1e-6)


def test_the_rows_that_were_decided_are_right_hands(data: Path) -> None:
    with SOURCES.open(newline="") as text:
        mixed = {row["source"] for row in csv.DictReader(text) if row["sign"] == "0"}
    assert mixed
    found = [s for s in training(data) if s.name in mixed and s.file != "letters_images.train"]
    assert {s.name for s in found} == mixed
    for source in found:
        closed = source.hands[np.isin(source.letters, list("asdi"))]
        if len(closed):
            assert (chirality(closed) >= 0).mean() > 0.99
