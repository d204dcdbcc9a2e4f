"""Foreign models: what they take, what they say, and what they say to nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge.errors import ConfigError
from edge.recognize.foreign.folder import load
from edge.recognize.foreign.model import ForeignModel
from tests.foreign_models import folder

COLUMNS = ("y_right_hand_3", "x_pose_11")
TEXTS = {"y_right_hand_3": "hand", "x_pose_11": "pose"}


def made(path: Path, **options: object) -> ForeignModel:
    return ForeignModel(load(folder(path, COLUMNS, TEXTS, **options)))


@pytest.mark.parametrize("frames", [1, 7, 70])
def test_it_reads_any_number_of_frames(tmp_path: Path, frames: int) -> None:
    model = made(tmp_path)
    rows = np.full((frames, 2), np.nan, np.float32)
    rows[0] = 0.2, 0.7
    reading = model.read(rows)
    assert reading is not None
    assert reading.text == "pose"
    assert min(reading.confidences) > 0.9
    rows[0] = 0.7, 0.2
    assert model.read(rows).text == "hand"


def test_what_it_says_to_nothing_is_found_and_never_read(tmp_path: Path) -> None:
    model = made(tmp_path, empty="cab ")
    assert model.placeholders == {"", "cab"}
    assert model.read(np.full((30, 2), np.nan, np.float32)) is None
    assert model.read(np.zeros((3, 2), np.float32)) is None


def test_a_model_of_a_fixed_size_is_filled_up(tmp_path: Path) -> None:
    model = made(tmp_path, frames=16)
    assert model.frames == 16
    rows = np.array([[0.1, 0.3]], np.float32)
    assert model.read(rows).text == "pose"


def test_only_what_may_be_read_is(tmp_path: Path) -> None:
    model = made(tmp_path)
    allowed = np.array([char in "0123456789" for char in model.alphabet])
    reading = model.read(np.ones((4, 2), np.float32), allowed)
    assert reading.text.isdigit()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"signature": "other"}, "no signature serving_default .it has other."),
        ({"signature": ""}, "no signature serving_default .it has none."),
        ({"inputs": "frames"}, "the inputs of its model are frames, not inputs"),
        ({"outputs": "logits"}, "the outputs of its model are logits, not outputs"),
        ({"also": True}, "its model wants lengths too"),
    ],
)
def test_another_kind_of_model_is_refused(tmp_path: Path, options: dict, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        made(tmp_path, **options)


def test_columns_and_characters_must_be_those_of_the_model(tmp_path: Path) -> None:
    made(tmp_path)
    (tmp_path / "inference_args.json").write_text('{"selected_columns": ["x_face_0"]}')
    with pytest.raises(ConfigError, match=r"float32 \[-1, 2\], not float32 \[frames, 1\]"):
        ForeignModel(load(tmp_path))
    folder(tmp_path, COLUMNS, TEXTS)
    (tmp_path / "character_to_prediction_index.json").write_text('{"a": 0, "b": 1}')
    with pytest.raises(ConfigError, match=r"float32 \[4, 59\], not float32 \[characters, 2\]"):
        ForeignModel(load(tmp_path))


@pytest.mark.parametrize("content", [b"", b"TFL3", b"\x1c\0\0\0TFL3" + bytes(200)])
def test_what_is_no_model_is_refused(tmp_path: Path, content: bytes) -> None:
    folder(tmp_path, COLUMNS, TEXTS)
    (tmp_path / "model.tflite").write_bytes(content)
    with pytest.raises(ConfigError, match=r"model\.tflite cannot be loaded"):
        ForeignModel(load(tmp_path))


def test_a_model_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    folder(tmp_path, COLUMNS, TEXTS)
    whole = (tmp_path / "model.tflite").read_bytes()
    (tmp_path / "model.tflite").write_bytes(whole[: len(whole) // 3])
    with pytest.raises(ConfigError, match=r"model\.tflite cannot be loaded"):
        ForeignModel(load(tmp_path))
