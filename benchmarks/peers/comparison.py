"""The comparison as a whole; `benchmarks.peers` says what it is."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.modes.letters import TEXTS
from benchmarks.peers import clips, figures, latency
from benchmarks.peers.field import Field, Round
from benchmarks.peers.roster import HOME, KEPT, PUBLISHED, REPOSITORY, SIGNSPELL, own, roster
from benchmarks.report import environment
from edge.landmarks.profile import PROFILES

DATA = REPOSITORY.parent / "shared" / "data"
SHOWN = 2
"""Texts all sides look at; ours alone goes on to `READ`, for latency needs letters."""
READ = 8
TICKS = 300

Say = Callable[[str], object]


def compare(
    data: Path = DATA,
    rounds: int = 5,
    home: Path = HOME,
    say: Say | None = None,
) -> dict[str, Any]:
    """Runs all sides in turn and tells the figures; see `benchmarks.peers` for what comes back.

    Args:
        data: folder whose ``video`` has real clips; without, only rendered hands are compared.
        rounds: paired runs, at least 1.
        home: what `benchmarks.peers.setup` made.
        say: is told how far it is; stderr without it.
    """
    say = say or partial(print, file=sys.stderr, flush=True)
    if rounds < 1:
        raise ValueError(f"rounds must be at least 1, not {rounds}")
    with tempfile.TemporaryDirectory() as name, Field(roster(home), home, say) as field:
        folder = Path(name)
        shown: dict[clips.Kind, list[clips.Clip]] = {
            "real": clips.real(data, folder),
            "rendered": [clips.rendered(t, 101 + n, folder) for n, t in enumerate(TEXTS[:SHOWN])],
            "ticks": [clips.ticks(TICKS, folder)],
        }
        seen = {kind: _rounds(field, kind, some, rounds, say) for kind, some in shown.items()}
        delays, remarks = _delays(field, shown["rendered"], seen, folder, say)
        found = [
            figures.of_frames("real", seen["real"]),
            figures.of_frames("rendered", seen["rendered"]),
            figures.of_ticks(seen["ticks"]),
            figures.of_latency(delays),
        ]
        memory = figures.of_memory(field.resident)
        absent = [figures.absent(who, reason) for who, reason in field.skipped.items()]
        return {
            "peers": [*(entry for peers, _ in found for entry in peers), *memory, *absent],
            "pairs": [entry for _, pairs in found for entry in pairs],
            "remarks": [*_of_clips(shown), *_of_blind(seen), *remarks],
            "versions": field.versions,
            "rounds": rounds,
            "machine": {**environment.machine(), "core": field.core},
        }


def _rounds(
    field: Field, kind: clips.Kind, some: Sequence[clips.Clip], rounds: int, say: Say
) -> list[Round]:
    if not some:
        return []
    field.warm(some[0])
    out = []
    for n in range(rounds):
        say(f"{kind}: round {n + 1} of {rounds}")
        out.append(field.round(some))
    # Who was lost on the way is in none.
    return [{name: run for name, run in r.items() if name in out[-1]} for r in out]


def _delays(
    field: Field,
    shown: Sequence[clips.Clip],
    seen: Mapping[clips.Kind, Sequence[Round]],
    folder: Path,
    say: Say,
) -> tuple[dict[str, list[list[float]]], list[str]]:
    """(seconds from the end of each letter to its text, by side and text, ours first; remarks)."""
    ours, first = own("balanced"), seen["rendered"][0]
    if ours not in first:
        return {}, []
    texts, found = list(shown), latency.ours(first[ours], shown)
    for n, text in enumerate(TEXTS[len(texts) : READ], len(texts)):
        say(f"letters: text {n + 1} of {READ}")
        clip = clips.rendered(text, 101 + n, folder)
        run = field.round([clip], [ours]).get(ours)
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
            "Holistic finds few hands that have no body. No latency is told of less "
            "than half. Its buffer of 30 frames and 10 that must agree are 1.3 s at the least."
        )
    return out, remarks


def _of_clips(shown: Mapping[clips.Kind, Sequence[clips.Clip]]) -> list[str]:
    said = ["No real clip was there: rendered hands only."]
    if real := shown["real"]:
        said = [
            f"Real hands are {len(real)} clips of {sum(map(len, real))} frames, at most "
            f"{clips.LINES} lines: few people, so a first sight and no study."
        ]
    texts = ", ".join(clip.name for clip in shown["rendered"])
    return [
        *said,
        f"Rendered hands: {texts}; {sum(map(len, shown['rendered']))} frames.",
        "A frame is tracked too where a profile of ours keeps the landmarks of a hand that does "
        f"not move, for so many frames at most: {_patience()}.",
    ]


def _patience() -> str:
    return ", ".join(f"{name} {profile.max_reused_frames}" for name, profile in PROFILES.items())


def _of_blind(seen: Mapping[clips.Kind, Sequence[Round]]) -> list[str]:
    return [
        f"No pair in {hands} with {', '.join(names)}: a hand in less than half of the frames in "
        "which ours finds one, and what sees nothing costs little."
        for kind, hands in figures.HANDS.items()
        if (names := figures.blind(seen[kind]))
    ]
