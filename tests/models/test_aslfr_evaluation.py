"""Evaluating a predictor on the competition's folder, and aligning letters."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from edge.errors import ConfigError
from models.training.aslfr.__main__ import main
from models.training.aslfr.align import align, align_rows, load, save
from models.training.aslfr.cache import Cache, open_folder
from models.training.aslfr.characters import ALPHABET, readable
from models.training.aslfr.evaluation import Predictor, evaluate
from models.training.aslfr.feed import TAIL, Feed
from models.training.aslfr.prepare import Sets
from models.training.augment import NONE
from tests.models.test_aslfr_feed import SUPPLEMENT, TRAIN, first, texts_of
from tests.models.test_aslfr_format import needs_pyarrow, write_tiny_folder


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_folder(tmp_path_factory.mktemp("folder"), TRAIN, SUPPLEMENT)


@pytest.fixture(scope="module")
def cache(root: Path) -> Cache:
    return Cache(open_folder(root, "hand"), root / "cache", "hand")


def spelling(texts: dict[int, str]) -> Predictor:
    """A predictor that emits ``texts`` by the length of what it is given."""

    def read(features: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        logits = np.zeros((*features.shape[:2], 1 + len(ALPHABET)), np.float32)
        logits[..., 0] = 1
        for row, length in zip(logits, lengths, strict=True):
            for n, char in enumerate(texts.get(int(length) - TAIL, "x")):
                row[2 * n + 1, 1 + ALPHABET.index(char)] = 2
            row[length:, 5] = 9  # padding, which nobody may read
        return logits

    return read


@needs_pyarrow
def test_evaluation_on_the_development_split(cache: Cache) -> None:
    ticks = {row.text: cache.ticks(row) for row in cache.rows_of("development")}
    assert ticks["ef"] == 0
    read = spelling({ticks["a-b"]: "ab", ticks["cd"]: "ce", 0: "ef"})
    result = evaluate(read, cache, size=2)
    # a-b: the hyphen is missed, cd: one wrong, ef: nothing is read, whatever the predictor gives.
    assert (result.all.errors, result.all.chars) == (1 + 1 + 2, 7)
    assert result.all.score == pytest.approx(1 - 4 / 7)
    assert (result.readable.errors, result.readable.chars) == (3, 6)
    assert [(f.name, f.errors, f.texts) for f in result.signers] == [("6", 2, 1), ("5", 1, 2)]
    assert "development: 3 phrases of 2 signers" in str(result)
    assert "score 0.4286" in str(result)


@needs_pyarrow
def test_only_the_requested_split_is_evaluated(cache: Cache) -> None:
    result = evaluate(spelling({}), cache, "validation")
    assert [reading.truth for reading in result.readings] == ["never look"]


def test_what_is_read_of_a_text() -> None:
    assert readable("a & b") == "a b"
    assert readable("https://x.y/ ") == "httpsxy"
    assert readable("+-") == ""


# Alignment


def brute(log_probs: np.ndarray, symbols: list[int]) -> float:
    """The best path by trying all."""
    best = -np.inf
    for path in itertools.product(range(log_probs.shape[1]), repeat=len(log_probs)):
        said = [s for n, s in enumerate(path) if s and (n == 0 or path[n - 1] != s)]
        if said == symbols:
            best = max(best, sum(log_probs[n, s] for n, s in enumerate(path)))
    return float(best)


@pytest.mark.parametrize("symbols", [[1], [1, 2], [1, 1], [2, 1, 1], [1, 2, 1]])
def test_the_alignment_is_the_likeliest_path(symbols: list[int]) -> None:
    for seed in range(5):
        log_probs = np.log(np.random.default_rng(seed).dirichlet([1, 1, 1], 6))
        spans = align(log_probs, symbols)
        assert spans is not None
        path = np.zeros(6, int)
        for symbol, (start, end) in zip(symbols, spans, strict=True):
            path[start : end + 1] = symbol
        assert sum(log_probs[np.arange(6), path]) == pytest.approx(brute(log_probs, symbols))


def test_what_cannot_be_aligned() -> None:
    assert align(np.zeros((2, 3)), [1, 1]) is None
    assert align(np.zeros((3, 3)), [1, 1]) == [(0, 0), (2, 2)]
    assert align(np.zeros((3, 3)), []) == []


@needs_pyarrow
def test_aligned_phrases_can_be_mixed(root: Path, cache: Cache, tmp_path: Path) -> None:
    rows = cache.rows_of("train")
    by_ticks = {cache.ticks(row): readable(row.text) for row in rows}
    spans = align_rows(spelling(by_ticks), cache, rows, delay=1)
    one = next(row for row in rows if row.text == "this is fine")
    assert spans[one.sequence_id][:3] == [("t", 0.0, 0.0), ("h", 2.0, 2.0), ("i", 4.0, 4.0)]
    save(spans, tmp_path / "spans.json")
    assert load(tmp_path / "spans.json") == spans
    mixing = replace(NONE, cut_mix=1.0)
    feed = Feed(root, root / "cache", size=12, augment=mixing, spans=load(tmp_path / "spans.json"))
    (batch,) = first(feed, 1)
    known = {readable(row.text) for row in rows}
    assert sum(text not in known for text in texts_of(batch)) > 3
    for text, row in zip(texts_of(batch), batch.spans, strict=True):
        assert text == "".join(char for char, _, _ in row)


def test_wrong_alignments_are_refused(tmp_path: Path) -> None:
    for text in ("", "[]", '{"a": 1}', '{"1": [["a", 1]]}'):
        (tmp_path / "spans.json").write_text(text)
        with pytest.raises(ConfigError, match="align the phrases again"):
            load(tmp_path / "spans.json")


# The commands


def command(monkeypatch: pytest.MonkeyPatch, *words: object) -> None:
    monkeypatch.setattr("sys.argv", ["aslfr", *map(str, words)])
    main()


@needs_pyarrow
def test_prepare(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command(monkeypatch, "prepare", root, "--cache", tmp_path)
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "preparing 100.parquet, 1 of 4"
    assert said[4:] == [
        "train: 12 phrases of 3 signers",
        "development: 3 phrases of 2 signers",
        "validation: 1 phrases of 1 signers",
    ]
    assert (tmp_path / "hand" / "train_landmarks-100.npy").is_file()
    with pytest.raises(SystemExit) as ended:
        command(monkeypatch, "prepare", tmp_path / "nowhere")
    assert ended.value.code == ConfigError.exit_code
    assert "no folder" in capsys.readouterr().err


@needs_pyarrow
@pytest.mark.parametrize("sets", get_args(Sets))
def test_a_checkpoint_is_evaluated_and_aligns(
    sets: Sets,
    root: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    torch = pytest.importorskip("torch")
    from models.training.learning.checkpoint import Checkpoint
    from models.training.learning.config import TrainingConfig

    torch.set_num_threads(1)
    config = TrainingConfig(dim=8, blocks=(1, 1), kernels=(3,), per_block=1, sets=sets)
    net = config.model(1 + len(ALPHABET)).state_dict()
    Checkpoint(config, ALPHABET, net, net, {}, 0, 0.0, "", "").save(tmp_path)
    file = tmp_path / "checkpoint.pt"
    command(monkeypatch, "evaluate", root, file, "--cache", root / "cache", "--full")
    assert "development: 3 phrases of 2 signers" in capsys.readouterr().out
    out = tmp_path / "spans.json"
    command(monkeypatch, "align", root, file, "--cache", root / "cache", "--out", out)
    assert f"12 of 12 phrases aligned: {out}" in capsys.readouterr().out
    assert len(load(out)) == 12
    Checkpoint(config, "ab", net, net, {}, 0, 0.0, "", "").save(tmp_path)
    with pytest.raises(SystemExit) as ended:
        command(monkeypatch, "evaluate", root, file)
    assert ended.value.code == ConfigError.exit_code
    assert "does not read these phrases" in capsys.readouterr().err


@needs_pyarrow
def test_validation_is_on_the_same_phrases_each_time(cache: Cache) -> None:
    torch = pytest.importorskip("torch")
    from models.training.aslfr.inference import PhraseValidator
    from models.training.learning.config import TrainingConfig

    torch.set_num_threads(1)
    model = TrainingConfig(dim=8, blocks=(1, 1), kernels=(3,), per_block=1).model(1 + len(ALPHABET))
    assert PhraseValidator(cache)(model).keys() == {"development_cer"}
    validator = PhraseValidator(cache, full=True)
    assert validator(model) == validator(model)
    assert validator(model).keys() == {"development_cer", "development_cer_full"}
    some = evaluate(lambda x, n: np.zeros((*x.shape[:2], 38)), cache, most=2)
    assert len(some.readings) == 2
