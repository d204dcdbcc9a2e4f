"""Each stage alone, back to back."""

from __future__ import annotations

import socket
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.modes.clip import FPS, render
from benchmarks.modes.settings import Options, models, open_tracker, pinned, progress, trials
from benchmarks.report import Fact, Section, Series, Table
from benchmarks.serving import serve
from edge.camera import open_camera
from edge.camera.frame import Frame
from edge.camera.signer import Signer
from edge.events import encode
from edge.landmarks.roi import from_landmarks
from edge.pipeline.texts import text_event
from edge.recognize import Char, Hypothesis, open_recognizer
from edge.recognize.hand_features import encode as features_of

ABOUT = (
    "Each stage alone, called repeatedly without a pause: its cost, not the latency of the whole. "
    "Wall time, and CPU time of all threads. The first call and the ten after it are listed "
    "separately."
)
CALLS = 700
"""Enough for a 99th percentile."""
WARM_UP = 10
PARTS = 16
"""Parts that share the time limit: those timed, and two that prepare the recogniser's input."""
TICKS, END = 3000, 500
TEXT = "quick brown fox"
SECONDS = 3.0
"""Of the hand in view, from which the frames are taken, forwards and backwards."""


@dataclass
class Bench:
    """Times one call after the other, and gathers the series and facts.

    Attributes:
        calls: most calls of each stage that count.
        limit_s: time limit of each stage, if any.
    """

    calls: int
    limit_s: float | None = None
    series: list[Series] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    early: list[tuple[str, str, str]] = field(default_factory=list)

    def time(
        self, name: str, what: str, call: Callable[[Any], object], inputs: Iterator[Any]
    ) -> None:
        """Time ``call`` on at most `calls` inputs, after a first one and `WARM_UP` more."""
        wall: list[float] = []
        cpu: list[float] = []

        def one(given: Any) -> None:
            started, worked = time.perf_counter(), time.process_time()
            call(given)
            cpu.append(1000 * (time.process_time() - worked))
            wall.append(1000 * (time.perf_counter() - started))

        for _ in range(1 + WARM_UP):
            one(next(inputs))
        for n, given in zip(trials(self.calls, self.limit_s), inputs, strict=False):
            one(given)
            progress(f"stages: {name}, {n} of {self.calls}")
        self.add(name, what, wall, cpu)

    def add(self, name: str, what: str, wall: Sequence[float], cpu: Sequence[float]) -> None:
        """Add a stage whose samples begin with a first call and the warm-up."""
        early = 1 + WARM_UP
        # What a stage costs is judged by its CPU time: wall time depends on other processes too.
        self.series += [
            Series.of(name, "ms", wall[early:], what=what, group="Wall time", judged=()),
            Series.of(f"{name}, CPU", "ms", cpu[early:], what=what, group="CPU time",
                      judged=("mean", "p50")),
        ]  # fmt: skip
        warm = f"{np.mean(wall[1:early]):.3f}"
        self.early.append((name, f"{wall[0]:.3f}", warm))

    def first(self, name: str, call: Callable[[], Any]) -> Any:
        """Time one call, as a fact."""
        started = time.perf_counter()
        made = call()
        self.facts.append(Fact(name, round(1000 * (time.perf_counter() - started), 1), "ms"))
        return made


def run(options: Options) -> Section:
    bench = Bench(options.count or CALLS, options.limit(1 / PARTS))
    config = options.config()
    with pinned(options.core):
        _sources(bench, options)
        hand, empty = frames()
        tracker = bench.first("tracker: loading", lambda: open_tracker(config))
        bench.first("tracker: first frame after loading", lambda: tracker(hand[0]))
        seen = _landmarks(bench, tracker, hand, empty)
        recognizer = bench.first("recogniser: loading", lambda: open_recognizer(config.recognize))
        recognizer.push(seen[0])
        bench.first("recogniser: first tick after loading", lambda: recognizer.push(seen[1]))
        _recognition(bench, recognizer, seen)
        _publishing(bench)
    early = Table(
        "First call and warm-up",
        ("stage", "first call, ms", f"mean of the {WARM_UP} after it, ms"),
        tuple(bench.early),
    )
    return Section("stages", ABOUT, (), tuple(bench.series), tuple(bench.facts), (early,))


def frames() -> tuple[list[Frame], list[Frame]]:
    """Frames with a hand that spells, and of the room without one."""
    signer = Signer(TEXT, seed=1, pace=False)
    begin, end = signer.spelled[0].start, signer.spelled[0].start + SECONDS
    hand, empty = [], []
    while (frame := signer.read()) is not None and frame.time < end:
        if frame.time < 0.3:
            empty.append(frame)
        elif frame.time >= begin:
            hand.append(frame)
    return hand, empty


def swing(frames: Sequence[Frame]) -> Iterator[Frame]:
    """The frames forwards and backwards, endlessly, without a jump, with increasing time."""
    way = [*frames, *frames[-2:0:-1]]
    n = 0
    while True:
        frame = way[n % len(way)]
        yield Frame(frame.pixels, n / FPS, time.monotonic(), n)
        n += 1


def _sources(bench: Bench, options: Options) -> None:
    calls = 1 + WARM_UP + bench.calls
    clip = render(options.folder / "stages.avi", min(20.0, calls / FPS))

    def decoded() -> Iterator[Any]:
        while True:
            source = open_camera(f"{clip.uri}?pace=0")
            for _ in range(clip.frames):
                yield source
            source.close()

    def drawn() -> Iterator[Any]:
        seed = 0
        while True:
            source = Signer(TEXT, seed=(seed := seed + 1), pace=False)
            for _ in range(int(source.duration * source.fps)):
                yield source

    bench.time("video decode", "640x480 MJPG to RGB", lambda source: source.read(), decoded())
    bench.time("signer render", "640x480, hand in and out of view", lambda s: s.read(), drawn())


def _landmarks(bench: Bench, tracker: Any, hand: Sequence[Frame], empty: Sequence[Frame]) -> Any:
    """Times the landmark stage. Returns its landmarks of ``hand``, forwards and backwards."""
    palm, look = models(tracker)
    tracker.reset()
    seen = [tracker(frame) for frame in hand]
    there = [(f, s.hands[0]) for f, s in zip(hand, seen, strict=True) if s.hands]
    scale = np.array([*seen[0].size, seen[0].size[0]], np.float32)
    regions = [(f.pixels, from_landmarks(h.points * scale)) for f, h in there]
    bench.time("crop and hand model", "one region", lambda r: look(*r), _again(regions))
    bench.time("palm search", "one frame", lambda f: palm(f.pixels), swing(hand))
    bench.time("palm search, empty", "one empty frame", lambda f: palm(f.pixels), swing(empty))
    tracker.reset()
    bench.time("tracker, hand in view", "one tracked frame", tracker, swing(hand))
    tracker.reset()
    bench.time("tracker, no hand", "one frame; some are searched", tracker, swing(empty))
    tracker.reset()
    way = swing(hand)
    before = [tracker(next(way)) for _ in range(1 + WARM_UP)]
    return before + [tracker(next(way)) for _ in trials(bench.calls, bench.limit_s)]


def _again(items: Sequence[Any]) -> Iterator[Any]:
    while True:
        yield from items


def _recognition(bench: Bench, recognizer: Any, seen: Sequence[Any]) -> None:
    """Times the whole recogniser, then its parts on the inputs they had in it."""
    model, decoder = recognizer._model, recognizer._decoder
    kept: list[Any] = []
    scored: list[Any] = []
    step = model.step

    def noted(features: Any) -> Any:
        kept.append(features)
        scored.append(step(features))
        return scored[-1]

    model.step = noted
    recognizer.finish()
    for landmarks in seen:
        recognizer.push(landmarks)
    recognizer.finish()
    del model.step
    pairs = np.random.default_rng(0).normal(size=(64, 2, 21, 3)).astype(np.float32)
    present = np.array([True, True])
    bench.time("recogniser", "one frame: all of it", recognizer.push, iter(seen))
    recognizer.finish()
    bench.time("features", "one tick", lambda p: features_of(p, present), _again(pairs))
    bench.time("model step", "one tick", step, _again(kept))
    ticks = iter(range(1 << 30))
    bench.time("decoder", "one tick", lambda s: decoder.step(s, next(ticks) / FPS), _again(scored))
    decoder.reset()
    model.reset()
    took = []
    for n in trials(TICKS, bench.limit_s):
        started = time.process_time()
        step(kept[n % len(kept)])
        took.append(1000 * (time.process_time() - started))
        progress(f"stages: flatness, {n} of {TICKS}")
    end = min(END, max(1, len(took) // 2))
    for name, part in (("first", took[:end]), ("last", took[-end:])):
        what = f"{name} {end} of {len(took)} ticks, CPU"
        bench.series.append(
            Series.of(f"model step, {name} {end}", "ms", part, what=what, group="Flatness",
                      judged=("p50",))
        )  # fmt: skip


def _publishing(bench: Bench) -> None:
    """Times encoding, and the way from publishing to a client, one text at a time."""
    chars = tuple(Char(letter, 1.0, 1.1, 0.9) for letter in TEXT)
    text = Hypothesis(1, chars, 4, False, 1.0, time.monotonic())
    bench.time("encode", "15 characters", lambda t: encode(text_event(t, 2.0)), _again([text]))
    with tempfile.TemporaryDirectory(prefix="ishara-") as folder:
        path = Path(folder) / "s"
        session, server = serve(path)
        client = socket.socket(socket.AF_UNIX)
        client.connect(str(path))
        with client, client.makefile("rb") as lines:
            lines.readline()

            def publish(text: Hypothesis) -> None:
                session.publish(text_event(text, time.monotonic()))
                lines.readline()

            bench.time("publish", "encode and socket, to a client", publish, _again([text]))
        server.stop()
