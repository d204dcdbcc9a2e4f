"""The question that every start asks of the model: right answers pass, wrong ones do not."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from edge import resources
from edge.config import RecognizeConfig
from edge.errors import ConfigError
from edge.recognize import bundle, model, open_recognizer, selftest
from edge.recognize.model import StreamingModel
from models.training.selftest import poses, record, written

SHIPPED = resources.models() / "bundles" / "ishara-stream"
Floats = NDArray[np.float32]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped bundle."""
    return Path(shutil.copytree(SHIPPED, tmp_path / "bundle"))


def edit(folder: Path, old: str, new: str) -> None:
    file = folder / bundle.FILE
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_the_shipped_bundle_passes_and_forgets_it() -> None:
    loaded = bundle.load(SHIPPED)
    assert loaded.selftest is not None
    net = StreamingModel(loaded)
    fresh = net.step(np.zeros(63, np.float32))
    begin = time.monotonic()
    selftest.check(net, loaded.selftest, "x")
    assert time.monotonic() - begin < 2  # 3 ms on an idle x86-64 core
    assert (net.step(np.zeros(63, np.float32)) == fresh).all()
    open_recognizer(RecognizeConfig())


@pytest.mark.parametrize("kind", ["BUILTIN_REF", "BUILTIN_WITHOUT_DEFAULT_DELEGATES"])
def test_other_kernels_pass_too(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    runtime = pytest.importorskip("ai_edge_litert.interpreter")
    resolver = getattr(runtime.OpResolverType, kind)

    def load(file: Path, threads: int, delegate: str) -> Any:
        made = runtime.Interpreter(str(file), experimental_op_resolver_type=resolver)
        made.allocate_tensors()
        return made

    monkeypatch.setattr(model, "load", load)
    loaded = bundle.load(SHIPPED)
    assert loaded.selftest is not None
    selftest.check(StreamingModel(loaded), loaded.selftest, "x")


class Broken(StreamingModel):
    """The shipped model on a runtime that computes wrongly."""

    wrong: Callable[[Floats], Floats]

    def step(self, features: Floats) -> Floats:
        return type(self).wrong(super().step(features))


@pytest.mark.parametrize(
    "wrong",
    [
        lambda scores: scores * np.float32(np.nan),
        lambda scores: np.roll(scores, 1),
        lambda scores: np.log(np.float32(0.6) * np.exp(scores) + np.float32(0.4 / len(scores))),
        lambda scores: np.zeros_like(scores),
    ],
    ids=["not a number", "shifted", "unsure", "always blank"],
)
def test_a_runtime_that_computes_wrongly_is_refused(
    wrong: Callable[[Floats], Floats], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Broken, "wrong", staticmethod(wrong), raising=False)
    monkeypatch.setattr(model, "StreamingModel", Broken)
    with pytest.raises(ConfigError, match=r"fails its self-test.*install another") as refusal:
        open_recognizer(RecognizeConfig())
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("old", "new"),
    [('text = "leaf"', 'text = "loaf"'), (r"chances = \[[\d.]+", "chances = [0.3")],
)
def test_another_answer_is_refused(folder: Path, old: str, new: str) -> None:
    file = folder / bundle.FILE
    text, changes = re.subn(old, new, file.read_text(encoding="utf-8"))
    assert changes == 1
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="self-test"):
        open_recognizer(RecognizeConfig(bundle=str(folder)))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("tolerance = 0.2", "tolerance = 0"),
        ("tolerance = 0.2", "tolerance = nan"),
        ("hold = 6", "hold = 6000000000"),
        ("hold = 6", "hold = 0"),
        ("chances = [1.0, ", "chances = ["),
        ('poses = ["DPb6', 'poses = ["'),
        ('poses = ["', 'poses = ["?'),
        ("poses = [", "other = ["),
        ('text = "leaf"', 'text = ""'),
    ],
)
def test_a_garbled_self_test_is_refused(folder: Path, old: str, new: str) -> None:
    edit(folder, old, new)
    with pytest.raises(ConfigError, match="lacks or garbles"):
        bundle.load(folder)


def test_a_bundle_without_one_still_reads(folder: Path) -> None:
    edit(folder, "[selftest]", "[ignored]")
    open_recognizer(RecognizeConfig(bundle=str(folder)))


def test_recording_again_changes_nothing_but_itself(folder: Path) -> None:
    file = folder / bundle.FILE
    before = file.read_text(encoding="utf-8")
    test = record(folder)
    assert file.read_text(encoding="utf-8") == before
    assert (test.poses == poses("leaf")).all()
    record(folder, "file")
    loaded = bundle.load(folder)
    assert loaded.selftest is not None
    assert (loaded.selftest.text, loaded.figures) == ("file", bundle.load(SHIPPED).figures)


def test_a_text_the_model_misreads_is_no_test(folder: Path) -> None:
    with pytest.raises(ValueError, match="choose another text"):
        record(folder, "zz")


def test_it_is_written_at_the_end_where_there_is_no_provenance() -> None:
    assert written("a = 1\n", {"text": "x"}) == 'a = 1\n[selftest]\ntext = "x"\n\n'
