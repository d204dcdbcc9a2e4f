"""Reading the competition's folder."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import ConfigError
from edge.recognize.hand_features import WIDTH, canonical, encode
from models.training import aslfr
from models.training.aslfr import ASPECT, COLUMNS, SETS, Characters, Folder, Landmarks, columns
from tests.models.test_aslfr_format import (
    REASON,
    SUPPLEMENT,
    TRAIN,
    Made,
    make,
    write_landmarks,
    write_tiny_folder,
)

ALL = [phrase for files in (*TRAIN, *SUPPLEMENT) for phrase in files]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if REASON:
        pytest.skip(REASON)
    return write_tiny_folder(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def root(tiny: Path, tmp_path: Path) -> Path:
    """A copy to spoil."""
    return shutil.copytree(tiny, tmp_path / tiny.name)


def rewrite(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


def found_by_parts(made: Made) -> Landmarks:
    """What should be read of a phrase, taken part by part."""
    points = np.concatenate([made.parts[s.part][:, list(s.points)] for s in SETS], axis=1)
    return Landmarks(SETS, points, np.arange(len(points)))


# The folder


def test_every_phrase_comes_as_it_was_written(root: Path) -> None:
    found = list(Folder(root))
    assert [(p.sequence_id, p.participant, p.text) for p in found] == [
        (made.sequence_id, made.participant, made.text) for made in ALL
    ]
    for phrase, made in zip(found, ALL, strict=True):
        want = found_by_parts(made)
        points = phrase.landmarks.points
        assert points.dtype == np.float32
        assert points.shape == (len(want), 21 + 21 + 40 + 10, 3)
        np.testing.assert_array_equal(points, want.points)
        np.testing.assert_array_equal(phrase.landmarks.frames, want.frames)
        for part in ("left_hand", "right_hand"):
            np.testing.assert_array_equal(phrase.landmarks[part], made.parts[part])


@pytest.mark.parametrize("row_group", [1, 3, 31, 1000])
def test_phrases_may_lie_across_row_groups_and_batches(
    root: Path, row_group: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.training.aslfr.parquet._ROWS", 7)
    write_landmarks(root / "train_landmarks" / "101.parquet", TRAIN[0], row_group)
    found = list(Folder(root, ["train.csv"]))
    assert [len(p.landmarks) for p in found] == [23, 8, 5]
    for phrase, made in zip(found, ALL, strict=False):
        np.testing.assert_array_equal(phrase.landmarks.points, found_by_parts(made).points)


def test_only_the_sets_asked_for_are_read(root: Path) -> None:
    for files in ("train_landmarks/101.parquet", "train_landmarks/201.parquet"):
        write_landmarks(
            root / files, TRAIN[files.endswith("201.parquet")], leave_out=["x_face_0", "z_pose_13"]
        )
    with pytest.raises(ConfigError, match="no column x_face_0"):
        list(Folder(root))
    hands = Folder(root, ["train.csv"], [columns.LEFT_HAND, columns.RIGHT_HAND])
    first = next(iter(hands))
    assert first.landmarks.points.shape == (23, 42, 3)
    assert "face" not in first.landmarks
    with pytest.raises(KeyError):
        first.landmarks["face"]


def test_only_the_rows_asked_for_are_read(root: Path) -> None:
    folder = Folder(root)
    rows = [row for row in folder.rows if row.participant == 7]
    assert [p.text for p in folder.phrases(rows)] == ["988-021", "this is fine"]
    assert [row.text for row in folder.rows if row.supported] == ["3 creekhouse", "this is fine"]
    assert len(folder) == 4


def test_without_the_supplement(root: Path) -> None:
    (root / "supplemental_metadata.csv").unlink()
    assert len(Folder(root, ["train.csv"]).rows) == 3
    with pytest.raises(ConfigError, match=r"supplemental_metadata\.csv"):
        Folder(root)


def test_part_of_the_files(root: Path) -> None:
    (root / "train_landmarks" / "201.parquet").unlink()
    with pytest.raises(
        ConfigError, match=r"1 of 3 landmark files are missing, first .*201\.parquet"
    ):
        Folder(root)
    some = Folder(root, partial=True)
    assert [phrase.sequence_id for phrase in some] == [101, 102, 301]


def test_part_of_the_sequences(root: Path) -> None:
    write_landmarks(root / "train_landmarks" / "101.parquet", TRAIN[0][1:])
    with pytest.raises(ConfigError, match=r"lacks 1 of 2 sequences, first 101"):
        list(Folder(root))
    assert [phrase.sequence_id for phrase in Folder(root, partial=True)] == [102, 201, 301]


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("train.csv", "participant_id", "person", "no column participant_id"),
        ("train.csv", "101,3,3 creekhouse", "101,3,3 Creekhouse", "line 2: .*'C'"),
        ("train.csv", ",102,7,", ",x,7,", "line 3: an id is no number"),
        ("train.csv", ",102,7,", ",101,7,", "a sequence twice"),
        ("train.csv", ",988-021", ",", "line 3 has no phrase"),
        ("train.csv", ",988-021", "", "line 3 does not have 5 fields"),
        ("train.csv", "train_landmarks/201", "../../201", "line 4: .* is no landmark file"),
        ("character_to_prediction_index.json", '"a": 32', '"a": 33', "once each"),
        ("character_to_prediction_index.json", '"a": 32', '"ab": 32', "single characters"),
        ("character_to_prediction_index.json", '"a": 32', '"a": "x"', "number every"),
        ("character_to_prediction_index.json", '"a": 32', '"A": 32', "not the competition's"),
        ("character_to_prediction_index.json", "{", "", "not JSON"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    root: Path, file: str, old: str, new: str, says: str
) -> None:
    rewrite(root / file, old, new)
    with pytest.raises(ConfigError, match=says) as caught:
        Folder(root)
    assert "\n" not in str(caught.value)


def test_what_is_missing_is_said(tmp_path: Path, root: Path) -> None:
    with pytest.raises(ConfigError, match="no folder"):
        Folder(tmp_path / "nowhere")
    for file in ("character_to_prediction_index.json", "train.csv"):
        text = (root / file).read_text()
        (root / file).unlink()
        with pytest.raises(ConfigError, match=file):
            Folder(root)
        (root / file).write_text(text)


# Columns


def test_columns() -> None:
    assert len(COLUMNS) == len(set(COLUMNS)) == 1630
    assert (COLUMNS[0], COLUMNS[1], COLUMNS[544]) == ("frame", "x_face_0", "y_face_0")
    assert COLUMNS[1 + 468] == "x_left_hand_0"
    assert COLUMNS[1 + 489] == "x_pose_0"
    assert COLUMNS[1 + 522] == "x_right_hand_0"
    assert COLUMNS[-1] == "z_right_hand_20"
    assert set(columns.columns_of(SETS)) < set(COLUMNS)
    assert [len(s.points) for s in SETS] == [len(set(s.points)) for s in SETS] == [21, 21, 40, 10]


def test_the_face_is_the_lips() -> None:
    """The four chains of MediaPipe's FACEMESH_LIPS, from corner to corner of the mouth."""
    chains = (
        (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291),
        (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291),
        (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308),
        (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308),
    )
    assert set(columns.FACE.points) == {n for chain in chains for n in chain}


def test_selected_columns(tmp_path: Path) -> None:
    file = tmp_path / "inference_args.json"
    file.write_text(json.dumps({"selected_columns": ["z_pose_32", "x_face_467"]}))
    assert aslfr.selected_columns(file) == ("z_pose_32", "x_face_467")
    for content, says in (
        ({"selected_columns": ["x_face_468"]}, "x_face_468"),
        ({"selected_columns": []}, "no list"),
        ({}, "no list"),
        ([], "no list"),
    ):
        file.write_text(json.dumps(content))
        with pytest.raises(ConfigError, match=says):
            aslfr.selected_columns(file)


# Characters


def test_the_competition_has_59_characters() -> None:
    assert len(set(aslfr.COMPETITION)) == len(aslfr.COMPETITION) == 59
    assert [aslfr.COMPETITION.index(char) for char in " 0az~"] == [0, 15, 32, 57, 58]
    assert sorted(aslfr.ALPHABET + aslfr.UNSUPPORTED) == sorted(aslfr.COMPETITION)
    assert (len(aslfr.ALPHABET), len(aslfr.UNSUPPORTED)) == (37, 22)


@given(st.text(aslfr.COMPETITION))
def test_texts_survive_the_table(text: str) -> None:
    table = Characters()
    assert table.decode(table.encode(text)) == text
    assert table.unknown(text) == ""


def test_what_the_table_does_not_hold() -> None:
    assert Characters().unknown("Ab\n") == "\nA"
    with pytest.raises(ValueError, match="A"):
        Characters().encode("A")
    assert Characters().decode([32, 59, -1, 33]) == "ab"


def test_the_table_of_another_model(tmp_path: Path) -> None:
    file = tmp_path / "table.json"
    file.write_text('{"b": 1, "a": 0, "é": 2}', encoding="utf-8")
    assert Characters.load(file).table == "abé"


# Splits


def test_splits_never_change() -> None:
    """Change these and every figure on the data set is of other signers."""
    where = {s: [n for n in range(64) if aslfr.split(n) == s] for s in aslfr.SPLITS[1:]}
    assert where == {
        "development": [5, 6, 14, 16, 17, 27, 31, 45, 46, 57, 62],
        "validation": [0, 11, 22, 48, 49, 51, 52],
    }


def test_splits_hold_about_what_they_should() -> None:
    shares = [[aslfr.split(n) for n in range(5000)].count(s) / 5000 for s in aslfr.SPLITS]
    assert shares == pytest.approx([0.8, 0.1, 0.1], abs=0.02)


def test_no_signer_is_in_two_splits(root: Path) -> None:
    folder = Folder(root)
    parts = [{row.participant for row in folder.rows_of(s)} for s in aslfr.SPLITS]
    assert sum(len(part) for part in parts) == len(set().union(*parts)) == 2


# The hand


def test_the_dominant_hand_is_the_one_seen_more_often() -> None:
    assert aslfr.dominant(found_by_parts(TRAIN[0][0])) == "right_hand"
    left = aslfr.Phrase(102, 7, "988-021", found_by_parts(TRAIN[0][1]))
    assert left.dominant == "left_hand"
    nobody = found_by_parts(make(1, 1, "a", 3, "no hand"))
    assert aslfr.dominant(nobody) == "right_hand"
    hand = aslfr.read_hand(nobody)
    assert not hand.present.any()
    assert not hand.features().any()


@pytest.mark.parametrize("made", [TRAIN[0][0], TRAIN[0][1]])
def test_the_hand_is_canonical_as_live(made: Made) -> None:
    hand = aslfr.read_hand(found_by_parts(made))
    assert hand.present.tolist() == [n % 5 != 4 for n in range(len(hand.present))]
    right = np.full(len(hand.present), hand.side == "right_hand")
    want = canonical(made.parts[hand.side], (10000, 18980), right)
    np.testing.assert_array_equal(hand.hands[hand.present], want[hand.present])
    assert np.isfinite(hand.hands).all()
    features = hand.features()
    assert features.shape == (len(want), WIDTH)
    assert np.isfinite(features).all()
    np.testing.assert_array_equal(features, encode(np.nan_to_num(want), hand.present))


def test_a_left_hand_reads_as_its_mirror_image() -> None:
    right = make(5, 1, "a", 9)
    mirrored = np.array([-1, 1, 1], np.float32) * right.parts["right_hand"]
    left = Made(5, 1, "a", {**right.parts, "left_hand": mirrored})
    left.parts["right_hand"] = np.full_like(mirrored, np.nan)
    one, other = (aslfr.read_hand(found_by_parts(made)) for made in (right, left))
    assert (one.side, other.side) == ("right_hand", "left_hand")
    np.testing.assert_array_equal(one.features(), other.features())


def test_the_aspect_is_height_over_width() -> None:
    landmarks = found_by_parts(TRAIN[0][0])
    tall, square = aslfr.read_hand(landmarks), aslfr.read_hand(landmarks, 1)
    np.testing.assert_allclose(tall.hands[..., 1], square.hands[..., 1] * ASPECT, rtol=1e-5)
    np.testing.assert_array_equal(tall.hands[..., 0], square.hands[..., 0])
    for wrong in (0, -1, float("nan")):
        with pytest.raises(ValueError, match="height / width"):
            aslfr.read_hand(landmarks, wrong)


def test_phrases_keep_commas_and_quotes(root: Path) -> None:
    file = root / "train.csv"
    with file.open(newline="") as lines:
        rows = list(csv.reader(lines))
    rows[1][-1] = "a, b's"
    with file.open("w", newline="") as lines:
        csv.writer(lines).writerows(rows)
    assert Folder(root).rows[0].text == "a, b's"
