"""The comparison itself; `benchmarks.baselines` describes it."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.baselines import clips, figures, latency
from benchmarks.baselines.harness import Harness, Round
from benchmarks.baselines.progress import Progress, Say
from benchmarks.baselines.registry import (
    HOME,
    KEPT,
    PUBLISHED,
    REPOSITORY,
    SIGNSPELL,
    own,
    registry,
)
from benchmarks.modes.letters import TEXTS
from benchmarks.modes.settings import progress, trials
from benchmarks.report import environment
from edge.landmarks.profile import PROFILES

DATA = REPOSITORY.parent / "shared" / "data"
SHOWN = 2
"""Texts all sides read; ours alone reads on up to `READ`, because latency needs many letters."""
READ = 8
TICKS = 300
ROUNDS_SHARE = 0.8
"""Share of a time limit that the rounds get; the other letters get the rest."""

Shown = dict[clips.Kind, list[clips.Clip]]


def compare(
    data: Path = DATA,
    rounds: int = 5,
    home: Path = HOME,
    say: Say = progress,
    seconds: float | None = None,
) -> dict[str, Any]:
    """Run all sides in turn; `benchmarks.baselines` describes the value returned.

    Args:
        data: folder whose ``video`` has real clips; without, only rendered hands are compared.
        rounds: most paired runs, at least 1.
        home: what `benchmarks.baselines.setup` made.
        say: called with the progress.
        seconds: time limit: as many rounds as fit, at least one; the set-up comes on top.
    """
    if rounds < 1:
        raise ValueError(f"rounds must be at least 1, not {rounds}")
    with tempfile.TemporaryDirectory() as name, Harness(registry(home), home, say) as harness:
        folder = Path(name)
        shown: Shown = {
            "real": clips.real(data, folder),
            "rendered": [clips.rendered(t, 101 + n, folder) for n, t in enumerate(TEXTS[:SHOWN])],
            "ticks": [clips.ticks(TICKS, folder)],
        }
        shown = {kind: some for kind, some in shown.items() if some}
        texts = TEXTS[SHOWN:READ]
        steps = Progress(_items(harness, shown, rounds, len(texts)), say, seconds)
        rounds_s, texts_s = (
            None if seconds is None else share * seconds
            for share in (ROUNDS_SHARE, 1 - ROUNDS_SHARE)
        )
        seen, done = _rounds(harness, shown, rounds, rounds_s, steps)
        more = [(101 + SHOWN + n, text) for n, text in enumerate(texts)]
        delays, remarks = _delays(harness, shown["rendered"], seen, more, folder, texts_s, steps)
        found = [
            figures.of_frames("real", seen["real"]),
            figures.of_frames("rendered", seen["rendered"]),
            figures.of_ticks(seen["ticks"]),
            figures.of_latency(delays),
        ]
        memory = figures.of_memory(harness.resident)
        absent = [figures.absent(who, reason) for who, reason in harness.skipped.items()]
        return {
            "baselines": [*(entry for entries, _ in found for entry in entries), *memory, *absent],
            "pairs": [entry for _, entries in found for entry in entries],
            "remarks": [*_of_clips(shown), *_of_rarely_detecting(seen), *remarks],
            "versions": harness.versions,
            "rounds": done,
            "machine": {**environment.machine(), "core": harness.core},
        }


def _items(harness: Harness, shown: Shown, rounds: int, texts: int) -> int:
    """Items of the whole comparison, for `Progress`."""
    a_round = sum(
        len(clip) * len(harness.sides(clip.kind)) for some in shown.values() for clip in some
    )
    a_text = sum(map(len, shown["rendered"])) // len(shown["rendered"])
    return rounds * a_round + texts * a_text


def _rounds(
    harness: Harness, shown: Shown, rounds: int, limit_s: float | None, steps: Progress
) -> tuple[dict[clips.Kind, list[Round]], int]:
    """(rounds by kind, how many of each)."""
    for some in shown.values():
        harness.warm(some[0])
    seen: dict[clips.Kind, list[Round]] = {"real": [], "rendered": [], "ticks": []}
    done = 0
    for n in trials(rounds, limit_s):
        for kind, some in shown.items():
            steps.title = f"compare: round {n + 1} of {rounds}, {kind}"
            seen[kind].append(harness.round(some, advance=steps.advance))
        done = n + 1
    # A side that was lost on the way is in no round.
    return {
        kind: [{name: run for name, run in r.items() if name in some[-1]} for r in some]
        for kind, some in seen.items()
    }, done


def _delays(
    harness: Harness,
    shown: Sequence[clips.Clip],
    seen: Mapping[clips.Kind, Sequence[Round]],
    more: Sequence[tuple[int, str]],
    folder: Path,
    limit_s: float | None,
    steps: Progress,
) -> tuple[dict[str, list[list[float]]], list[str]]:
    """(seconds from the end of each letter to its text, by side and text, ours first; remarks).

    Args:
        more: seeds and texts that ours alone reads.
    """
    ours, first = own("balanced"), seen["rendered"][0]
    if ours not in first:
        return {}, []
    texts, found = list(shown), latency.ours(first[ours], shown)
    for n in trials(len(more), limit_s):
        seed, text = more[n]
        steps.title = f"compare: letters, text {n + 1} of {len(more)}"
        clip = clips.rendered(text, seed, folder)
        run = harness.round([clip], [ours], steps.advance).get(ours)
        clip.file.unlink()
        if run is None:
            return {}, []
        texts.append(clip)
        found += latency.ours(run, [clip])
    out = {ours: found}
    right = sum(map(len, found))
    remarks = [f"Latency: {right} of {latency.letters(texts)} letters were read right by ours."]
    # Real hands where they are there: Holistic does less where it finds none.
    for name, keeps_up in ((KEPT, True), (PUBLISHED, False)):
        kinds = [[r[name] for r in seen[kind] if name in r] for kind in figures.HANDS]
        if paced := [runs for runs in kinds if any(run.answered.any() for run in runs)]:
            out[name] = latency.by_windows(paced[0], texts, keeps_up)
            remarks.append(f"{name}: {latency.HOW[keeps_up]}")
    if SIGNSPELL in first:
        theirs, letters = latency.lines(first[SIGNSPELL], shown), latency.letters(shown)
        right = sum(map(len, theirs))
        if right >= letters / 2:
            out[SIGNSPELL] = theirs
        remarks.append(
            f"{SIGNSPELL} read {right} of {letters} letters of the rendered signer right: its "
            "Holistic finds few hands that have no body. No latency is given for less "
            "than half. Its buffer of 30 frames and 10 that must agree take at least 1.3 s."
        )
    return out, remarks


def _of_clips(shown: Shown) -> list[str]:
    remarks = ["No real clip was there: rendered hands only."]
    if real := shown.get("real"):
        remarks = [
            f"Real hands are {len(real)} clips of {sum(map(len, real))} frames, at most "
            f"{clips.LINES} lines: few people, so a first look and no study."
        ]
    texts = ", ".join(clip.name for clip in shown["rendered"])
    return [
        *remarks,
        f"Rendered hands: {texts}; {sum(map(len, shown['rendered']))} frames.",
        "A frame is tracked too where a profile of ours keeps the landmarks of a hand that does "
        f"not move, for so many frames at most: {_max_reused_frames()}.",
    ]


def _max_reused_frames() -> str:
    return ", ".join(f"{name} {profile.max_reused_frames}" for name, profile in PROFILES.items())


def _of_rarely_detecting(seen: Mapping[clips.Kind, Sequence[Round]]) -> list[str]:
    return [
        f"No pair in {hands} with {', '.join(names)}: a hand in less than half of the frames in "
        "which ours finds one, and a tracker that finds nothing costs little."
        for kind, hands in figures.HANDS.items()
        if (names := figures.rarely_detecting(seen[kind]))
    ]
