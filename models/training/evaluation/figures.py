"""Measurements as the tables of ``bundle.toml``: per signer, speed, letter, worst first."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np

from models.training import toml
from models.training.evaluation.measurements import ByModel, Measurements
from models.training.evaluation.metrics import (
    Calibration,
    by_letter,
    by_signer,
    by_speed,
    calibration,
    confusions,
    total,
)
from models.training.evaluation.moving_hands import MovingHands
from models.training.evaluation.overview import overview, tables
from models.training.evaluation.signers import anonymised
from models.training.evaluation.transcripts import Transcript

Table = dict[str, Any]
_WRONG = 3
"""How many of the most frequent misreadings of a letter are listed."""


def figures(
    measured: Measurements, live: str, decoder: str, moving: MovingHands | None = None
) -> dict[str, Table]:
    """All tables; ``live`` and ``decoder`` name the model and the decoder that are shipped.

    Those of ``moving`` come first where it is given: real hands before synthesised phrases.
    Signers are named by letters. Rates are shares, 0-1; delays are in milliseconds from the end of
    a letter until it no longer changes, including the look-ahead but not the time of tracker and
    recogniser.
    """
    measured = anonymised(measured)
    spelled, static = measured.phrases[live][decoder], measured.static[live][decoder]
    delays_ms = np.array([x for transcript in spelled for x in transcript.delays_s()]) * 1000
    signs = measured.signs[decoder]
    summary = {
        "on": "seven validation signers; phrases are synthesised from their real hands; x86-64",
        "read_by": f"{live}, {decoder}",
        "texts_per_signer": measured.counts.texts,
        "frames_per_letter": measured.counts.frames,
        "phrase_cer": _cer(spelled),
        "static_right": _right(static),
        "static_jz_right": _right(measured.static_jz[decoder]),
        "moving_jz_right": _right(measured.moving[decoder]),
        **({"digits_right": _right(found)} if (found := measured.digits[decoder]) else {}),
        "calibration_error": _rounded(calibrated(spelled).error),
        "letter_end_to_shown_ms_p50": _percentile(delays_ms, 50),
        "letter_end_to_shown_ms_p95": _percentile(delays_ms, 95),
        "letter_end_to_shown_n": len(delays_ms),
        "false_finals_per_minute": _rounded(len(signs.finals) / signs.minutes),
        "false_finals_per_minute_of_hand": _rounded(len(signs.finals) / signs.visible),
        "false_letters_per_minute_of_hand": _rounded(signs.letters / signs.visible),
    }
    first = {"overview": overview(moving, summary), **tables(moving)} if moving else {}
    return {
        **first,
        "summary": summary,
        "phrase_cer": _side_by_side(measured.phrases, live, decoder, right=False),
        "static_right": _side_by_side(measured.static, live, decoder, right=True),
        "phrase_cer_by_kind": {
            kind: {
                name: _cer(t for t in transcripts if t.sample.kind == kind)
                for name, transcripts in measured.phrases[live].items()
            }
            for kind in sorted({t.sample.kind for t in spelled})
        },
        "phrase_cer_by_speed": {
            figure.name: {"cer": _rounded(figure.cer), "texts": figure.texts}
            for figure in by_speed(t.reading for t in spelled)
        },
        "phrase_letters": _letters(spelled),
        "static_letters": _letters(static),
        "static_jz_right": _shares(measured.static_jz[decoder]),
        "moving_jz": _clips(measured.moving[decoder], "{letter}, signer {signer}"),
        "digits": _clips(measured.digits[decoder], "{letter}"),
        "other_signs": {
            name: {
                "minutes": round(found.minutes, 2), "of_hand": round(found.visible, 2),
                "finals": len(found.finals), "letters": found.letters,
            }
            for name, found in measured.signs.items()
        },
    }  # fmt: skip


def calibrated(transcripts: Iterable[Transcript]) -> Calibration:
    """Of the confidences of all characters that were read."""
    transcripts = list(transcripts)
    sure = [char.confidence for t in transcripts for char in t.chars]
    return calibration(np.clip(sure, 0, 1), [right for t in transcripts for right in t.right()])


def key(model: str, decoder: str) -> str:
    """Name of a column: ``int8_beam`` of "int8 streaming" and "beam"."""
    return "_".join([*model.replace(" streaming", "").split(), decoder])


def written(bundle: str, tables: dict[str, Table]) -> str:
    """The text of a ``bundle.toml`` with ``tables`` in the place of its figures."""
    parts = re.split(r"(?m)^(?=\[)", bundle)
    kept = "".join(p for p in parts if not re.match(r"\[figures[.\]]", p)).rstrip()
    lines = [kept]
    for name, table in tables.items():
        lines += toml.table(table, f"figures.{name}")
    return "\n".join(lines) + "\n"


def _side_by_side(transcripts: ByModel, live: str, decoder: str, right: bool) -> Table:
    """Signers down, worst first by what is shipped, then all; models and decoders across."""
    figure_of = _right if right else _cer
    rows: Table = {}
    names = [f.name for f in by_signer(t.reading for t in transcripts[live][decoder])]
    for name in [*names, "all"]:
        rows[name] = {
            key(model, decoder_name): figure_of(
                t for t in found if name in ("all", t.sample.signer)
            )
            for model, by_decoder in transcripts.items()
            for decoder_name, found in by_decoder.items()
        }
    return rows


def _letters(transcripts: list[Transcript]) -> Table:
    counts = confusions(t.reading for t in transcripts)
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


def _shares(transcripts: list[Transcript]) -> Table:
    names = {t.sample.signer for t in transcripts}
    rows = {name: _right(t for t in transcripts if t.sample.signer == name) for name in names}
    return dict(sorted(rows.items(), key=lambda row: (row[1], row[0])))


def _clips(transcripts: list[Transcript], name: str) -> Table:
    """A row a group of clips, worst first."""
    groups: dict[str, list[Transcript]] = {}
    for t in transcripts:
        row = name.format(signer=t.sample.signer, letter=t.sample.truth.upper())
        groups.setdefault(row, []).append(t)
    rows = {}
    for row, found in groups.items():
        read = Counter(t.reading.read or "nothing" for t in found)
        rows[row] = {
            "clips": len(found),
            "right": _right(found),
            "among_others": _rounded(np.mean([t.sample.truth in t.reading.read for t in found])),
            "read": ", ".join(f"{text} {n}" for text, n in read.most_common(_WRONG)),
        }
    return dict(sorted(rows.items(), key=lambda row: (row[1]["right"], row[0])))


def _cer(transcripts: Iterable[Transcript]) -> float:
    return _rounded(total(t.reading for t in transcripts).cer)


def _right(transcripts: Iterable[Transcript]) -> float:
    """Share of the samples that were read exactly."""
    figure = total(t.reading for t in transcripts)
    return _rounded(figure.exact / figure.texts) if figure.texts else math.nan


def _percentile(values: Any, q: float) -> float:
    return float(round(float(np.percentile(values, q)))) if len(values) else math.nan


def _rounded(value: Any) -> float:
    return round(float(value), 4)
