from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.testing import assert_allclose

from edge.recognize.features import palm
from models.training.data import manifest
from models.training.data.hands import CHOOSING, LETTERS, UNSEEN, images, training
from models.training.synthesis.bank import build


def test_nobody_is_on_two_sides(data: Path) -> None:
    train = {s.name for s in training(data)}
    choosing = {s.name for s in training(data, choosing=True)}
    validation = {s.name for s in images(data, "validation")}
    assert choosing == set(CHOOSING)
    assert len(validation) == 7
    assert not train & choosing
    assert not validation & (train | choosing)


def test_hands_are_normal_and_right(data: Path) -> None:
    for source in images(data, "validation"):
        assert_allclose(palm(source.hands), 1, atol=1e-3)
        assert_allclose(source.hands[:, 0], 0, atol=1e-6)
        upright = source.hands[source.letters == "b"]
        assert (upright[:, 5, 0] > upright[:, 17, 0]).mean() > 0.9


def test_the_bank_of_real_hands_has_every_letter_of_everyone(data: Path) -> None:
    bank = build(training(data)[:6], data, 0)
    for signer in bank.signers:
        assert set(LETTERS) <= set(signer.letters)
        assert all(len(rows) for rows in signer.letters.values())
    assert len(bank.moving["j"]) > 50
    assert len(bank.moving["z"]) > 50
    assert np.isfinite(bank.poses.bones).all()


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
    assert not {s.name for s in sources} & {*CHOOSING, *UNSEEN}
