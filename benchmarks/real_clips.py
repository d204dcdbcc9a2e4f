"""Real clips from pixels to text, in each profile and at several speeds: what is read, worst first.

A clip is played faster or slower by the times of its frames, which tracker and recogniser see.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from edge.config import LandmarkConfig, RecognizeConfig
from edge.landmarks import open_tracker
from edge.landmarks.profile import Name
from edge.recognize import open_recognizer
from edge.recognize.bundle import find, load
from models.training.evaluation.metrics import Reading, distance
from models.training.evaluation.outcomes import Outcome, grouped
from models.training.evaluation.readers import through
from models.training.evaluation.recorded_clips import GROUPS, SPEEDS, Clip, clips, tracked

PROFILES: tuple[Name, ...] = ("balanced", "accurate")
EXPECTED = "numbers, digits expected"
"""The group of the numbers once more, read where only digits are expected."""
_WHO = {"fluent-1": "one fluent signer", "unknown": "the others"}


@dataclass(frozen=True, slots=True)
class Played:
    """A clip as it was read once."""

    clip: Clip
    profile: str
    speed: float
    read: str

    @property
    def reading(self) -> Reading:
        return Reading(self.clip.truth, self.read, self.clip.signer)

    @property
    def name(self) -> str:
        return f"{self.clip.group}/{self.clip.file.stem}"


def play(
    data: Path,
    recognize: RecognizeConfig,
    profiles: Sequence[Name] = PROFILES,
    speeds: Sequence[float] = SPEEDS,
) -> list[Played]:
    """Every clip in every profile at every speed, and the numbers again with digits expected.

    Raises:
        ConfigError: tracker or bundle cannot be opened.
    """
    read = through(open_recognizer(recognize))
    read_digits = through(open_recognizer(replace(recognize, expect="digits")))
    found = []
    for profile in profiles:
        tracker = open_tracker(LandmarkConfig(profile=profile))
        for speed in speeds:
            for clip in clips(data):
                frames = tuple(tracked(tracker, clip.file, speed))
                (text,) = read([frames])
                found.append(Played(clip, profile, speed, text))
                if clip.group == "numbers":
                    (text,) = read_digits([frames])
                    found.append(Played(replace(clip, group=EXPECTED), profile, speed, text))
            print(f"{profile}, {speed:g}x: done", file=sys.stderr, flush=True)
    return found


def document(found: Sequence[Played], bundle: str) -> dict[str, Any]:
    """All that was read, for a file: `models.training.evaluate --real` puts it into the card.

    Raises:
        ConfigError: there is no such bundle.
    """
    rows = [
        {"profile": p.profile, "speed": p.speed, "group": p.clip.group, "clip": p.clip.file.stem,
         "signer": p.clip.signer, "truth": p.clip.truth, "read": p.read}
        for p in found
    ]  # fmt: skip
    return {"bundle": load(find(bundle)).sha256, "clips": rows}


def report(found: Sequence[Played]) -> str:
    """The tables as Markdown: by group, by signer of words, by clip; the worst first in each."""
    return "\n\n".join([_groups(found), _signers(found), *_clips(found)])


def _groups(found: Sequence[Played]) -> str:
    head = "| clips | profile | speed | of | characters | wrong, % | exact | false before, after |"
    rows = []
    for group in (*GROUPS, EXPECTED):
        some = [(p, p.reading) for p in found if p.clip.group == group]
        found_of = grouped(some, lambda p: f"{p.clip.group}|{p.profile}|{p.speed:g}x")
        rows += [_row(o) for o in found_of]
    return _table(head, rows)


def _signers(found: Sequence[Played]) -> str:
    head = (
        "| words by | profile | speed | of | characters | wrong, % | exact | false before, after |"
    )
    words = [(p, p.reading) for p in found if p.clip.group == "words"]
    rows = grouped(
        words, lambda p: f"{_WHO.get(p.clip.signer, p.clip.signer)}|{p.profile}|{p.speed:g}x"
    )
    return _table(head, [_row(o) for o in rows])


def _row(found: Outcome) -> str:
    figure = found.figure
    cells = (
        *found.name.split("|"), figure.texts, figure.chars, f"{100 * figure.cer:.1f}",
        figure.exact, f"{found.before}, {found.after}",
    )  # fmt: skip
    return "| " + " | ".join(map(str, cells)) + " |"


def _clips(found: Sequence[Played]) -> Iterable[str]:
    """A table a profile: what is read of each clip at each speed."""
    for profile in dict.fromkeys(p.profile for p in found):
        mine = [p for p in found if p.profile == profile]
        speeds = list(dict.fromkeys(p.speed for p in mine))
        head = f"| {profile} | spelled | " + " | ".join(f"{s:g}x" for s in speeds) + " | wrong |"
        read: dict[str, list[Played]] = {}
        for p in mine:
            read.setdefault(p.name, []).append(p)
        rows = []
        for name, some in read.items():
            wrong = sum(distance(p.clip.truth, p.read) for p in some)
            if wrong:
                cells = (name, some[0].clip.truth, *(p.read or "-" for p in some), wrong)
                rows.append((wrong, "| " + " | ".join(map(str, cells)) + " |"))
        right = len(read) - len(rows)
        rows.sort(key=lambda row: -row[0])
        yield _table(head, [row for _, row in rows]) + f"\n\n{right} right at every speed."


def _table(head: str, rows: Iterable[str]) -> str:
    return "\n".join([head, "|" + "---|" * (head.count("|") - 1), *rows])


def write(found: Sequence[Played], bundle: str, file: Path) -> None:
    """`document` as JSON."""
    file.write_text(json.dumps(document(found, bundle), indent=1) + "\n", encoding="utf-8")
