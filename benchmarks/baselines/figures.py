"""From runs to what is reported: samples of each baseline, ratios of each pair."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from benchmarks.baselines.clips import Kind
from benchmarks.baselines.harness import Round
from benchmarks.baselines.pairing import Run, second, shared_hits, spread, tracked
from benchmarks.baselines.registry import (
    HOLISTIC,
    KEPT,
    PROFILES,
    PUBLISHED,
    SIGNSPELL,
    STEP,
    WINDOW,
    own,
)  # fmt: skip

READERS = (KEPT, PUBLISHED, SIGNSPELL)
"""Baselines that read; they cost more than their tracker."""
HANDS: dict[Kind, str] = {"real": "real hands", "rendered": "rendered hands"}
TRACKED = "CPU per tracked frame"
SECOND = "CPU per second of video"
HITS = "frames with a hand"
TICK = "CPU per tick"
LATENCY = "end of a letter to its text, rendered hands"
MEMORY = "resident memory"

Entry = dict[str, Any]


def sample(name: str, what: str, unit: str, samples: Sequence[float]) -> Entry:
    """A figure of a baseline."""
    about = {"name": name, "what": what, "unit": unit}
    return {**about, "samples": [round(float(x), 4) for x in samples], "skipped": None}


def absent(name: str, reason: str) -> Entry:
    """A baseline that did not run."""
    return {"name": name, "what": "", "unit": "", "samples": [], "skipped": reason}


def pair(name: str, ours: str, theirs: str, ratios: Sequence[float]) -> Entry:
    """Ours over theirs, a ratio for each pair of runs, with `pairing.spread`."""
    rounded = [round(float(x), 5) for x in ratios]
    return {"name": name, "ours": ours, "theirs": theirs, "ratios": rounded, **spread(rounded)}


def of_frames(kind: Kind, rounds: Sequence[Round]) -> tuple[list[Entry], list[Entry]]:
    """(samples, pairs) of rounds over frames of one kind; no pair has one of `rarely_detecting`."""
    hands = HANDS[kind]
    baselines: list[Entry] = []
    pairs: list[Entry] = []
    for name, runs in _complete(rounds).items():
        cost = [both[0] for both in (tracked(run, run) for run in runs) if both]
        seconds = [second(run) for run in runs]
        if name not in READERS and cost:
            baselines.append(sample(name, f"{TRACKED}, {hands}", "ms", [1e3 * s for s in cost]))
        if name in READERS or name in map(own, PROFILES):
            baselines.append(sample(name, f"{SECOND}, {hands}", "ms", [1e3 * s for s in seconds]))
        counts = [sum(run.hand) for run in runs]
        baselines.append(sample(name, f"{HITS}, {hands}, of {len(runs[0].hand)}", "frames", counts))
    excluded = rarely_detecting(rounds)
    for ours, theirs in _rivals(rounds):
        if theirs in excluded:
            continue
        reads = theirs in READERS
        figure: Callable[[Run, Run], tuple[float, float] | None] = _seconds if reads else tracked
        what = f"{SECOND if reads else TRACKED}, {hands}"
        pairs.append(pair(what, ours, theirs, _ratios(rounds, ours, theirs, figure)))
        if theirs == HOLISTIC:
            shares = [shared_hits(r[ours], r[theirs]) for r in rounds]
            known = [share for share in shares if share is not None]
            pairs.append(pair(f"{HITS}, share of its, {hands}", ours, theirs, known))
    return baselines, pairs


def rarely_detecting(rounds: Sequence[Round]) -> list[str]:
    """Sides that find a hand in less than half of the frames in which ours does. No pair is made
    of them: a tracker that finds nothing costs little."""
    complete = _complete(rounds)
    ours = [complete[name] for name in map(own, PROFILES) if name in complete]
    most = max((sum(run.hand) for runs in ours for run in runs), default=0)
    return [name for name, runs in complete.items() if max(sum(r.hand) for r in runs) < most / 2]


def of_ticks(rounds: Sequence[Round]) -> tuple[list[Entry], list[Entry]]:
    """(samples, pairs) of rounds over ticks."""
    complete = _complete(rounds)
    baselines = [
        sample(name, TICK, "ms", [1e3 * run.whole[run.counted].mean() for run in runs])
        for name, runs in complete.items()
    ]
    if not {STEP, WINDOW} <= set(complete):
        return baselines, []

    def mean(ours: Run, theirs: Run) -> tuple[float, float]:
        return ours.whole[ours.counted].mean(), theirs.whole[theirs.counted].mean()

    return baselines, [pair(TICK, STEP, WINDOW, _ratios(rounds, STEP, WINDOW, mean))]


def of_latency(delays: Mapping[str, Sequence[Sequence[float]]]) -> tuple[list[Entry], list[Entry]]:
    """(samples, pairs) of delays in seconds, a list for each text; a pair is of a text's medians.

    ``delays`` of ours come first. A letter counts where it was read right; one that reads by
    windows with random weights counts with all letters.
    """
    baselines = [
        sample(name, LATENCY, "ms", [1e3 * x for text in texts for x in text])
        for name, texts in delays.items()
    ]
    if not delays:
        return [], []
    (ours, mine), *others = delays.items()
    pairs = []
    for name, texts in others:
        both = [(a, b) for a, b in zip(mine, texts, strict=False) if a and b]
        ratios = [float(np.median(a) / np.median(b)) for a, b in both]
        pairs.append(pair(LATENCY, ours, name, ratios))
    return baselines, pairs


def of_memory(resident: Mapping[str, float]) -> list[Entry]:
    return [sample(name, MEMORY, "MB", [mb]) for name, mb in resident.items()]


def _complete(rounds: Sequence[Round]) -> dict[str, list[Run]]:
    """The runs of each side that is in all rounds."""
    return {name: [r[name] for r in rounds] for name in rounds[-1]} if rounds else {}


def _rivals(rounds: Sequence[Round]) -> Iterator[tuple[str, str]]:
    names = list(_complete(rounds))
    for ours in map(own, PROFILES):
        if ours in names:
            yield from ((ours, name) for name in names if name not in map(own, PROFILES))


def _ratios(
    rounds: Sequence[Round],
    ours: str,
    theirs: str,
    figure: Callable[[Run, Run], tuple[float, float] | None],
) -> list[float]:
    both = [figure(r[ours], r[theirs]) for r in rounds]
    return [a / b for a, b in (found for found in both if found)]


def _seconds(ours: Run, theirs: Run) -> tuple[float, float]:
    return second(ours), second(theirs)
