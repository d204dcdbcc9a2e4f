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
from edge.recognize.accelerated import MOST, PAST, WITHIN_S, Accelerated
from edge.recognize.accelerator import Accelerator, Lost, Unfit
from edge.recognize.bundle import Bundle, load
from edge.recognize.features import WIDTH
from edge.recognize.model import StreamingModel
from tests.faults.accelerated import bundle, compiled

SILENCE = np.zeros(WIDTH, np.float32)
SHIPPED = resources.models() / "bundles" / "ishara-stream"
Floats = NDArray[np.float32]


class Desk:
    """Knows the library, and what was told."""

    def __init__(self, library: str | Path = "library") -> None:
        self.library = str(library)
        self.told: list[tuple[str, str]] = []

    def tell(self, name: str, reason: str) -> None:
        self.told.append((name, reason))


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
        self.end, self.gone, self.ticks = self.End(), True, 0

    def step(self, features: Floats, forget: bool) -> Floats | None:
        self.ticks += 1
        if self.ill(self.ticks):
            raise Lost("it ended (SIGABRT)")
        return np.full(38, -1, np.float32)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(accelerated, "time", clock)
    monkeypatch.setattr(accelerated, "Accelerator", StandIn)
    monkeypatch.setattr(StandIn, "made", 0)
    return clock


def ticked(model: Accelerated, clock: Clock, count: int) -> list[bool]:
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
    desk = Desk("")
    model = Accelerated(shipped, StreamingModel(shipped), desk)
    assert not any(ticked(model, clock, 50))
    assert StandIn.made == 0
    assert len(desk.told) == 1
    desk.library = "found"
    assert ticked(model, clock, PAST + 5) == [False] * PAST + [True] * 5
    assert desk.told == [("cpu", "the accelerator starts with the first frames"), ("edgetpu", "")]


def test_a_draft_changes_nothing_and_is_the_cpu_s_alone(shipped: Bundle, clock: Clock) -> None:
    alone, drafting = StreamingModel(shipped), StreamingModel(shipped)
    model = Accelerated(shipped, StreamingModel(shipped), Desk(""))
    for tick in np.random.default_rng(0).uniform(-1, 1, (20, shipped.width)).astype(np.float32):
        drafting.draft(-tick)
        drafted = drafting.draft(tick)
        scores = alone.step(tick)
        np.testing.assert_array_equal(drafted, scores)
        np.testing.assert_array_equal(drafting.step(tick), scores)
        np.testing.assert_array_equal(model.step(tick), scores)
    assert model.draft(SILENCE) is not None
    model = Accelerated(shipped, StreamingModel(shipped), Desk("found"))
    ticked(model, clock, PAST + 1)
    assert model.draft(SILENCE) is None


def test_restarts_are_bounded_and_told_once(
    shipped: Bundle, clock: Clock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(StandIn, "ill", staticmethod(lambda tick: True))
    desk = Desk()
    model = Accelerated(shipped, StreamingModel(shipped), desk)
    assert not any(ticked(model, clock, 3000))
    assert StandIn.made == 1 + MOST
    assert desk.told[-1][0] == "cpu"
    assert "given up: restarted 5 times within 60 s, and it ended (SIGABRT)" in desk.told[-1][1]
    assert caplog.text.count("given up") == 1
    assert caplog.text.count("started again") == MOST


def test_restarts_that_are_rare_go_on(
    shipped: Bundle, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    often = int(WITHIN_S / MOST * 30) + 30  # ticks of a process
    monkeypatch.setattr(StandIn, "ill", staticmethod(lambda tick: tick > often))
    desk = Desk()
    model = Accelerated(shipped, StreamingModel(shipped), desk)
    answers = ticked(model, clock, often * 12)
    assert StandIn.made > 2 * MOST
    assert not any("given up" in reason for _, reason in desk.told)
    assert ("edgetpu", "restarted 1 time") in desk.told
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


def asked(bundle: Bundle, into: list[Accelerator], most: float = 20.0) -> None:
    """A tick, of a process that goes ``into`` a list."""
    into.append(Accelerator(bundle, "library"))
    deadline = time.monotonic() + most
    while into[0].step(SILENCE, False) is None:
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("program", "failure", "why"),
    [
        ("#!/bin/sh\nexit 3\n", Lost, "exit code 3"),
        ("#!/bin/sh\nkill -ABRT $$\n", Lost, "SIGABRT"),
        ("#!/bin/sh\nexec sleep 60\n", Lost, "does not get ready"),
        (_SAYS.replace('b"ready"', 'b"no such\\n device"'), Unfit, r"no such\\n device"),
        (_SAYS.replace("{does}", "time.sleep(60)"), Lost, "does not answer"),
        (_SAYS.replace("{does}", "os.abort()"), Lost, "SIGABRT"),
        (_SAYS.replace("{does}", "it.send(b'abc')"), Lost, "nonsense"),
        (_SAYS.replace("{does}", "it.send(bytes(9999))"), Lost, "nonsense"),
        (_SAYS.replace("{does}", "it.send(b'\\xff' * 152)"), Lost, "nonsense"),  # not numbers
        ("no program", Lost, "cannot be started"),
    ],
)
def test_what_goes_wrong_is_noticed_and_told(
    shipped: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    program: str, failure: type[Exception], why: str,
) -> None:  # fmt: skip
    stand_in = tmp_path / "python"
    stand_in.write_text(program.replace("{python}", sys.executable).replace("{does}", "pass"))
    stand_in.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(stand_in))
    monkeypatch.setattr(accelerator, "START_S", 1.0)
    descriptors = len(os.listdir("/proc/self/fd"))
    process: list[Accelerator] = []
    with pytest.raises(failure, match=why):
        asked(shipped, process)
    for each in process:
        each.end()
        assert each.gone
    assert len(os.listdir("/proc/self/fd")) == descriptors


# The real process, with a library that was made for the test.


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("accelerated")


@pytest.fixture(scope="module")
def told(folder: Path) -> Bundle:
    return load(bundle(folder / "bundle"))


def given_up(model: Accelerated, desk: Desk) -> None:
    deadline = time.monotonic() + 20
    while not desk.told or "given up" not in desk.told[-1][1]:
        assert model.step(SILENCE).shape == (38,)
        assert time.monotonic() < deadline


def believed(model: Accelerated, desk: Desk) -> None:
    deadline = time.monotonic() + 20
    while desk.told[-1:] == [] or desk.told[-1][0] != "edgetpu":
        model.step(SILENCE)
        assert time.monotonic() < deadline


def test_what_it_reads_is_the_same_whenever_its_process_dies(
    told: Bundle, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accelerated, "MOST", 100)
    monkeypatch.setattr(accelerated, "PAUSE_S", 0)
    desk = Desk(compiled(folder))
    model = Accelerated(told, StreamingModel(told), desk)
    assert told.selftest
    ticks = told.selftest.ticks()
    for death in (None, 0, 5, 17, 24, len(ticks) - 1):
        believed(model, desk)
        model.reset()
        text, last, answers = "", 0, []
        for n, tick in enumerate(ticks):
            if n == death:
                assert model._process
                model._process._process.kill()
            scores = model.step(tick)
            answers.append(scores)
            symbol = int(scores.argmax())
            if symbol not in (0, last):
                text += model.alphabet[symbol - 1]
            last = symbol
        assert text == told.selftest.text
        if death is None:
            assert desk.told[-1] == ("edgetpu", "")
            cpu = StreamingModel(told)
            assert np.allclose(answers, [cpu.step(tick) for tick in ticks], atol=1e-4)
    assert [reason for _, reason in desk.told].count("restarted 4 times") == 1
    selftest.check(model, told.selftest, "the last")


@pytest.mark.parametrize("flag", ["-DSTART", f"-DINVOKES={PAST + 5}"])
def test_an_abort_costs_nothing_but_the_accelerator(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flag: str
) -> None:
    """At each start; inside ``invoke``, when it is believed already."""
    monkeypatch.setattr(accelerated, "PAUSE_S", 0)
    monkeypatch.setattr(accelerated, "MOST", 2)
    told, desk = load(bundle(tmp_path / "bundle", selftest=False)), Desk(compiled(folder, flag))
    model = Accelerated(told, StreamingModel(told), desk)
    given_up(model, desk)
    assert "restarted 2 times within 60 s, and it ended (SIGABRT)" in desk.told[-1][1]
    names = [name for name, _ in desk.told]
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
    told, desk = load(bundle(tmp_path / "bundle", model)), Desk(compiled(folder, flag))
    given_up(Accelerated(told, StreamingModel(told), desk), desk)
    assert why in desk.told[-1][1]
    assert [name for name, _ in desk.told] == ["cpu", "cpu"]


def test_the_process_ends_with_what_holds_it(told: Bundle, folder: Path) -> None:
    model = Accelerated(told, StreamingModel(told), Desk(compiled(folder)))
    model.step(SILENCE)
    assert model._process
    process = model._process._process
    assert process.poll() is None
    del model
    assert process.wait(2) == -9


def test_nothing_of_it_is_loaded_without_an_accelerated_model(folder: Path, told: Bundle) -> None:
    program = (
        "import sys; from edge.config import RecognizeConfig;"
        "from edge.recognize import open_recognizer;"
        "from edge.recognize.delegate import Choice;"
        "open_recognizer(RecognizeConfig(bundle=sys.argv[1], delegate=sys.argv[2]), Choice('off'));"
        "sys.exit('edge.recognize.accelerated' in sys.modules)"
    )
    for where, wanted, loaded in ((SHIPPED, "auto", 0), (told, "off", 0), (told, "auto", 1)):
        command = [sys.executable, "-c", program, str(getattr(where, "folder", where)), wanted]
        assert subprocess.run(command, check=False).returncode == loaded


def test_inspect_and_doctor_tell_of_it(
    told: Bundle, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = inspect.inspect(told.folder)
    assert report["accelerated"]["file"] == "accelerated.tflite"
    assert [line for line in inspect.lines(report) if "accelerated.tflite, 2." in line]

    def found(where: Path, library: str) -> tuple[str, str]:
        monkeypatch.setattr(delegate, "LIBRARY", library)
        (finding,) = doctor._delegate(Config(recognize=RecognizeConfig(bundle=str(where))))
        return finding.state, finding.detail

    library = str(compiled(folder))
    assert "no Coral accelerator" in found(told.folder, library)[1]
    monkeypatch.setattr(delegate, "accelerator", lambda: True)
    assert "runs on the CPU" in found(SHIPPED, library)[1]
    assert found(told.folder, library)[0] == "ok"
    state, detail = found(told.folder, "libnone-of-it.so.1")
    assert (state, "libnone-of-it.so.1 cannot be loaded" in detail) == ("note", True)
