"""The commands around a training, each run as it is typed, on a network too small to read."""

from __future__ import annotations

import csv
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from edge.recognize.bundle import load  # noqa: E402
from edge.recognize.model import StreamingModel  # noqa: E402
from models.training import ablate, export  # noqa: E402
from models.training.evaluation import motion, real_phrases  # noqa: E402
from models.training.evaluation.samples import Sample  # noqa: E402
from models.training.evaluation.transcripts import decode_sample, make_decoders  # noqa: E402
from models.training.learning.checkpoint import FILE  # noqa: E402
from models.training.learning.config import TrainingConfig  # noqa: E402
from models.training.train import main as train  # noqa: E402

SMALL = ["--dim", "32", "--blocks", "1", "1", "--batch", "4", "--full-every", "0"]


@pytest.fixture(scope="module")
def run(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    train(["--data", str(data), "--out", str(folder), "--steps", "2", *SMALL])
    return folder


def typed(monkeypatch: pytest.MonkeyPatch, *words: object) -> None:
    monkeypatch.setattr(sys, "argv", ["command", *map(str, words)])


def test_export_makes_a_bundle_the_daemon_runs(
    run: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(monkeypatch, run / FILE, "--data", data, "--out", tmp_path / "tiny", "--blank", 0.6)
    monkeypatch.setattr(export, "_WINDOWS", 4)
    export.main()
    bundle = load(tmp_path / "tiny")
    assert bundle.costs.blank_bias == pytest.approx(np.log(0.6), abs=1e-3)
    assert bundle.provenance["steps"] == 2
    assert bundle.language_model is None
    model = StreamingModel(bundle)
    scores = np.stack([model.step(np.zeros(bundle.width, np.float32)) for _ in range(3)])
    assert scores.shape == (3, 1 + len(bundle.alphabet))
    np.testing.assert_allclose(np.exp(scores).sum(1), 1, atol=1e-3)
    transcript = decode_sample(
        make_decoders(bundle.alphabet, bundle.costs)["beam"],
        scores,
        Sample("", "nobody", 0, "static", scores, ()),
    )
    assert len(transcript.chars) <= 3


def test_an_ablation_fills_its_table_and_resumes(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tiny = TrainingConfig(dim=32, blocks=(1, 1), batch=4, full_every=0)
    asked = [("full configuration", replace(tiny, sets="ten")), ("without CutMix", tiny)]
    monkeypatch.setattr(ablate, "variants", lambda: asked[:1])
    typed(monkeypatch, "--data", data, "--out", tmp_path, "--steps", 1)
    ablate.main()
    monkeypatch.setattr(ablate, "variants", lambda: asked)
    ablate.main()
    with (tmp_path / "results.csv").open(newline="") as text:
        rows = list(csv.DictReader(text))
    assert [(row["sets"], row["variant"]) for row in rows] == [
        ("ten", "full configuration"), ("hand", "without CutMix"),
    ]  # fmt: skip
    assert float(rows[0]["real_cer"]) >= 0.5
    assert rows[1]["real_cer"] == ""
    shown = capsys.readouterr().out
    assert shown.count("1 of 1:") == 2
    assert "| without CutMix | 1 |" in shown


def test_every_variant_leaves_out_what_there_is() -> None:
    names = [(config.sets, name, config.seed) for name, config in ablate.variants()]
    assert len(set(names)) == len(names) > 30


def test_the_real_phrases_are_read_as_they_are(data: Path) -> None:
    phrases = real_phrases.phrases(data)
    assert [text.split()[0] for text, _ in phrases] == ["the", "what", "wishful"]
    for _, features in phrases:
        index, little = features[:, 4:6], features[:, 16:18]
        assert (features[:, 20] == 1).all()
        assert np.median(index[:, 1]) < -0.5  # fingers up
        assert np.median(index[:, 0] - little[:, 0]) > 0  # thumb side to the right
    readings = real_phrases.read(TrainingConfig(dim=32, blocks=(1, 1), sets="ten").model(38), data)
    assert [r.truth for r in readings] == [text for text, _ in phrases]
    assert " " not in real_phrases.unspaced(readings)[0].truth


def test_motion_tells_real_from_made_and_draws_them(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(motion, "_SYNTHESISED", 2)
    typed(monkeypatch, "--data", data, "--out", tmp_path / "motion.png")
    motion.main()
    lines = capsys.readouterr().out.splitlines()
    assert sum("| real |" in line for line in lines) == 3
    assert sum("| made, " in line for line in lines) == 6
    assert (tmp_path / "motion.png").read_bytes()[:4] == b"\x89PNG"


def test_a_hand_that_stands_upright_and_still_has_no_motion() -> None:
    hand = np.zeros((4, 10, 2), np.float32)
    hand[:, (2, 4, 6, 8)] = [(0.3, -1), (0.1, -1), (-0.1, -1), (-0.3, -1)]
    figures = motion.motion(np.concatenate([hand.reshape(4, 20), np.ones((4, 1))], 1)).figures()
    assert figures["still_share"] == 1
    assert figures["lean_p10_p90"] == figures["width_p10_p90"] == 0
