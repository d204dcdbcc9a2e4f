"""A model that nobody knows is tried in a process of its own; what happens there is one line."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edge import proof, runtime
from edge.child import Child
from edge.config import LandmarkConfig, RecognizeConfig
from edge.errors import ConfigError, Shortage, exit_code
from edge.files import Contents
from edge.landmarks import open_tracker
from edge.recognize import open_recognizer
from edge.recognize.inspect import shipped

from . import hostile_models

GOOD = (shipped()[0] / "model.tflite").read_bytes()


def contents(data: bytes, pinned: bool = False) -> Contents:
    return Contents(Path("m.tflite"), data, pinned)


def other(number: int) -> bytes:
    """A model as good as the shipped one, but for a weight."""
    data = bytearray(GOOD)
    data[len(data) // 2] ^= 1 + number
    return bytes(data)


@pytest.fixture(autouse=True)
def started(monkeypatch: pytest.MonkeyPatch) -> list[Child]:
    """The children so far."""
    children: list[Child] = []

    def child(*arguments: str, **options: bool) -> Child:
        children.append(Child(*arguments, **options))
        return children[-1]

    monkeypatch.setattr(proof, "Child", child)
    proof._proved.clear()
    return children


def test_what_is_not_known_is_tried_once(started: list[Child]) -> None:
    for _ in range(2):
        runtime.load(contents(other(1)))
    assert len(started) == 1
    runtime.load(contents(other(2)))
    runtime.load(contents(other(2)), threads=2)
    assert len(started) == 3
    assert all(child.wait(10) is not None for child in started)


def test_what_this_program_brings_along_is_not_tried(
    landmark_weights: None, started: list[Child]
) -> None:
    open_recognizer(RecognizeConfig())
    for profile in ("balanced", "accurate"):
        open_tracker(LandmarkConfig(profile=profile))
    assert started == []


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (hostile_models.crashing, r"the TFLite runtime crashes on it \(it ended \(SIG"),
        (hostile_models.raising, "gather index out of bounds"),
        (hostile_models.greedy, "more than 384 MiB of memory"),
        (hostile_models.endless, "more than 1 s to answer"),
        (lambda: b"", "."),
        (lambda: GOOD[: len(GOOD) // 2], "."),
    ],
    ids=["crashing", "raising", "greedy", "endless", "empty", "half"],
)
def test_what_a_bad_model_does_is_one_line(
    monkeypatch: pytest.MonkeyPatch, model: Callable[[], bytes], reason: str
) -> None:
    monkeypatch.setattr(proof, "CPU_S", 1)
    descriptors = len(os.listdir("/proc/self/fd"))
    for _ in range(2):  # it is not remembered as good
        with pytest.raises(ConfigError, match=f"^model m.tflite cannot be loaded: .*{reason}"):
            runtime.load(contents(model()))
    assert len(os.listdir("/proc/self/fd")) == descriptors


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("#!/bin/sh\nexit 3\n", "exit code 3"),
        ("#!/bin/sh\nkill -SEGV $$\n", "SIGSEGV"),
        ("#!/bin/sh\nexec sleep 60\n", "no answer within 1 s"),
        ("#!{python}\nimport os; os.write(0, b'ready'); os.read(0, 9); os.kill(os.getpid(), 9)",
         "SIGKILL"),
        ("no program", "Exec format error"),
    ],
)  # fmt: skip
def test_a_child_that_fails_says_nothing_about_the_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, reason: str
) -> None:
    stand_in = tmp_path / "python"
    stand_in.write_text(program.replace("{python}", sys.executable))
    stand_in.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(stand_in))
    if "within" in reason:  # the others answer, however slow the machine is
        monkeypatch.setattr(proof, "WAIT_S", 1.0)
    with pytest.raises(Shortage, match=rf"cannot be tried .*{reason}") as caught:
        runtime.load(contents(other(3)))
    assert exit_code(caught.value) == 1
    assert str(caught.value).count("\n") == 0


def test_the_bytes_that_were_tried_are_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another file may stand there by then."""
    model = tmp_path / "m.tflite"
    model.write_bytes(other(4))
    real = proof._try

    def replaced(tried: Contents, threads: int) -> None:
        real(tried, threads)
        model.write_bytes(hostile_models.crashing())

    monkeypatch.setattr(proof, "_try", replaced)
    assert runtime.load(model).get_input_details()


def test_a_model_may_have_numbers_that_are_places_in_a_table() -> None:
    proof.prove(contents(hostile_models.table()))


class Several:
    """An interpreter of a model with several signatures."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def get_input_details(self) -> list[Any]:
        return []

    get_output_details = get_input_details

    def invoke(self) -> None: ...

    def get_signature_list(self) -> dict[str, Any]:
        return {"encode": {}, "decode": {}}

    def get_signature_runner(self, name: str) -> Any:
        detail = {"shape": [2], "dtype": np.int32, "quantization": (0.0, 0)}

        def run(x: np.ndarray) -> None:
            assert x.tolist() == [0, 0]  # a place in a table
            self.asked.append(name)

        run.get_input_details = lambda: {"x": detail}  # type: ignore[attr-defined]
        return run


def test_every_graph_of_a_model_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    interpreter = Several()
    monkeypatch.setattr(runtime, "allocated", lambda *_: interpreter)
    proof._rehearse(b"", 1)
    assert set(interpreter.asked) == {"encode", "decode"}
