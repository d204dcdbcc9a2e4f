from __future__ import annotations

import hashlib
import math
from pathlib import Path

import numpy as np
import pytest

from edge import files, resources
from edge.errors import ConfigError
from edge.recognize.bundle import Bundle, find, load
from edge.recognize.decode import DecoderCosts
from edge.recognize.hand_features import WIDTH
from edge.recognize.model import StreamingModel

GOOD = """
format = 1
name = "tiny"
kind = "streaming-ctc"
model = "model.tflite"
sha256 = "{sha}"
features = "hand-1"
width = 63
rate = 30.0
alphabet = "abc "
look_ahead = 2

[tensors]
features = "in"
scores = "out"
states = [["a", "b"]]

[provenance]
seed = 1
"""
SHIPPED = resources.models() / "bundles" / "ishara-stream"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "model.tflite").write_bytes(b"weights")
    sha = hashlib.sha256(b"weights").hexdigest()
    (tmp_path / "bundle.toml").write_text(GOOD.format(sha=sha), encoding="utf-8")
    return tmp_path


def edit(folder: Path, old: str, new: str) -> None:
    file = folder / "bundle.toml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_a_bundle_is_read(folder: Path) -> None:
    bundle = load(folder)
    assert (bundle.name, bundle.alphabet, bundle.look_ahead, bundle.rate) == ("tiny", "abc ", 2, 30)
    assert bundle.tensors is not None
    assert bundle.tensors.states == (("a", "b"),)
    assert bundle.provenance == {"seed": 1}
    assert bundle.figures == {}


LANGUAGE_MODEL = """
[language_model]
file = "language_model.npz"
sha256 = "{sha}"
weight = 0.25

[decoding]
insertion = 0.4
blank = 0.6
"""


@pytest.fixture
def guided(folder: Path) -> Path:
    """A bundle with a language model, which `load` does not open, and its own costs."""
    (folder / "language_model.npz").write_bytes(b"habits")
    sha = hashlib.sha256(b"habits").hexdigest()
    with (folder / "bundle.toml").open("a", encoding="utf-8") as file:
        file.write(LANGUAGE_MODEL.format(sha=sha))
    return folder


def test_a_language_model_and_costs_are_read_where_they_are(folder: Path, guided: Path) -> None:
    bundle = load(guided)
    assert bundle.language_model is not None
    assert (bundle.language_model.file, bundle.language_model.weight) == (
        guided / "language_model.npz",
        0.25,
    )
    assert bundle.costs == DecoderCosts(math.log(0.4), blank_bias=math.log(0.6))
    edit(guided, LANGUAGE_MODEL.format(sha=bundle.language_model.sha256), "")
    assert (load(guided).language_model, load(guided).costs) == (None, DecoderCosts())


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("weight = 0.25", "weight = 3", "weight"),
        ("weight = 0.25", "weight = nan", "weight"),
        ("weight = 0.25", "", "weight"),
        ('file = "language_model.npz"', "", "file"),
        ('file = "language_model.npz"', 'file = "other.npz"', "cannot be read"),
        ("insertion = 0.4", "insertion = 0", "decoding"),
        ("insertion = 0.4", "repeat = 1.5", "decoding"),
        ("insertion = 0.4", 'insertion = "much"', "much"),
    ],
)
def test_a_language_model_that_does_not_fit_is_refused(
    guided: Path, old: str, new: str, says: str
) -> None:
    edit(guided, old, new)
    with pytest.raises(ConfigError, match=says) as refusal:
        load(guided)
    assert "\n" not in str(refusal.value)


ACCELERATED = """
[accelerated]
model = "model_edgetpu.tflite"
sha256 = "{sha}"
"""


@pytest.fixture
def quick(folder: Path) -> Path:
    """A bundle with an accelerated model, which `load` does not open."""
    (folder / "model_edgetpu.tflite").write_bytes(b"quick")
    sha = hashlib.sha256(b"quick").hexdigest()
    with (folder / "bundle.toml").open("a", encoding="utf-8") as file:
        file.write(ACCELERATED.format(sha=sha))
    return folder


def test_an_accelerated_model_is_read_where_it_is(quick: Path) -> None:
    found = load(quick).accelerated
    assert found is not None
    assert found.file == quick / "model_edgetpu.tflite"
    edit(quick, ACCELERATED.format(sha=found.sha256), "")
    assert load(quick).accelerated is None


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('model = "model_edgetpu.tflite"', "", "'model'"),
        ('model = "model_edgetpu.tflite"', "model = 3", "model"),
        ('"model_edgetpu.tflite"', '"../model_edgetpu.tflite"', "no name of a file"),
        ('"model_edgetpu.tflite"', '"other.tflite"', "cannot be read"),
        ('"model_edgetpu.tflite"', '"model.tflite"', "is not the file"),
        ("[accelerated]", "[[accelerated]]", "garbles"),
    ],
)
def test_an_accelerated_model_that_does_not_fit_is_refused(
    quick: Path, old: str, new: str, says: str
) -> None:
    edit(quick, old, new)
    with pytest.raises(ConfigError, match=says) as refusal:
        load(quick)
    assert "\n" not in str(refusal.value)


def test_a_changed_language_model_is_refused(guided: Path) -> None:
    (guided / "language_model.npz").write_bytes(b"habitz")
    with pytest.raises(ConfigError, match=r"language_model\.npz is not the file"):
        load(guided)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("format = 1", "format = 9", "format 9"),
        ('kind = "streaming-ctc"', 'kind = "other"', "kind 'other'"),
        ('features = "hand-1"', 'features = "hand-9"', "hand-9"),
        ("width = 63", "width = 64", "64"),
        ("rate = 30.0", "rate = 25.0", "25 Hz"),
        ('alphabet = "abc "', 'alphabet = "abca"', "alphabet"),
        ('alphabet = "abc "', 'alphabet = ""', "alphabet"),
        ("look_ahead = 2", "look_ahead = -1", "look_ahead"),
        ('name = "tiny"\n', "", "'name'"),
        ('name = "tiny"', "name = 3", "name"),
        ('states = [["a", "b"]]', 'states = [["a"]]', "garbles"),
        ("width = 63", "width = ", "no TOML"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(
    folder: Path, old: str, new: str, says: str
) -> None:
    edit(folder, old, new)
    with pytest.raises(ConfigError, match=says) as refusal:
        load(folder)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('model = "model.tflite"', 'model = "../model.tflite"'),
        ('model = "model.tflite"', 'model = "/dev/zero"'),
        ('model = "model.tflite"', 'model = "a\\u0000b"'),
        ('model = "model.tflite"', 'model = "a\\nb"'),
        ('model = "model.tflite"', 'model = "."'),
        ("width = 63", "width = inf"),
        ("width = 63", f"width = {'9' * 5000}"),
        ("width = 63", f"width = {'[' * 5000}"),
        ("format = 1", f'format = "{"x" * 5000}"'),
        ('kind = "streaming-ctc"', f'kind = "{"x" * 5000}"'),
        ("[tensors]", "tensors = 1\n[other]"),
        ("seed = 1", f"seed = 1 #{' ' * (1 << 20)}"),
    ],
)
def test_odd_manifests_are_refused_in_one_short_line(folder: Path, old: str, new: str) -> None:
    edit(folder, old, new)
    with pytest.raises(ConfigError) as refusal:
        load(folder)
    assert str(refusal.value).isprintable()
    assert len(str(refusal.value)) < 500


def test_a_changed_model_is_refused(folder: Path) -> None:
    (folder / "model.tflite").write_bytes(b"weightz")
    with pytest.raises(ConfigError, match="SHA-256"):
        load(folder)


def test_a_missing_model_and_a_missing_bundle_are_refused(folder: Path, tmp_path: Path) -> None:
    (folder / "model.tflite").unlink()
    with pytest.raises(ConfigError, match="cannot be read"):
        load(folder)
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path / "nowhere")


def test_bundles_are_found_by_path_and_by_name(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert find(folder) == folder
    models = tmp_path_factory.mktemp("models")
    (models / "bundles").mkdir()
    (models / "bundles" / "tiny").symlink_to(folder)
    monkeypatch.setattr(resources, "models", lambda: models)
    assert find("tiny") == models / "bundles" / "tiny"
    with pytest.raises(ConfigError, match=r"no bundle large.*\(tiny\)"):
        find("large")


def test_a_file_that_is_no_model_is_refused(folder: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be loaded"):
        StreamingModel(load(folder))


@pytest.fixture(scope="module")
def shipped() -> Bundle:
    if not (SHIPPED / "bundle.toml").is_file():
        pytest.skip("no shipped bundle")
    return load(SHIPPED)


def ticks(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.6, (count, WIDTH)).astype(np.float32)


def test_the_shipped_model_gives_log_probabilities(shipped: Bundle) -> None:
    model = StreamingModel(shipped)
    for tick in ticks(20):
        scores = model.step(tick)
        assert scores.shape == (1 + len(model.alphabet),)
        assert scores.dtype == np.float32
        assert np.exp(scores).sum() == pytest.approx(1, abs=1e-4)


def test_the_shipped_model_remembers_and_forgets(shipped: Bundle) -> None:
    model, feed = StreamingModel(shipped), ticks(30)
    first = np.stack([model.step(tick) for tick in feed])
    again = np.stack([model.step(tick) for tick in feed])
    assert np.abs(first[0] - again[0]).max() > 1e-3
    model.reset()
    assert np.array_equal(first, np.stack([model.step(tick) for tick in feed]))


def test_the_shipped_model_says_nothing_without_a_hand(shipped: Bundle) -> None:
    model = StreamingModel(shipped)
    said = [int(model.step(np.zeros(WIDTH, np.float32)).argmax()) for _ in range(150)]
    assert not any(said)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("args_0", "args_99", "no tensor"),
        ('scores = "serving_default_output_0', 'scores = "serving_default_output_1', "38 of"),
        ("args_1", "args_99", "no state"),
        ('"serving_default_args_2", ', '"serving_default_args_1", ', "does not take|not named"),
        ('wxyz 0123456789"', 'wxyz 012345678é"', None),
        ('wxyz 0123456789"', 'wxyz 012345678"', "not 37"),
    ],
)
def test_a_bundle_that_lies_about_its_model_is_refused(
    shipped: Bundle, tmp_path: Path, old: str, new: str, says: str | None
) -> None:
    for file in ("model.tflite", "language_model.npz", "bundle.toml"):
        (tmp_path / file).write_bytes((shipped.folder / file).read_bytes())
    edit(tmp_path, old, new)
    if says is None:
        assert StreamingModel(load(tmp_path)).alphabet.endswith("é")
        return
    with pytest.raises(ConfigError, match=says):
        StreamingModel(load(tmp_path))


def test_a_model_that_is_exchanged_after_it_was_checked_is_not_loaded(folder: Path) -> None:
    bundle = load(folder)
    bundle.model.write_bytes(bundle.model.read_bytes() + b"x")
    with pytest.raises(ConfigError, match="is not the file the bundle names"):
        StreamingModel(bundle)


def test_what_is_loaded_is_what_was_hashed(monkeypatch: pytest.MonkeyPatch) -> None:
    bundle, asked = load(SHIPPED), []
    content = bundle.model.read_bytes()

    def read(path: Path, most: int) -> bytes:
        asked.append(path)
        return content

    monkeypatch.setattr(files, "read", read)
    StreamingModel(bundle)
    assert asked == [bundle.model]
