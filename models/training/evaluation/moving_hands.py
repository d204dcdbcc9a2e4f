"""Hands that move as no synthesis made them: drawn ways, real phrases of ten points, real clips.

The clips are read from pixels by ``python -m benchmarks.whole_path real``; what that wrote is only
put beside the rest here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from edge.errors import UserError
from edge.recognize.recognizer import Recognizer
from models.training.evaluation import real_phrases, transitions
from models.training.evaluation.arrival import Arrivals, arrivals
from models.training.evaluation.measurements import Progress
from models.training.evaluation.metrics import Reading
from models.training.evaluation.outcomes import Performed, evaluate
from models.training.evaluation.readers import through
from models.training.export import restore

_WHO = {"fluent-1": "one fluent signer", "unknown": "the others"}


@dataclass(frozen=True, slots=True)
class Played:
    """A real clip, read once.

    Attributes:
        reading: its signer is "one fluent signer" or "the others".
    """

    profile: str
    speed: float
    group: str
    reading: Reading


@dataclass(frozen=True)
class MovingHands:
    """What was read.

    Attributes:
        words, letters: joined from drawn ways.
        arrivals: when the letters were shown.
        phrases, sequences: real ones, by a model of ten points; empty where none was given.
        missing: what the sequences lack.
        clips: real ones, from pixels; empty where none were read.
    """

    words: Performed
    letters: Performed
    arrivals: Arrivals
    phrases: tuple[Reading, ...] = ()
    sequences: tuple[Reading, ...] = ()
    missing: str = ""
    clips: tuple[Played, ...] = ()


def measure(
    recognizer: Recognizer,
    data: Path,
    ten: Path | None = None,
    clips: tuple[Played, ...] = (),
    every: int = 1,
) -> MovingHands:
    """
    Args:
        recognizer: as it runs in the daemon.
        data: the data folder.
        ten: the checkpoint of a model of ten points.
        clips: as of `played`.
        every: of conditions and words only each so many.

    Raises:
        UserError: ``ten`` is no checkpoint of a model of ten points.
    """
    ways = transitions.Ways.load(data)
    phrases: list[Reading] = []
    sequences: list[Reading] = []
    if ten:
        trained = restore(ten)
        if trained.config.sets != "ten":
            raise UserError(f"{ten} is not of ten points: train it with --sets ten")
        phrases = real_phrases.read(trained.net, data)
        sequences = real_phrases.read_five(trained.net, data)
    conditions = transitions.CONDITIONS[::every]
    shown = transitions.words(ways, conditions, transitions.WORDS[::every])
    letters = transitions.letters(ways, transitions.LETTER_CONDITIONS)
    read = through(recognizer)
    return MovingHands(
        evaluate(read, shown, Progress("drawn words", len(conditions))),
        evaluate(read, letters),
        arrivals(recognizer, transitions.letters(ways)),
        tuple(phrases),
        tuple(sequences),
        _missing(real_phrases.five(data)),
        clips,
    )


def played(file: Path, sha256: str) -> tuple[Played, ...]:
    """What ``benchmarks.whole_path real --json`` wrote.

    Args:
        sha256: of the model it must have been.

    Raises:
        UserError: the file cannot be read, or another model was measured.
    """
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        measured, rows = found["bundle"], found["clips"]
        clips = tuple(
            Played(
                row["profile"],
                row["speed"],
                row["group"],
                Reading(row["truth"], row["read"], _WHO.get(row["signer"], row["signer"])),
            )
            for row in rows
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{file} is not of benchmarks.whole_path real --json ({error})") from error
    if measured != sha256:
        raise UserError(f"{file} was measured with another model: run whole_path real again")
    return clips


def _missing(found: list[real_phrases.Sequence]) -> str:
    with_hand, frames = (sum(s.frames[n] for s in found) for n in range(2))
    filled = sum(s.filled * s.frames[0] for s in found) / with_hand
    worst = max(found, key=lambda s: 1 - s.frames[0] / s.frames[1])
    share = 1 - worst.frames[0] / worst.frames[1]
    return (
        f"{100 * (1 - with_hand / frames):.0f} % of the {frames} frames have no hand"
        f" ({100 * share:.0f} % of `{worst.text}`); of the others {100 * filled:.0f} % of the"
        " points used are missing and were put on the line between where they were before and after"
    )
