"""The lists of a foreign bundle: one clear line about each thing that is wrong."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from edge.errors import ConfigError
from edge.recognize.foreign.folder import COMPETITION, examine, is_foreign, load
from tests.foreign_models import COMPETITION as EXPECTED

ARGUMENTS, CHARACTERS = "inference_args.json", "character_to_prediction_index.json"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "model.tflite").write_bytes(b"model")
    (tmp_path / ARGUMENTS).write_text('{"selected_columns": ["z_pose_11", "x_face_0", "frame"]}')
    return tmp_path


def test_a_folder_is_read(folder: Path) -> None:
    bundle = load(folder)
    assert bundle.columns.names == ("z_pose_11", "x_face_0", "frame")
    assert np.isnan(bundle.columns.missing)
    assert bundle.alphabet == COMPETITION == EXPECTED
    assert len(COMPETITION) == 59
    assert (bundle.model.data, bundle.name) == (b"model", folder.name)


def test_its_own_characters_and_zeros_are_taken(folder: Path) -> None:
    (folder / CHARACTERS).write_text('{"b": 1, "a": 0, "~": 2}')
    (folder / ARGUMENTS).write_text('{"selected_columns": ["x_face_0"], "missing": 0}')
    bundle = load(folder)
    assert (bundle.alphabet, bundle.columns.missing) == ("ab~", 0)


def test_a_bundle_of_this_program_is_not_foreign(folder: Path) -> None:
    assert is_foreign(folder)
    (folder / "bundle.toml").write_text("")
    assert not is_foreign(folder)
    assert not is_foreign(folder / "none")


def columns(*names: object) -> str:
    return json.dumps({"selected_columns": names})


WRONG = {
    "no list": ("{}", 'has no list "selected_columns"'),
    "a text": ('{"selected_columns": "x_face_0"}', "has no list"),
    "not a table": ("[1]", "has no list"),
    "numbers": (columns("x_face_0", 3), "are not all texts"),
    "none selected": (columns(), "selects 0 columns, must be 1 to 1630"),
    "too many": (columns(*["x_face_0"] * 2000), "selects 2000 columns"),
    "twice": (columns("x_face_0", "x_face_0"), "selects x_face_0 twice"),
    "no such part": (columns("x_foot_0"), "columns that there are not .'x_foot_0'."),
    "no such point": (columns("x_face_468"), "'x_face_468'"),
    "no such axis": (columns("w_face_0"), "'w_face_0'"),
    "leading zero": (columns("x_face_007"), "'x_face_007'"),
    "other digits": (columns("x_face_\u0663"), "that there are not"),
    "many strangers": (columns("a", "b", "c", "d", "e"), "'a', 'b', 'c' and 2 more"),
    "a NUL": (columns("x_face_0\0"), r"x00"),
    "long": (columns("x" * 100_000), r"x\.\.\."),
    "no JSON": ('{"selected_columns": [', "is no JSON"),
    "empty": ("", "is no JSON"),
    "deep": ("[" * 100_000, "is no JSON"),
    "endless number": ('{"selected_columns": ' + "9" * 10_000 + "}", "is no JSON"),
    "other missing": (
        '{"selected_columns": ["x_face_0"], "missing": 1}', '"missing" must be "nan" or 0, not 1',
    ),
    "true for 0": ('{"selected_columns": ["x_face_0"], "missing": false}', "must be"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_wrong_arguments_are_one_line(folder: Path, name: str) -> None:
    content, said = WRONG[name]
    (folder / ARGUMENTS).write_text(content)
    with pytest.raises(ConfigError, match=said) as error:
        load(folder)
    assert str(error.value).startswith(f"bundle {folder}: {ARGUMENTS}")
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 600


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[]", "is no table of characters"),
        ("{}", "is no table of characters"),
        ('{"a": 1, "b": 2}', "does not number its characters from 0 on"),
        ('{"a": 0, "b": 0}', "does not number"),
        ('{"a": "0"}', "does not number"),
        ('{"a": true}', "does not number"),
        ('{"ab": 0}', "'ab' is no character"),
        ('{"\\u0000": 0}', "is no character"),
        (json.dumps({chr(n): n for n in range(2000)}), "is no table of characters"),
        ("\x00", "is no JSON"),
    ],
)
def test_wrong_characters_are_one_line(folder: Path, content: str, said: str) -> None:
    (folder / CHARACTERS).write_text(content)
    with pytest.raises(ConfigError, match=said) as error:
        load(folder)
    assert "\n" not in str(error.value)


def test_all_that_is_wrong_is_said(folder: Path) -> None:
    (folder / "model.tflite").unlink()
    (folder / ARGUMENTS).write_text("{}")
    (folder / CHARACTERS).write_text("[]")
    wrong: list[str] = []
    assert examine(folder, wrong.append) is None
    assert [line.split()[0] for line in wrong] == [ARGUMENTS, CHARACTERS, "model.tflite"]


def test_files_that_are_none_are_refused_at_once(folder: Path) -> None:
    (folder / ARGUMENTS).unlink()
    os.mkfifo(folder / ARGUMENTS)
    with pytest.raises(ConfigError, match=r"cannot be read .not a regular file."):
        load(folder)
    (folder / ARGUMENTS).unlink()
    (folder / ARGUMENTS).write_bytes(b" " * (2 << 20))
    with pytest.raises(ConfigError, match=r"cannot be read .it has more than"):
        load(folder)
    (folder / ARGUMENTS).unlink()
    with pytest.raises(ConfigError, match="is missing: put it into the folder"):
        load(folder)
