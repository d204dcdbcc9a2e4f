"""Moving hands as tables of ``bundle.toml``, and one of all hands: real and drawn ones first."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from models.training.evaluation.metrics import Reading, total
from models.training.evaluation.moving_hands import MovingHands, Played
from models.training.evaluation.outcomes import Outcome, Performed, grouped, misread, outcome
from models.training.evaluation.transitions import LETTER

Table = dict[str, Any]
LIVE = "balanced"
"""The profile of the tracker that most boards run."""


def tables(moving: MovingHands) -> dict[str, Table]:
    """Rates are shares, 0-1; rows are worst first."""
    return {
        "real_clips": _clips(moving.clips, lambda p: p.group),
        "real_words_by_signer": _clips(
            [p for p in moving.clips if p.group == "words"], lambda p: p.reading.signer
        ),
        "real_ten_points": {
            r.truth: {"wrong": _share([r]), "read": r.read}
            for r in sorted(
                (*moving.phrases, *moving.sequences), key=lambda r: (-total([r]).cer, r.truth)
            )
        },
        "drawn_letters": {
            o.name: _letters(moving.letters, o)
            for o in sorted(moving.letters.conditions, key=lambda o: (o.figure.exact, o.name))
        },
        "drawn_letters_shown": {LETTER.name: moving.arrivals.row()},
        "drawn_words": _rows(moving.words.conditions),
        "drawn_words_by_hand": _rows(moving.words.hands),
        "drawn_words_by_distance": _rows(moving.words.distances),
    }


def overview(moving: MovingHands, made: Table) -> Table:
    """One table of all: whose hands, what they spelled, the share of characters wrong, texts exact.

    Real clips are those of `LIVE`, worst first, and also say what is wrong where they are played
    slower and faster.

    Args:
        made: the table ``summary``, of the still hands and the synthesised phrases.
    """
    live = [p for p in moving.clips if p.profile == LIVE]
    found = [_at_speeds(name, some) for name, some in _groups(live).items()]
    table: Table = dict(sorted(found, key=lambda row: (-row[1]["wrong"], row[0])))
    for what, readings in (("three phrases", moving.phrases), ("five sequences", moving.sequences)):
        if readings:
            table[f"real, ten points: {what}"] = _row(outcome("", list(readings)))
    standing = next(o for o in moving.letters.conditions if o.name == LETTER.name)
    table["drawn: letters from rest, held 1 s, back"] = _row(standing)
    worst, *others = moving.words.conditions
    table[f"drawn: words, worst of {1 + len(others)} speeds and holds"] = _row(worst)
    table["drawn: words, all"] = _row(moving.words.all)
    for name, wrong in (
        ("real, still: letters", 1 - made["static_right"]),
        ("synthesised: phrases", made["phrase_cer"]),
    ):
        table[name] = {"wrong": round(wrong, 4)}
    return table


def _groups(clips: Iterable[Played]) -> dict[str, list[Played]]:
    """By what is spelled; words by signer too."""
    groups: dict[str, list[Played]] = {}
    for p in clips:
        by = f" by {p.reading.signer}" if p.group == "words" else ""
        groups.setdefault(f"real, filmed: {p.group}{by}", []).append(p)
    return groups


def _at_speeds(name: str, clips: list[Played]) -> tuple[str, Table]:
    at = {
        speed: outcome("", [p.reading for p in clips if p.speed == speed])
        for speed in sorted({p.speed for p in clips})
    }
    row = _row(at.pop(1.0)) if 1.0 in at else {"wrong": math.nan}
    row |= {f"wrong_at_{speed:g}x": round(o.figure.cer, 4) for speed, o in at.items()}
    return name, row


def _row(found: Outcome) -> Table:
    figure = found.figure
    return {"wrong": round(figure.cer, 4), "exact": f"{figure.exact} of {figure.texts}"}


def _share(readings: Iterable[Reading]) -> float:
    return round(total(readings).cer, 4)


def _rows(outcomes: Iterable[Outcome]) -> Table:
    return {o.name: o.row() for o in outcomes}


def _clips(clips: Iterable[Played], key: Any) -> Table:
    found = grouped(
        [(p, p.reading) for p in clips], lambda p: f"{key(p)}, {p.profile}, {p.speed:g}x"
    )
    return _rows(found)


def _letters(performed: Performed, found: Outcome) -> Table:
    wrong = misread(r for p, r in performed.texts if p.condition.name == found.name)
    return {
        "right": found.figure.exact, "of": found.figure.texts, "wrong": wrong,
    }  # fmt: skip
