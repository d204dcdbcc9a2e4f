"""The second reader as a bundle: it reads what the model reads."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed (an extra, for training)")
pytest.importorskip("litert_torch", reason="litert-torch is not installed (for training)")

from edge.errors import ConfigError  # noqa: E402
from edge.recognize import inspect  # noqa: E402
from edge.recognize.second_model import SecondModel  # noqa: E402
from edge.recognize.second_reader import open_second  # noqa: E402
from models.training.aslfr.characters import ALPHABET  # noqa: E402
from models.training.second import Model  # noqa: E402
from models.training.second.batches import text_of  # noqa: E402
from models.training.second.checkpoint import Checkpoint  # noqa: E402
from models.training.second.config import Config  # noqa: E402
from models.training.second.export import calibrated, write  # noqa: E402
from models.training.second.graphs import Limits, convert, quantise  # noqa: E402
from tests.conftest import Ishara  # noqa: E402

CONFIG = Config(dim=32, blocks=1, heads=2)
LIMITS = Limits(windows=(32, 64), beams=2, characters=6)


@pytest.fixture(scope="module")
def saved() -> Checkpoint:
    torch.manual_seed(3)
    model = Model(CONFIG.size())
    with torch.no_grad():  # random weights hardly care about what they see
        for name in ("next", "ticks"):
            getattr(model, name).weight.mul_(6)
    return Checkpoint(CONFIG, ALPHABET, {}, model.state_dict(), {}, 1, 2.0, "made", "none")


@pytest.fixture(scope="module")
def graph(saved: Checkpoint) -> bytes:
    return convert(saved.model(), LIMITS)


@pytest.fixture(scope="module")
def folder(saved: Checkpoint, graph: bytes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundle")
    write(folder, graph, saved, LIMITS, None)
    return folder


def segment(ticks: int, seed: int = 0) -> np.ndarray:
    rows = np.random.default_rng(seed).normal(0, 1, (ticks, 63)).astype(np.float32)
    rows[:, -1] = 1
    return rows


@pytest.mark.parametrize("ticks", [20, 32, 49])
def test_the_graphs_say_what_the_model_says(saved: Checkpoint, folder: Path, ticks: int) -> None:
    from edge.recognize import bundle

    model, network = saved.model(), SecondModel(bundle.load(folder))
    rows = segment(ticks)
    with torch.no_grad():
        wanted, memory = model.see(torch.from_numpy(rows[None]), torch.tensor([ticks]))
        seen = network.see(rows)
        np.testing.assert_allclose(seen.ticks, wanted[0].log_softmax(-1).numpy(), atol=2e-4)
        state, before = network.nothing(), model.decoder.nothing(2, 7)
        symbols = np.full(2, model.size.forward_start, np.int32)
        for place, following in enumerate(([3, 9], [3, 1])):
            scores, sure, state = network.step(symbols, place, seen, state)
            hidden, before = model.decoder.step(
                torch.from_numpy(symbols).long(), torch.tensor([float(place)]), memory, before
            )
            np.testing.assert_allclose(
                scores, model.next(hidden).log_softmax(-1).numpy(), atol=2e-4
            )
            assert sure == pytest.approx(float(model.sure(hidden)[0, 0]), abs=2e-4)
            symbols = np.array(following, np.int32)


def test_a_bundle_reads_at_least_as_likely_a_text_as_the_model(
    saved: Checkpoint, folder: Path
) -> None:
    model, reader = saved.model(), open_second(str(folder))
    for seed in range(4):
        rows = segment(40, seed)
        (greedy,) = model.read(torch.from_numpy(rows[None]), torch.tensor([40]), longest=6)
        found = reader.read_features(rows, [n / 30 for n in range(40)])
        assert found is not None
        assert len(found.chars) <= 6
        assert all(0 <= char.start <= char.end <= 39 / 30 for char in found.chars)
        texts, sure = reader._search(reader._network.see(rows))
        assert sure == pytest.approx(np.log(greedy.confidence / (1 - greedy.confidence)), abs=1e-3)
        best = max(text.total for text in texts)
        if len(greedy.symbols) < 6:
            assert best >= greedy.log_probability - 1e-3
        assert text_of(texts[0].symbols) in {text_of(text.symbols) for text in texts}


def test_weights_of_eight_bits_say_nearly_the_same(
    saved: Checkpoint, graph: bytes, folder: Path, tmp_path: Path
) -> None:
    from edge.recognize import bundle

    whole = SecondModel(bundle.load(folder)).see(segment(40)).ticks
    for precision in ("dynamic", "dynamic-tensor"):
        small = quantise(graph, precision)  # type: ignore[arg-type]
        assert len(small) < 0.8 * len(graph)
        write(tmp_path / precision, small, saved, LIMITS, None)
        found = SecondModel(bundle.load(tmp_path / precision)).see(segment(40)).ticks
        assert np.corrcoef(found.ravel(), whole.ravel())[0, 1] > 0.99


def test_what_is_in_a_bundle_can_be_said(folder: Path) -> None:
    report = inspect.inspect(folder)
    assert report["kind"] == "second-reader"
    assert any("second-reader" in line for line in inspect.lines(report))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("windows = [32, 64]", "windows = [32, 128]"),
        ("windows = [32, 64]", "windows = []"),
        ("characters = 6", "characters = 100000"),
        ("beams = 2", "beams = 3"),
        ("layers = 2", "layers = 9"),
        ("[second]", "[third]"),
        ('alphabet = "abc', 'alphabet = "bc'),
    ],
)
def test_a_bundle_that_says_something_else_is_refused_in_one_line(
    folder: Path, tmp_path: Path, old: str, new: str
) -> None:
    text = (folder / "bundle.toml").read_text()
    assert old in text
    (tmp_path / "bundle.toml").write_text(text.replace(old, new))
    (tmp_path / "model.tflite").write_bytes((folder / "model.tflite").read_bytes())
    with pytest.raises(ConfigError) as refused:
        open_second(str(tmp_path))
    assert "\n" not in str(refused.value)


def test_a_first_pass_reads_no_segment_again() -> None:
    with pytest.raises(ConfigError, match="second-reader"):
        open_second("ishara-stream")


def test_confidence_is_fitted_to_what_was_right() -> None:
    rng = np.random.default_rng(0)
    found = np.stack([rng.normal(0, 2, 400), -rng.exponential(1, 400)], 1)
    right = (rng.random(400) < 1 / (1 + np.exp(-(1 + found[:, 0] + 2 * found[:, 1])))).astype(float)
    first, model, text = calibrated(found, right, scored=True)
    assert first == pytest.approx(1, abs=0.5)
    assert model == pytest.approx(1, abs=0.4)
    assert text == pytest.approx(2, abs=0.7)
    assert calibrated(found, right, scored=False)[1] == pytest.approx(0)


@pytest.mark.usefixtures("landmark_weights")
def test_the_daemon_reads_each_segment_once_more(
    ishara: Ishara, folder: Path, tmp_path: Path
) -> None:
    config = tmp_path / "second.toml"
    source = ("--source", "signer:hi?pace=0", "--once", "--json")
    found = {}
    for sure in (0.0, 1.0):
        config.write_text(f'[recognize]\nsecond = "{folder}"\nsure = {sure}\n')
        out, err = ishara("run", "--config", str(config), *source).communicate(timeout=120)
        assert err == ""
        events = [json.loads(line) for line in out.splitlines()]
        finals = [e["segment"] for e in events if e["type"] == "final"]
        found[sure] = [e for e in events if e["type"] == "revised"]
        assert finals
        assert [e["segment"] for e in found[sure]] == finals
        states = [e["state"] for e in events if e["type"] == "state"]
        assert ("unsure" in states) == (sure == 1.0)
    assert found[0.0][0]["confidence"] == found[1.0][0]["confidence"] < 1
    assert (found[1.0][0]["text"], found[1.0][0]["chars"]) == ("", [])
