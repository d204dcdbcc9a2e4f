"""How soon a letter's character is published, and how soon a text ends after the hand has left."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import cycle
from typing import Any

from benchmarks.modes.clip import SEED, SPEED
from benchmarks.modes.letters import KINDS, TEXTS, WORDS, delays, events
from benchmarks.modes.settings import Options, open_tracker, pinned, progress, trials
from benchmarks.modes.view import leaves
from benchmarks.report import Fact, Section, Series, Table
from benchmarks.report.stats import LEAST
from edge.camera.frame import Frame
from edge.camera.signer import Signer, Spelled
from edge.recognize import Hypothesis, open_recognizer
from models.training.evaluation.metrics import distance

ABOUT = (
    "Rendered signers, whose truth is known, through source, tracker and recogniser. The clock is "
    "that of the source: a frame counts at its capture time plus what tracker and recogniser took "
    "for it. A delay is from the end of the letter, when the hand begins to leave it; only letters "
    "read right count. first: shown for the first time in a text that is right up to it. kept: "
    "from here on it stays. stable: among the characters that will not change. final: its segment "
    "has ended. final after the endpoint: from the moment the wrist or a knuckle had been out of "
    "the picture, by the truth, for as long as the configuration requires. Waiting for a busy "
    "stage, and the socket, are not included: see replay."
)


ROOM = 6
"""Frames at the begin of a clip in which no hand is."""
LONGER = 5.0


@dataclass
class Found:
    """Milliseconds, gathered over clips."""

    letters: dict[str, list[float]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    ends: list[float] = field(default_factory=list)
    frames: list[float] = field(default_factory=list)
    unended: int = 0


def run(options: Options) -> Section:
    config = options.config()
    with pinned(options.core):
        tracker, recognizer = open_tracker(config), open_recognizer(config.recognize)
        absent = config.recognize.absent
        found, ends = Found(), Found()
        rows = []
        texts = TEXTS[: options.count]
        for n in trials(len(texts), options.limit(0.5)):
            progress(f"emission: {texts[n]}, {n} of {len(texts)}")
            source = _signer(texts[n], SEED + n)
            rows.append((texts[n], watch(source, tracker, recognizer, absent, found)))
        count = LEAST["p95"] if options.count is None else options.count
        short = _short()
        for n in trials(count - len(found.ends), options.limit(0.5)):
            progress(f"emission: endpoints, {n} of {count}")
            watch(next(short), tracker, recognizer, absent, ends)
    what = "a letter read right"
    series = [Series.of(f"letter end to {k}", "ms", found.letters[k], what=what) for k in KINDS]
    ended = found.ends + ends.ends
    series.append(Series.of("final after the endpoint", "ms", ended, what="a segment"))
    series.append(Series.of("tracker and recogniser", "ms", found.frames, what="a frame"))
    wrong = sum(distance(read, text) for text, read in rows)
    shown = sum(len(text) for text, _ in rows)
    letters = sum(len(text.replace(" ", "")) for text, _ in rows)
    facts = (
        Fact("speed", SPEED, "letters/s"),
        Fact("letters read right", f"{len(found.letters['first'])} of {letters}"),
        Fact("character error rate", round(100 * wrong / shown, 1), "%"),
        Fact(f"segments that did not end within {LONGER:g} s of empty room",
             found.unended + ends.unended),
    )  # fmt: skip
    table = Table("Texts", ("spelled", "read"), tuple(rows))
    return Section("emission", ABOUT, (), tuple(series), facts, (table,))


def _signer(text: str, seed: int) -> Signer:
    return Signer(text, seed=seed, speed=SPEED, pace=False)


def _short() -> Iterator[Signer]:
    for seed, word in enumerate(cycle(WORDS), SEED + 100):
        yield _signer(word, seed)


def watch(source: Signer, tracker: Any, recognizer: Any, absent: float, found: Found) -> str:
    """Add what an unpaced clip gives to ``found``. Returns the text read.

    After its end the empty room is shown on until the text is final, for at most `LONGER` seconds:
    an end that comes late counts with all its lateness.
    """
    published: list[tuple[float, Hypothesis]] = []
    tracker.reset()
    gone = leaves(source)
    began = 0.0
    for frame in _frames(source):
        began = source.began or 0.0
        if frame.time >= began + source.duration and _ended(published, began + gone):
            break
        started = time.perf_counter()
        changed = recognizer.push(tracker(frame))
        took = time.perf_counter() - started
        found.frames.append(1000 * took)
        published += [(frame.time + took, h) for h in changed]
    if ended := _ended(published, began + gone):
        found.ends.append(1000 * (ended[-1] - began - gone - absent))
    last = published[-1][0] if published else 0.0
    rest = [(last, h) for h in recognizer.finish()]
    found.unended += sum(h.final for _, h in rest)
    truth = [Spelled(s.text, s.start + began, s.end + began) for s in source.spelled]
    shown = events([*published, *rest])
    for kind, late in delays(shown, truth).items():
        found.letters[kind] += [1000 * seconds for seconds in late]
    return shown[-1].text if shown else ""


def _frames(source: Signer) -> Iterator[Frame]:
    """The frames of the clip, and then its first, empty ones again, their time going on."""
    room: list[Frame] = []
    last = None
    while (frame := source.read()) is not None:
        room += [frame] if len(room) < ROOM else []
        last = frame
        yield frame
    assert last is not None, "a clip has frames"
    for n in range(1, round(LONGER * source.fps)):
        yield replace(room[n % ROOM], time=last.time + n / source.fps, index=last.index + n)


def _ended(published: list[tuple[float, Hypothesis]], gone: float) -> list[float]:
    """When finals were published after the hand had gone."""
    return [when for when, h in published if h.final and when > gone]
