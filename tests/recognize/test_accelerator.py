"""The model in a process that may die at any tick: every tick is answered, and rightly."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from edge import doctor, resources
from edge.config import Config, RecognizeConfig
from edge.recognize import accelerated, accelerator, delegate, inspect, selftest
from edge.recognize.accelerated import (
    MAX_RESTARTS,
    RESTART_WINDOW_S,
    WARM_UP_TICKS,
    AcceleratedModel,
)
from edge.recognize.accelerator import AcceleratorProcess, ProcessLost, Unusable
from edge.recognize.bundle import Bundle, load
from edge.recognize.hand_features import WIDTH
from edge.recognize.model import StreamingModel
from tests.faults.accelerated import bundle, compiled

SILENCE = np.zeros(WIDTH, np.float32)
SHIPPED = resources.models() / "bundles" / "ishara-stream"
Floats = NDArray[np.float32]


class Selection:
    """Knows the library, and what was reported."""

    def __init__(self, library: str | Path = "library") -> None:
        self.library = str(library)
        self.reports: list[tuple[str, str]] = []

    def report(self, name: str, reason: str) -> None:
        self.reports.append((name, reason))


# Its policy, with a stand-in for the process.


class Clock:
    now = 1000.0

    def monotonic(self) -> float:
        return self.now


class StandIn:
    """Answers that the character ``says`` is sure; is lost at a tick where ``ill`` says so."""

    made = 0
    ill: Callable[[int], bool] = staticmethod(lambda tick: False)

    class End:
        alive = True

        def __call__(self) -> None:
            self.alive = False

    def __init__(self, bundle: Bundle, library: str) -> None:
        type(self).made += 1
        self.end, self.exited, self.ticks = self.End(), True, 0

    def step(self, features: Floats, forget: bool) -> Floats | None:
        self.ticks += 1
        if self.ill(self.ticks):
            raise ProcessLost("it ended (SIGABRT)")
        return np.full(38, -1, np.float32)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(accelerated, "time", clock)
    monkeypatch.setattr(accelerated, "AcceleratorProcess", StandIn)
    monkeypatch.setattr(StandIn, "made", 0)
    return clock


def ticked(model: AcceleratedModel, clock: Clock, count: int) -> list[bool]:
    """Whether each of ``count`` ticks was answered by the accelerator."""
    answers = []
    for _ in range(count):
        answers.append(bool((model.step(SILENCE) == -1).all()))
        clock.now += 1 / 30
    return answers


@pytest.fixture
def shipped() -> Bundle:
    return load(SHIPPED)


def test_it_listens_before_it_is_believed(shipped: Bundle, clock: Clock) -> None:
    selection = Selection("")
    model = AcceleratedModel(shipped, StreamingModel(shipped), selection)
    assert not any(ticked(model, clock, 50))
    assert StandIn.made == 0
    assert len(selection.reports) == 1
    selection.library = "found"
    assert ticked(model, clock, WARM_UP_TICKS + 5) == [False] * WARM_UP_TICKS + [True] * 5
    assert selection.reports == [
        ("cpu", "the accelerator starts with the first frames"),
        ("edgetpu", ""),
    ]


def test_a_draft_changes_nothing_and_is_the_cpu_s_alone(shipped: Bundle, clock: Clock) -> None:
    alone, drafting = StreamingModel(shipped), StreamingModel(shipped)
    model = AcceleratedModel(shipped, StreamingModel(shipped), Selection(""))
    for tick in np.random.default_rng(0).uniform(-1, 1, (20, shipped.width)).astype(np.float32):
        drafting.draft(-tick)
        drafted = drafting.draft(tick)
        scores = alone.step(tick)
        np.testing.assert_array_equal(drafted, scores)
        np.testing.assert_array_equal(drafting.step(tick), scores)
        np.testing.assert_array_equal(model.step(tick), scores)
    assert model.draft(SILENCE) is not None
    model = AcceleratedModel(shipped, StreamingModel(shipped), Selection("found"))
    ticked(model, clock, WARM_UP_TICKS + 1)
    assert model.draft(SILENCE) is None


def test_restarts_are_bounded_and_logged_once(
    shipped: Bundle, clock: Clock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(StandIn, "ill", staticmethod(lambda tick: True))
    selection = Selection()
    model = AcceleratedModel(shipped, StreamingModel(shipped), selection)
    assert not any(ticked(model, clock, 3000))
    assert StandIn.made == 1 + MAX_RESTARTS
    assert selection.reports[-1][0] == "cpu"
    assert (
        "given up: restarted 5 times within 60 s, and it ended (SIGABRT)"
        in selection.reports[-1][1]
    )
    assert caplog.text.count("given up") == 1
    assert caplog.text.count("started again") == MAX_RESTARTS


def test_restarts_that_are_rare_go_on(
    shipped: Bundle, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    often = int(RESTART_WINDOW_S / MAX_RESTARTS * 30) + 30  # ticks of a process
    monkeypatch.setattr(StandIn, "ill", staticmethod(lambda tick: tick > often))
    selection = Selection()
    model = AcceleratedModel(shipped, StreamingModel(shipped), selection)
    answers = ticked(model, clock, often * 12)
    assert StandIn.made > 2 * MAX_RESTARTS
    assert not any("given up" in reason for _, reason in selection.reports)
    assert ("edgetpu", "restarted 1 time") in selection.reports
    assert sum(answers) > 0.8 * len(answers)


# Our end, with programs that stand in for the other.

_SAYS = """#!{python}
import os, socket, sys, time
it = socket.socket(fileno=0)
it.send(b"ready")
while message := it.recv(1000):
    assert len(message) == 256
    {does}
"""


def asked(bundle: Bundle, into: list[AcceleratorProcess], most: float = 60.0) -> None:
    """A tick, of a process that goes ``into`` a list."""
    into.append(AcceleratorProcess(bundle, "library"))
    deadline = time.monotonic() + most
    while into[0].step(SILENCE, False) is None:
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("program", "failure", "why"),
    [
        ("#!/bin/sh\nexit 3\n", ProcessLost, "exit code 3"),
        ("#!/bin/sh\nkill -ABRT $$\n", ProcessLost, "SIGABRT"),
        ("#!/bin/sh\nexec sleep 60\n", ProcessLost, "does not get ready"),
        (_SAYS.replace('b"ready"', 'b"no such\\n device"'), Unusable, r"no such\\n device"),
        (_SAYS.replace("{does}", "time.sleep(60)"), ProcessLost, "does not answer"),
        (_SAYS.replace("{does}", "os.abort()"), ProcessLost, "SIGABRT"),
        (_SAYS.replace("{does}", "it.send(b'abc')"), ProcessLost, "nonsense"),
        (_SAYS.replace("{does}", "it.send(bytes(9999))"), ProcessLost, "nonsense"),
        (
            _SAYS.replace("{does}", "it.send(b'\\xff' * 152)"),
            ProcessLost,
            "nonsense",
        ),  # not numbers
        ("no program", ProcessLost, "cannot be started"),
    ],
)
def test_what_goes_wrong_is_noticed_and_named(
    shipped: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    program: str, failure: type[Exception], why: str,
) -> None:  # fmt: skip
    stand_in = tmp_path / "python"
    stand_in.write_text(program.replace("{python}", sys.executable).replace("{does}", "pass"))
    stand_in.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(stand_in))
    if why == "does not get ready":  # the others get ready, however slow the machine is
        monkeypatch.setattr(accelerator, "START_TIMEOUT_S", 1.0)
    descriptors = len(os.listdir("/proc/self/fd"))
    process: list[AcceleratorProcess] = []
    with pytest.raises(failure, match=why):
        asked(shipped, process)
    for each in process:
        each.end()
        assert each.exited
    assert len(os.listdir("/proc/self/fd")) == descriptors


# The real process, with a library that was made for the test.


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("accelerated")


@pytest.fixture(scope="module")
def loaded(folder: Path) -> Bundle:
    return load(bundle(folder / "bundle"))


def given_up(model: AcceleratedModel, selection: Selection) -> None:
    deadline = time.monotonic() + 20
    while not selection.reports or "given up" not in selection.reports[-1][1]:
        assert model.step(SILENCE).shape == (38,)
        assert time.monotonic() < deadline


def believed(model: AcceleratedModel, selection: Selection) -> None:
    deadline = time.monotonic() + 20
    while selection.reports[-1:] == [] or selection.reports[-1][0] != "edgetpu":
        model.step(SILENCE)
        assert time.monotonic() < deadline


def test_what_it_reads_is_the_same_whenever_its_process_dies(
    loaded: Bundle, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accelerated, "MAX_RESTARTS", 100)
    monkeypatch.setattr(accelerated, "RESTART_PAUSE_S", 0)
    selection = Selection(compiled(folder))
    model = AcceleratedModel(loaded, StreamingModel(loaded), selection)
    assert loaded.selftest
    ticks = loaded.selftest.ticks()
    for death in (None, 0, 5, 17, 24, len(ticks) - 1):
        believed(model, selection)
        model.reset()
        text, last, answers = "", 0, []
        for n, tick in enumerate(ticks):
            if n == death:
                assert model._process
                model._process._child._process.kill()
            scores = model.step(tick)
            answers.append(scores)
            symbol = int(scores.argmax())
            if symbol not in (0, last):
                text += model.alphabet[symbol - 1]
            last = symbol
        assert text == loaded.selftest.text
        if death is None:
            assert selection.reports[-1] == ("edgetpu", "")
            cpu = StreamingModel(loaded)
            assert np.allclose(answers, [cpu.step(tick) for tick in ticks], atol=1e-4)
    assert [reason for _, reason in selection.reports].count("restarted 4 times") == 1
    selftest.check(model, loaded.selftest, "the last")


@pytest.mark.parametrize("flag", ["-DSTART", f"-DINVOKES={WARM_UP_TICKS + 5}"])
def test_an_abort_costs_nothing_but_the_accelerator(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flag: str
) -> None:
    """At each start; inside ``invoke``, when it is believed already."""
    monkeypatch.setattr(accelerated, "RESTART_PAUSE_S", 0)
    monkeypatch.setattr(accelerated, "MAX_RESTARTS", 2)
    loaded, selection = (
        load(bundle(tmp_path / "bundle", selftest=False)),
        Selection(compiled(folder, flag)),
    )
    model = AcceleratedModel(loaded, StreamingModel(loaded), selection)
    given_up(model, selection)
    assert "restarted 2 times within 60 s, and it ended (SIGABRT)" in selection.reports[-1][1]
    names = [name for name, _ in selection.reports]
    assert names.count("edgetpu") == (3 if "INVOKES" in flag else 0)
    right = load(SHIPPED).selftest
    assert right
    selftest.check(model, right, "the CPU")


@pytest.mark.parametrize(
    ("model", "flag", "why"),
    [
        (b"TFL3" * 1000, "-DALL", "cannot be loaded"),
        (None, "-DINVOKES=1000000", "fails its self-test"),
    ],
)
def test_what_cannot_work_is_given_up_at_once(
    folder: Path, tmp_path: Path, model: bytes | None, flag: str, why: str
) -> None:
    """A model that is none; a library that computes wrongly."""
    loaded, selection = load(bundle(tmp_path / "bundle", model)), Selection(compiled(folder, flag))
    given_up(AcceleratedModel(loaded, StreamingModel(loaded), selection), selection)
    assert why in selection.reports[-1][1]
    assert [name for name, _ in selection.reports] == ["cpu", "cpu"]


def test_the_process_ends_with_what_holds_it(loaded: Bundle, folder: Path) -> None:
    model = AcceleratedModel(loaded, StreamingModel(loaded), Selection(compiled(folder)))
    model.step(SILENCE)
    assert model._process
    process = model._process._child._process
    assert process.poll() is None
    del model
    assert process.wait(2) == -9


def test_nothing_of_it_is_loaded_without_an_accelerated_model(folder: Path, loaded: Bundle) -> None:
    program = (
        "import sys; from edge.config import RecognizeConfig;"
        "from edge.recognize import open_recognizer;"
        "from edge.recognize.delegate import DelegateSelection;"
        "config = RecognizeConfig(bundle=sys.argv[1], delegate=sys.argv[2]);"
        "open_recognizer(config, DelegateSelection('off'));"
        "sys.exit('edge.recognize.accelerated' in sys.modules)"
    )
    for where, wanted, expected in ((SHIPPED, "auto", 0), (loaded, "off", 0), (loaded, "auto", 1)):
        command = [sys.executable, "-c", program, str(getattr(where, "folder", where)), wanted]
        assert subprocess.run(command, check=False).returncode == expected


def test_inspect_and_doctor_name_it(
    loaded: Bundle, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = inspect.inspect(loaded.folder)
    assert report["accelerated"]["file"] == "accelerated.tflite"
    assert [line for line in inspect.lines(report) if "accelerated.tflite, 2." in line]

    def found(where: Path, library: str) -> tuple[str, str]:
        monkeypatch.setattr(delegate, "LIBRARY", library)
        (finding,) = doctor._delegate(Config(recognize=RecognizeConfig(bundle=str(where))))
        return finding.state, finding.detail

    library = str(compiled(folder))
    assert "no Coral accelerator" in found(loaded.folder, library)[1]
    monkeypatch.setattr(delegate, "accelerator", lambda: True)
    assert "runs on the CPU" in found(SHIPPED, library)[1]
    assert found(loaded.folder, library)[0] == "ok"
    state, detail = found(loaded.folder, "libnone-of-it.so.1")
    assert (state, "libnone-of-it.so.1 cannot be loaded" in detail) == ("note", True)
