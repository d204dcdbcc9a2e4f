"""How soon a hand that appears has landmarks, and what an empty picture costs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import cv2
import numpy as np

from benchmarks.modes.clip import FPS
from benchmarks.modes.emission import ROOM
from benchmarks.modes.settings import Options, open_tracker, pinned, progress, trials
from benchmarks.modes.stages import frames, swing
from benchmarks.modes.view import appears
from benchmarks.report import Fact, Section, Series
from benchmarks.report.stats import LEAST
from edge.camera.frame import Frame
from edge.camera.signer import Signer

ABOUT = (
    "Rendered signers, each raising a hand: the time from the moment its wrist and all knuckles "
    "are inside the picture, by the truth, to its first landmarks. The clock is that of the "
    "source, plus what the tracker took. The room was empty for 2 to 4 s before. A hand found "
    "before all of it is in the picture has a negative delay. In addition, the CPU time of all "
    "threads that the tracker takes for a frame: of an empty room with a camera's noise, of an "
    "empty scene in which everything moves, and of a hand it tracks."
)
CALLS = 900
WARM_UP = 30
LETTERS = "abcdefghiklmnopqrstuvwxy"


def run(options: Options) -> Section:
    most = options.count or LEAST["p95"]
    with pinned(options.core):
        tracker = open_tracker(options.config())
        delays = []
        missed = 0
        count = 0
        for seed in trials(most, options.limit(0.5)):
            progress(f"appear: {seed} of {most}")
            count += 1
            delay = first(tracker, seed)
            missed += delay is None
            delays += [] if delay is None else [delay]
        calls = options.count or CALLS
        hand, empty = frames()
        part = partial(_cpu, tracker, calls=calls, limit_s=options.limit(0.5 / 3))
        static = part(swing(empty), what="empty room")
        moving = part(_moving(empty), what="moving scene")
        tracked = part(swing(hand), what="hand", only=lambda seen: bool(seen.hands))
    series = [Series.of("hand appears to first landmarks", "ms", delays, what="a signer")]
    costs = {"a hand followed": tracked, "empty room": static, "moving empty scene": moving}
    for name, samples in costs.items():
        series.append(
            Series.of(f"CPU, {name}", "ms", samples, what="a frame", group="CPU of a frame",
                      judged=("mean",))
        )  # fmt: skip
    facts = [Fact("hands not found within their clip", f"{missed} of {count}")]
    for name in ("empty room", "moving empty scene"):
        if costs[name] and tracked:
            share = 100 * float(np.mean(costs[name]) / np.mean(tracked))
            facts.append(Fact(f"{name}, share of a hand followed", share, "%"))
    return Section("appear", ABOUT, (), tuple(series), tuple(facts))


def first(tracker: Any, seed: int) -> float | None:
    """Milliseconds from the hand in view to its first landmarks; None: not while it spells.

    The room is empty for 2 to 4 s before, depending on the seed, so that the tracker does what it
    does in empty rooms, and a search is due at any moment.
    """
    rng = np.random.default_rng(seed)
    text = LETTERS[rng.integers(len(LETTERS))]
    signer = Signer(text, seed=1000 + seed, fps=FPS, pace=False)
    before = int(rng.integers(60, 120))
    moment = appears(signer)
    tracker.reset()
    room: list[Frame] = []
    while (frame := signer.read()) is not None:
        if len(room) < ROOM:
            room.append(frame)
            if len(room) == ROOM:
                _wait(tracker, room, before)
            continue
        started = time.perf_counter()
        seen = tracker(frame)
        if seen.hands:
            return 1000 * (frame.time + time.perf_counter() - started - moment)
    return None


def _wait(tracker: Any, room: list[Frame], count: int) -> None:
    """Show ``count`` frames of a room, again and again the same, and then each of them at its
    own time."""
    for n in range(count):
        shown = room[n % len(room)]
        tracker(replace(shown, time=(n - count) / FPS))
    for frame in room:
        tracker(frame)


def _cpu(
    tracker: Any,
    given: Iterator[Frame],
    *,
    calls: int,
    what: str,
    limit_s: float | None = None,
    only: Callable[[Any], bool] = lambda seen: not seen.hands,
) -> list[float]:
    """CPU milliseconds of each frame whose landmarks are as wanted."""
    tracker.reset()
    out: list[float] = []
    for _ in range(WARM_UP):
        tracker(next(given))
    for n in trials(calls, limit_s):
        progress(f"appear: CPU, {what}, {n} of {calls}")
        frame = next(given)
        started = time.process_time()
        seen = tracker(frame)
        took = 1000 * (time.process_time() - started)
        if only(seen):
            out.append(took)
    return out


def _moving(empty: list[Frame]) -> Iterator[Frame]:
    """An empty scene that sways by up to 40 pixels, grows lighter and darker, and through which a
    box goes."""
    for n, frame in enumerate(swing(empty)):
        height, width = frame.pixels.shape[:2]
        dx, dy = 40 * np.sin(n / 9), 25 * np.sin(n / 13)
        shift = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
        moved = cv2.warpAffine(frame.pixels, shift, (width, height), borderMode=cv2.BORDER_REFLECT)
        moved = cv2.convertScaleAbs(moved, alpha=1 + 0.15 * float(np.sin(n / 17)))
        x = n * 7 % (width + 120) - 120
        cv2.rectangle(moved, (x, 150), (x + 120, 330), (60, 90, 140), -1)
        yield replace(frame, pixels=np.asarray(moved, np.uint8))
