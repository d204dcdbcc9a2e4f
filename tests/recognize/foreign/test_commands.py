"""``ishara models check`` and ``inspect`` of a folder that others made, and the daemon's way."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edge.cli import main
from edge.config import RecognizeConfig
from edge.errors import ConfigError
from edge.landmarks import Parts
from edge.recognize import alphabet, fingerprint, open_recognizer, parts
from tests.foreign_models import COMPETITION, folder

COLUMNS = ("x_right_hand_0", "x_left_hand_0", "y_pose_11")
TEXTS = {"x_right_hand_0": "hand"}


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return folder(tmp_path / "theirs", COLUMNS, TEXTS, empty="else")


def test_a_folder_that_will_run(bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "check", str(bundle)]) == 0
    said = capsys.readouterr().out
    assert said.endswith("\nit will run\n")
    assert "takes        3 columns (right_hand 1, left_hand 1, pose 1), NaN for missing" in said
    assert "by the holistic tracker" in said
    assert "it says 'else', which is never published" in said


def test_what_is_wrong_is_said_line_by_line(
    bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (bundle / "inference_args.json").write_text('{"selected_columns": ["x_foot_1"]}')
    (bundle / "model.tflite").write_bytes(b"")
    assert main(["models", "check", str(bundle)]) == 78
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 2
    assert said[0].startswith("wrong: inference_args.json selects columns that there are not")
    (bundle / "inference_args.json").write_text(json.dumps({"selected_columns": COLUMNS}))
    assert main(["models", "check", str(bundle)]) == 78
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("wrong: model ")
    assert said[1:] == ["it will not run"]


def test_a_shipped_bundle_will_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "check", "ishara-stream"]) == 0
    assert capsys.readouterr().out.endswith("\nit will run\n")


def test_inspect_knows_it(bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "inspect", str(bundle)]) == 0
    assert capsys.readouterr().out.startswith(f"theirs (a model of others: foreign) in {bundle}\n")
    assert main(["models", "inspect", str(bundle), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["parts"] == {"right_hand": 1, "left_hand": 1, "pose": 1}
    assert report["alphabet"] == COMPETITION


@pytest.mark.parametrize("gone", ["model.tflite", "inference_args.json"])
def test_inspect_never_says_that_there_is_no_bundle(
    bundle: Path, gone: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (bundle / gone).unlink()
    assert main(["models", "inspect", str(bundle)]) == 78
    said = capsys.readouterr().err
    assert said == f"ishara: bundle {bundle}: {gone} is missing: put it into the folder\n"


def test_it_is_opened_as_any_bundle(bundle: Path) -> None:
    config = RecognizeConfig(bundle=str(bundle), window=70)
    assert open_recognizer(config).alphabet == alphabet(config) == COMPETITION
    assert parts(config) == Parts(2, pose=True)
    assert parts(RecognizeConfig()) == Parts()
    assert parts(RecognizeConfig(bundle="none")) == Parts()


def test_a_change_of_any_file_is_another_bundle(bundle: Path) -> None:
    config = RecognizeConfig(bundle=str(bundle))
    prints = {fingerprint(config)}
    (bundle / "character_to_prediction_index.json").write_text(
        json.dumps({char: n for n, char in enumerate(COMPETITION)})
    )
    prints.add(fingerprint(config))
    (bundle / "model.tflite").write_bytes(b"other")
    prints.add(fingerprint(config))
    assert len(prints) == 3
    (bundle / "model.tflite").unlink()
    assert fingerprint(config) == ""


def test_what_is_expected_must_be_in_its_alphabet(bundle: Path) -> None:
    open_recognizer(RecognizeConfig(bundle=str(bundle), expect="digits"))
    (bundle / "character_to_prediction_index.json").write_text('{"a": 0}')
    with pytest.raises(ConfigError, match="reads no digits"):
        open_recognizer(RecognizeConfig(bundle=str(bundle), expect="digits"))


def test_it_is_read_without_words(bundle: Path, tmp_path: Path) -> None:
    names = tmp_path / "names.txt"
    names.write_text("anna\n")
    for config in (
        RecognizeConfig(str(bundle), words=str(names)),
        RecognizeConfig(str(bundle), words=str(names), words_only=True),
        RecognizeConfig(str(bundle), lexicon="english"),
    ):
        with pytest.raises(ConfigError, match="read without words"):
            open_recognizer(config)
    recognizer = open_recognizer(RecognizeConfig(str(bundle)))
    assert recognizer.words is None
    assert recognizer.use_words(None) == []
