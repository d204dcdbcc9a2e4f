"""The benchmark's modes, small, on the real program."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import cycle
from pathlib import Path

import pytest

from benchmarks import benchmark
from benchmarks.modes import mode, overload, replay
from benchmarks.modes.clip import render
from benchmarks.modes.process import cpu_seconds, status
from benchmarks.modes.settings import Options, pinned, trials
from benchmarks.modes.throttle import Stopper, hold, quota
from benchmarks.modes.view import appears, leaves
from benchmarks.report import Report, Section
from edge.camera import open_camera
from edge.camera.signer import Signer
from edge.errors import UserError


@pytest.fixture
def spinning() -> Iterator[int]:
    """The number of a process that does nothing but work."""
    process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    yield process.pid
    process.kill()
    process.wait()


def used(pid: int, seconds: float) -> float:
    """Share of a core that a process gets."""
    began, before = time.monotonic(), cpu_seconds(pid)
    time.sleep(seconds)
    return (cpu_seconds(pid) - before) / (time.monotonic() - began)


class Simulated:
    """A process that uses all CPU it gets, on a clock whose waits end late now and then."""

    def __init__(self, late: Sequence[float], seconds: float) -> None:
        self._late, self._end = cycle(late), seconds
        self._now = self._used = 0.0
        self._running = True

    def now(self) -> float:
        return self._now

    def used(self) -> float:
        return self._used

    def stop(self) -> None:
        self._running = False

    def go_on(self) -> None:
        self._running = True

    def wait(self, seconds: float) -> None:
        took = seconds + next(self._late)
        self._now += took
        self._used += took * self._running

    def over(self) -> bool:
        return self._now >= self._end


@pytest.mark.parametrize("share", [0.1, 0.25, 0.9])
@pytest.mark.parametrize("late", [(0.0,), (0.0, 0.0, 0.004), (0.0, 0.05), (0.1,)])
def test_a_process_is_held_to_its_share_however_late_it_is_stopped(
    share: float, late: tuple[float, ...]
) -> None:
    process = Simulated(late, 60.0)
    hold(process, share)
    # One stop that came late is not yet made up for at the end.
    assert process.used() <= share * process.now() + max(late) + 0.01
    if late == (0.0,):
        assert process.used() == pytest.approx(share * 60.0, rel=0.1)


def test_a_process_held_by_signals_goes_on_afterwards(spinning: int) -> None:
    stopper = Stopper(spinning, 0.1)
    worked(spinning, 0.05)
    stopper.end()
    assert Path(f"/proc/{spinning}/stat").read_text().rpartition(")")[2].split()[0] != "T"


@pytest.mark.quiet
def test_signals_hold_a_process_to_its_share(spinning: int) -> None:
    stopper = Stopper(spinning, 0.1)
    held = used(spinning, 1.0)
    stopper.end()
    assert 0 < held < 0.15


def test_a_quota_says_how_it_holds_and_outlives_the_process(spinning: int) -> None:
    with quota(spinning, 0.25) as how:
        assert how.endswith("5 ms of CPU every 20 ms")
        subprocess.run(["kill", "-KILL", str(spinning)], check=True)


@pytest.mark.quiet
def test_a_quota_holds_a_process_to_its_share(spinning: int) -> None:
    with quota(spinning, 0.25):
        assert used(spinning, 0.5) < 0.4


def test_a_process_is_measured_from_outside(spinning: int) -> None:
    worked(spinning, 0.1)
    now, highest = status(spinning)
    assert 1 < now <= highest


def worked(pid: int, seconds: float) -> None:
    """Wait until a process has used CPU time, however long that takes on a busy machine."""
    deadline = time.monotonic() + 60.0
    while cpu_seconds(pid) < seconds:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_trials_are_as_many_as_fit_but_at_least_one() -> None:
    # Trials of 2 s each: a third would end at 6.
    assert list(trials(10, 5.0, iter([0.0, 2.0, 4.0]).__next__)) == [0, 1]
    assert list(trials(3, 0.5, lambda: 7.0)) == [0, 1, 2]  # they take no time
    assert list(trials(10, 1.0, iter([0.0, 9.0]).__next__)) == [0]
    assert list(trials(3, None)) == [0, 1, 2]
    assert list(trials(0, 1.0)) == []


def test_the_time_limit_is_of_each_mode() -> None:
    assert Options().limit(0.5) is None
    assert Options().replay_s == 60.0
    limited = Options(seconds=4.0)
    assert (limited.replay_s, limited.limit(0.25)) == (4.0, 1.0)
    assert limited.settings()["time limit of a mode, s"] == 4.0
    assert "time limit of a mode, s" not in Options().settings()


@pytest.mark.usefixtures("landmark_weights")
@pytest.mark.parametrize("name", ["emission", "appear", "cold"])
def test_a_mode_of_trials_ends_after_one_where_no_more_fit(name: str, tmp_path: Path) -> None:
    made = mode(name)(Options(seconds=0.001, folder=tmp_path))
    counts = {series.name: len(series.samples) for series in made.series}
    one = {
        "emission": "final after the endpoint",
        "appear": "CPU, empty room",
        "cold": "start to first text",
    }[name]
    # Emission has one text and one signer for the end.
    assert counts[one] == (2 if name == "emission" else 1)


def test_a_core_that_is_not_there_is_refused() -> None:
    with pytest.raises(UserError, match="--core 4096"), pinned(4096):
        pass


def test_a_profile_that_is_not_there_is_refused() -> None:
    with pytest.raises(UserError, match="--profile warp: it must be one of"):
        Options(profile="warp").config()


def test_a_clip_knows_its_truth(tmp_path: Path) -> None:
    clip = render(tmp_path / "clip.avi", 3.5, ("a", "b"))
    source = open_camera(f"{clip.uri}?pace=0")
    frames = 0
    while source.read() is not None:
        frames += 1
    assert frames == clip.frames
    assert (clip.texts, clip.text) == (("a", "b"), "a b")
    first, second = clip.spelled
    assert (first.text, second.text) == ("a", "b")
    assert 2.5 < second.start - first.end < 4  # the hand was gone between them


def test_the_hand_is_in_view_while_it_spells() -> None:
    signer = Signer("ab", pace=False)
    assert 0.4 < appears(signer) < signer.spelled[0].start
    assert signer.spelled[-1].end < leaves(signer) < signer.duration - 1.0


def test_characters_wrong_count_what_is_made_up_too() -> None:
    assert replay.wrong("hallo", "hello") == [0, 1, 0, 0, 0]
    assert sum(replay.wrong("abx", "ab")) == 1


@pytest.mark.usefixtures("landmark_weights")
def test_stages_and_replay_from_end_to_end(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["stages", "replay", "--seconds", "3", "--count", "3", "--out", str(tmp_path)]
    # Three seconds of text have not the 130 samples a verdict needs.
    assert benchmark.main([*arguments, "--target-ms", "200"]) == 3
    out = capsys.readouterr().out.splitlines()
    assert any(re.fullmatch(r"NOT JUDGED .*: \d+ of 130 needed", line) for line in out)
    assert str(tmp_path / "report.html") in out[-3:], "after the figures, before the pictures"
    report = Report.load(tmp_path / "report.json")
    stages, replayed = report.named("stages"), report.named("replay")
    assert stages is not None
    assert replayed is not None
    flat = [series for series in stages.series if series.group == "Flatness"]
    assert len(flat) == 2
    assert all(1 <= len(s.samples) <= (500 if s in flat else 3) for s in stages.series)
    assert all(min(series.samples) >= 0 for series in stages.series)
    for name in ("captured -> published, clip", "captured -> published, signer"):
        series = replayed.named(name)
        assert series is not None
        assert all(sample > 0 for sample in series.samples)
    facts = {fact.name: fact.value for fact in replayed.facts}
    due, recognised = facts["frames: due"], facts["frames: recognised"]
    skipped = facts["frames: skipped by the source, being late"]
    assert isinstance(due, int)
    assert due == recognised + skipped + facts["frames: dropped between stages"]
    assert any(name.endswith(".tflite") for name in report.environment["models"])
    assert (tmp_path / "report.md").is_file()


@pytest.mark.quiet
@pytest.mark.usefixtures("landmark_weights")
def test_a_replay_has_the_age_of_each_text(tmp_path: Path) -> None:
    """On a busy machine most frames of so short a clip are dropped, and with them the texts."""
    replayed = mode("replay")(Options(seconds=3.0, folder=tmp_path))
    for name in ("captured -> published, clip", "captured -> published, signer"):
        series = replayed.named(name)
        assert series is not None
        assert len(series.samples) >= 3


@pytest.mark.usefixtures("landmark_weights")
def test_what_was_measured_before_a_failure_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def count(_: Options) -> Section:
        return Section("emission", "One, two, three.")

    monkeypatch.setattr(benchmark, "mode", lambda name: {"emission": count}.get(name, camera))
    assert benchmark.main(["emission", "appear", "--out", str(tmp_path)]) == 2
    assert "nothing.avi" in capsys.readouterr().err
    sections = Report.load(tmp_path / "report.json").sections
    assert [section.mode for section in sections] == ["emission", "appear"]
    assert sections[1].about.startswith("It did not run to its end: ")


def camera(options: Options) -> Section:
    """A mode whose source is not there: the real process says so."""
    replay.replayed("video:nothing.avi", options, 1.0, "nothing")
    raise AssertionError("it ended well")


@pytest.mark.usefixtures("landmark_weights")
def test_a_slow_stage_drops_frames(tmp_path: Path) -> None:
    options = Options(folder=tmp_path)
    clip = render(tmp_path / "clip.avi", 2.0, ("ab",))
    slow = dict((name, slow) for name, slow, _ in overload.RUNS)["slow stage"]
    found = replay.Frames.of(clip, options, "slow", slow)
    assert len(found.lost) == clip.frames
    assert sum(found.lost) > clip.frames / 3
    assert 1000 * slow < min(found.ages)


@pytest.mark.quiet
@pytest.mark.usefixtures("landmark_weights")
def test_a_slow_stage_bounds_the_age_of_frames(tmp_path: Path) -> None:
    options = Options(folder=tmp_path)
    clip = render(tmp_path / "clip.avi", 2.0, ("ab",))
    assert max(replay.Frames.of(clip, options, "slow", 0.1).ages) < 2000
