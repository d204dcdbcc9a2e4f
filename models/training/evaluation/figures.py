"""A study as the tables of ``bundle.toml``: per signer, speed, letter, worst first."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np

from models.training import toml
from models.training.evaluation.heard import Heard
from models.training.evaluation.metrics import (
    Calibration,
    by_letter,
    by_signer,
    by_speed,
    calibration,
    confusions,
    total,
)
from models.training.evaluation.study import By, Study

Table = dict[str, Any]
_WRONG = 3
"""What a letter is most often taken for: so many."""


def figures(study: Study, live: str, way: str) -> dict[str, Table]:
    """All tables; ``live`` and ``way`` name the reader and the decoding that are shipped.

    Rates are shares, 0-1; delays are in milliseconds from the end of a letter until it is shown
    for good, the look-ahead included, the time of tracker and recogniser not.
    """
    spelled, held = study.phrases[live][way], study.held[live][way]
    late = np.array([x for heard in spelled for x in heard.late()]) * 1000
    signs = study.signs[way]
    summary = {
        "on": "seven validation signers; phrases are synthesised from their real hands; x86-64",
        "read_by": f"{live}, {way}",
        "texts_per_signer": study.counts.texts,
        "frames_per_letter": study.counts.frames,
        "phrase_cer": _cer(spelled),
        "held_right": _right(held),
        "still_jz_right": _right(study.still[way]),
        "moving_jz_right": _right(study.moving[way]),
        **({"digits_right": _right(some)} if (some := study.digits[way]) else {}),
        "calibration_error": _rounded(calibrated(spelled).error),
        "letter_end_to_shown_ms_p50": _percentile(late, 50),
        "letter_end_to_shown_ms_p95": _percentile(late, 95),
        "letter_end_to_shown_n": len(late),
        "false_finals_per_minute": _rounded(len(signs.finals) / signs.minutes),
        "false_finals_per_minute_of_hand": _rounded(len(signs.finals) / signs.visible),
        "false_letters_per_minute_of_hand": _rounded(signs.letters / signs.visible),
    }
    return {
        "summary": summary,
        "phrase_cer": _side_by_side(study.phrases, live, way, right=False),
        "held_right": _side_by_side(study.held, live, way, right=True),
        "phrase_cer_by_kind": {
            kind: {
                name: _cer(h for h in heard if h.sample.kind == kind)
                for name, heard in study.phrases[live].items()
            }
            for kind in sorted({h.sample.kind for h in spelled})
        },
        "phrase_cer_by_speed": {
            figure.name: {"cer": _rounded(figure.cer), "texts": figure.texts}
            for figure in by_speed(h.reading for h in spelled)
        },
        "phrase_letters": _letters(spelled),
        "held_letters": _letters(held),
        "still_jz_right": _shares(study.still[way]),
        "moving_jz": _clips(study.moving[way], "{signer} {letter}"),
        "digits": _clips(study.digits[way], "{letter}"),
        "other_signs": {
            name: {
                "minutes": round(found.minutes, 2), "of_hand": round(found.visible, 2),
                "finals": len(found.finals), "letters": found.letters,
            }
            for name, found in study.signs.items()
        },
    }  # fmt: skip


def calibrated(heard: Iterable[Heard]) -> Calibration:
    """Of the confidences of all characters that were read."""
    heard = list(heard)
    sure = [char.confidence for h in heard for char in h.chars]
    return calibration(np.clip(sure, 0, 1), [right for h in heard for right in h.right()])


def key(reader: str, way: str) -> str:
    """Name of a column: ``int8_beam`` of "int8 streaming" and "beam"."""
    return "_".join([*reader.replace(" streaming", "").split(), way])


def written(bundle: str, tables: dict[str, Table]) -> str:
    """The text of a ``bundle.toml`` with ``tables`` in the place of its figures."""
    parts = re.split(r"(?m)^(?=\[)", bundle)
    kept = "".join(p for p in parts if not re.match(r"\[figures[.\]]", p)).rstrip()
    lines = [kept]
    for name, table in tables.items():
        lines += toml.table(table, f"figures.{name}")
    return "\n".join(lines) + "\n"


def _side_by_side(heard: By, live: str, way: str, right: bool) -> Table:
    """Signers down, worst first by what is shipped, then all; readers and ways across."""
    worth = _right if right else _cer
    rows: Table = {}
    names = [f.name for f in by_signer(h.reading for h in heard[live][way])]
    for name in [*names, "all"]:
        rows[name] = {
            key(reader, how): worth(h for h in some if name in ("all", h.sample.signer))
            for reader, ways in heard.items()
            for how, some in ways.items()
        }
    return rows


def _letters(heard: list[Heard]) -> Table:
    counts = confusions(h.reading for h in heard)
    taken: dict[str, Counter[str]] = {}
    for (truth, read), count in counts.items():
        if truth and truth != read:
            taken.setdefault(truth, Counter())[read or "nothing"] += count
    return {
        row.letter: {
            "wrong": _rounded(row.rate),
            "of": row.count,
            "read": ", ".join(
                f"{_name(what)} {n}"
                for what, n in taken.get(row.letter, Counter()).most_common(_WRONG)
            ),
        }
        for row in by_letter(counts)
        if row.count
    }


def _name(char: str) -> str:
    return "space" if char == " " else char


def _shares(heard: list[Heard]) -> Table:
    names = {h.sample.signer for h in heard}
    rows = {name: _right(h for h in heard if h.sample.signer == name) for name in names}
    return dict(sorted(rows.items(), key=lambda row: (row[1], row[0])))


def _clips(heard: list[Heard], name: str) -> Table:
    """A row a group of clips, worst first."""
    groups: dict[str, list[Heard]] = {}
    for h in heard:
        row = name.format(signer=h.sample.signer, letter=h.sample.truth.upper())
        groups.setdefault(row, []).append(h)
    rows = {}
    for row, some in groups.items():
        said = Counter(h.reading.read or "nothing" for h in some)
        rows[row] = {
            "clips": len(some),
            "right": _right(some),
            "among_others": _rounded(np.mean([h.sample.truth in h.reading.read for h in some])),
            "read": ", ".join(f"{text} {n}" for text, n in said.most_common(_WRONG)),
        }
    return dict(sorted(rows.items(), key=lambda row: (row[1]["right"], row[0])))


def _cer(heard: Iterable[Heard]) -> float:
    return _rounded(total(h.reading for h in heard).cer)


def _right(heard: Iterable[Heard]) -> float:
    """Share of the samples that were read exactly."""
    figure = total(h.reading for h in heard)
    return _rounded(figure.exact / figure.texts) if figure.texts else math.nan


def _percentile(values: Any, q: float) -> float:
    return float(round(float(np.percentile(values, q)))) if len(values) else math.nan


def _rounded(value: Any) -> float:
    return round(float(value), 4)
