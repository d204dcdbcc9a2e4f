"""The comparison with baselines: paired runs, baselines that are lost or missing, windows."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from benchmarks.baselines import comparison, figures, latency, setup, windows
from benchmarks.baselines.__main__ import markdown
from benchmarks.baselines.clips import Clip
from benchmarks.baselines.harness import Harness
from benchmarks.baselines.pairing import (
    BLOCK,
    WARM_UP,
    Run,
    second,
    shared_hits,
    spread,
    tracked,
    turns,
)  # fmt: skip
from benchmarks.baselines.progress import Progress
from benchmarks.baselines.registry import HOLISTIC, STEP, WINDOW, Baseline, missing, own, registry
from benchmarks.baselines.worker import BaselineLost, Worker
from edge.camera.signer.motion import Spelled

STAND_IN = """
import os, sys, time

class Baseline:
    version = "stand-in 1"
    def __init__(self, cost=0.0, dies_at=-1, sleeps_at=-1, fails_at=-1, home=None):
        self.fault = {dies_at: "die", sleeps_at: "sleep", fails_at: "fail"}
        self.cost, self.stages = cost, (self.look, self.read)
        print("what a library says on stdout")
    def start(self):
        self.seen = 0
    def look(self, item, moment):
        self.seen += 1
        fault = self.fault.get(round(moment * 30)) if moment else None
        if fault == "die":
            sys.exit("a last word")
        if fault == "sleep":
            time.sleep(60)
        if fault == "fail":
            raise ValueError("no such luck")
        until = time.process_time() + self.cost
        while time.process_time() < until:
            pass
        return int(item.sum())
    def read(self, value):
        return value
    def found(self, value):
        return value % 2 == 0
    def output(self, value):
        return [value, self.seen, sorted(os.sched_getaffinity(0))] if value >= 60 else None
    def finish(self):
        return ["the end"]
"""


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "stand_in.py").write_text(STAND_IN)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return "stand_in:Baseline"


@pytest.fixture
def clip(tmp_path: Path) -> Clip:
    """Item n sums up to 4 n."""
    items = np.repeat(np.arange(45, dtype=np.uint8), 4)
    items.tofile(tmp_path / "items.raw")
    return Clip("items", "real", tmp_path / "items.raw", (45, 2, 2), "uint8", 30.0)


def baseline(name: str, serves: str, **options: float) -> Baseline:
    return Baseline(name, Path(sys.executable), serves, options=dict(options))


def run(cpu: Sequence[Sequence[float]], hand: Sequence[bool]) -> Run:
    made = Run(outputs=[[]])
    made.add(0, {"cpu": cpu, "wall": cpu, "hand": hand, "outputs": []})
    return made


def test_turns_alternate_in_blocks() -> None:
    assert list(turns(2 * BLOCK + 5, "ab")) == [
        (0, BLOCK, ["a", "b"]),
        (BLOCK, BLOCK, ["b", "a"]),
        (2 * BLOCK, 5, ["a", "b"]),
    ]
    assert list(turns(0, "ab")) == []


def test_a_tracked_frame_is_one_in_which_both_have_a_hand() -> None:
    early = WARM_UP
    a = run([[9.0, 9.0]] * early + [[1.0, 5.0], [2.0, 5.0], [3.0, 5.0]], [True] * (early + 3))
    b = run([[9.0]] * early + [[4.0], [8.0], [6.0]], [True] * early + [True, False, True])
    assert tracked(a, b) == (2.0, 5.0)
    assert tracked(b, a) == (5.0, 2.0)
    assert second(a, 30.0) == pytest.approx(30 * 7)
    assert tracked(a, run([[1.0]] * (early + 3), [False] * (early + 3))) is None


def test_hits_are_counted_of_theirs_only() -> None:
    four = [[1.0]] * 4
    a, b = run(four, [True, True, False, True]), run(four, [True, False, True, True])
    assert shared_hits(a, b) == pytest.approx(2 / 3)
    assert shared_hits(a, run(four, [False] * 4)) is None


def test_the_warm_up_of_each_clip_is_apart() -> None:
    made = Run()
    for _ in range(2):
        made.outputs.append([])
        for first in (0, 8):
            answer = {"cpu": [[1.0]] * 8, "wall": [[1.0]] * 8, "hand": [None] * 8}
            made.add(first, {**answer, "outputs": [[first + 1, "x"]]})
    assert made.counted.sum() == 2 * (16 - WARM_UP)
    assert np.flatnonzero(made.answered).tolist() == [1, 9, 17, 25]
    assert not any(made.hand)


def test_a_pair_has_the_ratio_of_each_round_and_their_spread() -> None:
    ours, theirs = own("balanced"), HOLISTIC
    n = WARM_UP + 4
    rounds = [
        {ours: run([[a, 1.0]] * n, [True] * n), theirs: run([[b]] * n, [True] * n)}
        for a, b in ((1.0, 4.0), (1.0, 2.0), (3.0, 10.0))
    ]
    baselines, pairs = figures.of_frames("real", rounds)
    cost, hits = pairs
    assert cost["name"] == "CPU per tracked frame, real hands"
    assert (cost["ours"], cost["theirs"]) == (ours, theirs)
    assert cost["ratios"] == [0.25, 0.5, 0.3]
    assert (cost["median"], cost["low"], cost["high"]) == (0.3, 0.25, 0.5)
    assert hits["ratios"] == [1.0] * 3
    assert {"name": theirs, "what": "CPU per tracked frame, real hands", "unit": "ms",
            "samples": [4000.0, 2000.0, 10000.0], "skipped": None} in baselines  # fmt: skip
    json.dumps([baselines, pairs], allow_nan=False)
    assert spread([]) == {}


def test_what_finds_no_hand_has_no_cost_of_a_tracked_frame() -> None:
    n = WARM_UP + 1
    baselines, pairs = figures.of_frames("real", [{HOLISTIC: run([[1.0]] * n, [False] * n)}])
    assert [p["what"] for p in baselines] == [f"frames with a hand, real hands, of {n}"]
    assert pairs == []


def test_no_pair_is_made_of_who_sees_little() -> None:
    n = 4 * WARM_UP
    ours = run([[1.0]] * n, [True] * n)
    half, few = (run([[1.0]] * n, [True] * some + [False] * (n - some)) for some in (n // 2, 2))
    rounds = [{own("fast"): ours, HOLISTIC: few, "other": half}] * 2
    assert figures.rarely_detecting(rounds) == [HOLISTIC]
    baselines, pairs = figures.of_frames("rendered", rounds)
    assert {p["theirs"] for p in pairs} == {"other"}
    hits = "frames with a hand, rendered hands, of 40"
    assert figures.sample(HOLISTIC, hits, "frames", [2, 2]) in baselines


def test_a_baseline_that_is_not_set_up_says_why(tmp_path: Path) -> None:
    everyone = {baseline.name: baseline for baseline in registry(tmp_path)}
    assert missing(everyone[own("fast")], tmp_path) is None
    assert missing(everyone[HOLISTIC], tmp_path) == (
        "not set up: run `python -m benchmarks.baselines.setup`"
    )
    (tmp_path / "skipped.json").write_text('{"mediapipe": "no wheel for this machine"}')
    assert missing(everyone[HOLISTIC], tmp_path) == "no wheel for this machine"
    messages: list[str] = []
    theirs = [p for p in everyone.values() if p.needs]
    with Harness(theirs, tmp_path, messages.append) as harness:
        assert set(harness.skipped) == {p.name for p in theirs}
        assert len(messages) == len(theirs)
    entries = [figures.absent(name, why) for name, why in harness.skipped.items()]
    assert all(e["skipped"] and e["samples"] == [] for e in entries)


def test_the_set_up_goes_on_without_what_cannot_be_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setup, "PACKAGES", dict.fromkeys(setup.PACKAGES, ("no-such",)))
    monkeypatch.setattr(setup, "REPOSITORY", tmp_path)
    messages: list[str] = []
    monkeypatch.setattr(setup, "_interpreter", lambda: "/bin/false")
    reasons = setup.make(tmp_path / "home", messages.append)
    assert reasons["mediapipe"] == "false failed: no message"
    assert reasons["bundles"] == "MediaPipe, whose weights it needs, is not installed"
    assert reasons["networks"].startswith("make failed: ")
    assert [line.split(",")[0] for line in messages] == [f"{name}: skipped" for name in reasons]
    everyone = {baseline.name: baseline for baseline in registry(tmp_path / "home")}
    assert missing(everyone[HOLISTIC], tmp_path / "home") == reasons["mediapipe"]
    assert missing(everyone[WINDOW], tmp_path / "home") == reasons["networks"]


def test_baselines_take_turns_on_one_core(stand_in: str, clip: Clip) -> None:
    messages: list[str] = []
    with Harness(
        [baseline("a", stand_in, cost=0.002), baseline("b", stand_in)], say=messages.append
    ) as harness:
        harness.warm(clip)
        found = harness.round([clip, clip])
        assert messages == ["a: stand-in 1", "b: stand-in 1"]
        assert harness.round([clip], ["b"]).keys() == {"b"}
    a, b = found["a"], found["b"]
    assert a.place == b.place == [*range(45)] * 2
    assert np.array(a.cpu).shape == (90, 2)
    assert a.landmarks.min() >= 0.002 > np.median(b.landmarks)
    assert all(a.hand)
    # It answers from item 15 on; each clip starts from a reset, on one core alone.
    assert a.outputs[1] == [*((n, [4 * n, n + 1, [harness.core]]) for n in range(15, 45)),
                         (44, "the end")]  # fmt: skip
    assert set(harness.resident) == {"a", "b"}
    assert min(harness.resident.values()) > 1


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"dies_at": 20}, "it ended with 1: a last word"),
        ({"fails_at": 20}, "ValueError: no such luck"),
        ({"unknown": 1}, "TypeError: Baseline.__init__() got an unexpected keyword"),
    ],
)
def test_a_baseline_that_fails_is_skipped_and_the_others_go_on(
    stand_in: str, clip: Clip, fault: dict[str, float], reason: str
) -> None:
    with Harness(
        [baseline("bad", stand_in, **fault), baseline("good", stand_in)], say=str
    ) as harness:
        assert harness.round([clip]).keys() == {"good"}
        assert harness.skipped["bad"].startswith(reason)
        assert harness.round([clip]).keys() == {"good"}


def test_a_baseline_that_hangs_is_lost(stand_in: str, clip: Clip) -> None:
    with Worker([sys.executable]) as worker:
        worker.ask(
            "open", baseline=stand_in, options={"sleeps_at": 20}, core=max(os.sched_getaffinity(0))
        )
        worker.ask("clip", **clip.request())
        worker.timeout_s = 0.2
        with pytest.raises(BaselineLost, match=r"no answer to 'run' in 0\.2 s"):
            worker.ask("run", first=0, count=30)


def test_progress_estimates_what_remains_from_what_is_done() -> None:
    now = 10.0
    messages: list[str] = []
    steps = Progress(100, messages.append, clock=lambda: now)
    steps.title = "round 1 of 5"
    now = 40.0
    steps.advance(25)
    now = 135.0
    steps.advance(75)
    assert messages == [
        "round 1 of 5, 0:30 elapsed, about 1:30 remaining",
        "round 1 of 5, 2:05 elapsed, about 0:00 remaining",
    ]


def test_a_python_that_is_not_there_is_lost() -> None:
    with pytest.raises(BaselineLost, match="/nowhere/python cannot be started"):
        Worker(["/nowhere/python"])


def test_windows_that_keep_up_end_with_the_camera() -> None:
    pace = windows.Pace(size=10, frame_s=0.25, window_s=0.5, keeps_up=True, fps=10.0)
    assert windows.windows(pace, 1.5) == [windows.Window(0.9, 1.65), windows.Window(1.9, 2.65)]
    # A letter is in the first window that sees its end; a space is no letter.
    spelled = [Spelled("a", 0.0, 0.9), Spelled(" ", 0.9, 0.92), Spelled("b", 0.95, 1.0)]
    assert windows.delays(pace, spelled) == pytest.approx([0.75, 1.65])
    assert windows.delays(pace, []) == []


def test_windows_that_fall_behind_miss_frames() -> None:
    # Free at 0.25, 0.5: frames 0, 2, then, free at 1.0 after the window, frame 10 and on.
    pace = windows.Pace(size=2, frame_s=0.25, window_s=0.5, keeps_up=False, fps=10.0)
    assert windows.windows(pace, 1.0) == [windows.Window(0.2, 1.0), windows.Window(1.2, 2.0)]
    quick = windows.Pace(size=2, frame_s=0.01, window_s=0.02, keeps_up=False, fps=10.0)
    kept = windows.Pace(size=2, frame_s=0.01, window_s=0.02, keeps_up=True, fps=10.0)
    assert windows.windows(quick, 5.0) == windows.windows(kept, 5.0)


def test_latency_is_from_the_end_of_a_letter_to_its_first_showing(tmp_path: Path) -> None:
    spelled = (Spelled("a", 0.0, 0.2), Spelled("b", 0.3, 0.5))
    clip = Clip("ab", "rendered", tmp_path, (10, 1, 1, 3), "uint8", 10.0, spelled)
    made = run([[0.01, 0.02]] * 10, [True] * 10)
    made.outputs = [[(3, [["a", 0, False]]), (6, [["ab", 1, False]]), (9, [["ab", 2, True]])]]
    assert latency.ours(made, [clip]) == [pytest.approx([0.13, 0.13])]
    made.outputs = [[(4, "a"), (9, "ax")]]
    assert latency.lines(made, [clip]) == [pytest.approx([0.23])]
    made.outputs = [[]]
    assert latency.lines(made, [clip]) == [[]]
    assert latency.letters([clip]) == 2


def test_the_pace_is_that_of_frames_and_windows() -> None:
    made = run([[0.02, 0.01]] * 19 + [[0.02, 0.11]], [True] * 20)
    made.outputs = [[(19, 70)]]
    pace = latency.pace([made, made], keeps_up=True)
    assert (pace.size, pace.keeps_up) == (70, True)
    assert (pace.frame_s, pace.window_s) == (pytest.approx(0.03), pytest.approx(0.1))


def test_latencies_are_paired_by_text() -> None:
    baselines, pairs = figures.of_latency(
        {"ours": [[0.1, 0.1], [0.2], []], "it": [[1.0], [], [1.0]]}
    )
    assert [p["samples"] for p in baselines] == [[100.0, 100.0, 200.0], [1000.0, 1000.0]]
    assert pairs[0]["ratios"] == [0.1]
    _, pairs = figures.of_latency({"ours": [[]], "it": [[]]})
    assert pairs[0]["ratios"] == []
    assert figures.of_latency({}) == ([], [])


def test_the_tables_leave_nobody_out() -> None:
    found = {
        "baselines": [
            figures.sample("a", "CPU", "ms", [1.0, 3.0]),
            figures.absent("b", "no wheel"),
        ],
        "pairs": [figures.pair("CPU", "a", "c", [0.5, 0.25]), figures.pair("CPU", "a", "d", [])],
        "remarks": ["Few clips."],
        "rounds": 2,
        "machine": {
            "architecture": "x86_64",
            "cpu": "some",
            "cores": 2,
            "core": 1,
            "raspberry_pi": False,
        },
    }
    lines = markdown(found).splitlines()
    assert "| CPU | a | c | 0.375 | 0.25-0.5 | 2 |" in lines
    assert "| CPU | a | 2 | ms | 2 |" in lines
    assert lines[-2:] == ["- b: skipped: no wheel", "- Few clips."]


def test_where_no_baseline_is_set_up_ours_is_measured_alone(
    landmark_weights: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = [p for p in registry(tmp_path) if p.name not in map(own, ("fast", "accurate"))]
    monkeypatch.setattr(comparison, "registry", lambda home: few)
    monkeypatch.setattr(comparison, "TEXTS", ("a",))
    monkeypatch.setattr(comparison, "TICKS", 40)
    messages: list[str] = []
    found = comparison.compare(
        tmp_path, rounds=3, home=tmp_path, say=messages.append, seconds=0.001
    )
    assert found["rounds"] == 1  # no more fit, and one there always is
    json.dumps(found, allow_nan=False)
    skipped = {p["name"] for p in found["baselines"] if p["skipped"]}
    assert skipped == {p.name for p in registry(tmp_path) if p.needs}
    measured = {(p["name"], p["what"]) for p in found["baselines"] if p["samples"]}
    ours = own("balanced")
    assert {(ours, "CPU per tracked frame, rendered hands"), (ours, figures.LATENCY),
            (STEP, figures.TICK), (ours, figures.MEMORY)} <= measured  # fmt: skip
    assert found["pairs"] == []
    assert found["remarks"][0] == "No real clip was there: rendered hands only."
    assert markdown(found)
    rounds = [line for line in messages if "round 1 of 3" in line]
    assert rounds[0].startswith("compare: round 1 of 3, rendered, ")
    assert "remaining" in rounds[-1]
    with pytest.raises(ValueError, match="rounds must be at least 1"):
        comparison.compare(tmp_path, rounds=0)
