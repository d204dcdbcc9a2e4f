"""The model card: what a bundle is, its figures, its data and its limits, from ``card.md``."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from edge.recognize.bundle import Bundle
from edge.recognize.inspect import inspect
from models.training.data.hands import DEVELOPMENT_SIGNERS, EVALUATION_ONLY, SOURCES
from models.training.evaluation.clips import DIGITS_OF
from models.training.evaluation.figures import Table
from models.training.evaluation.readme import markdown

TEMPLATE = Path(__file__).parents[1] / "card.md"
_LICENCES = {
    "borisgraudt": "MIT", "Techyrushi": "MIT", "kevinjosethomas": "MIT", "AmanRana10": "GPL-3",
    "LakshmiBhavaniNekkanti": "GPL-3", "Umanginigam": "GPL-3",
}  # fmt: skip
_LETTERS = 8
"""Letters named as the worst."""


def card(
    bundle: Bundle,
    tables: dict[str, Table],
    training: dict[str, Any],
    validation: Iterable[str],
    missing: str = "",
) -> str:
    """The text of the card.

    Args:
        bundle: as it is shipped.
        tables: of `models.training.evaluation.figures.figures`.
        training: other values of the template: how the model was trained.
        validation: accounts of the validation signers, named as sources of data only.
        missing: what the real sequences lack.
    """
    types = {t["role"]: t["dtype"] for t in inspect(bundle.folder)["tensors"]}
    values = {
        "input_type": types["features"],
        "output_type": types["scores"],
        "name": bundle.name,
        "alphabet": _characters(bundle.alphabet),
        "unsupported": f" It never says `{bundle.unsupported}`." if bundle.unsupported else "",
        "symbols": 1 + len(bundle.alphabet),
        "look_ahead": bundle.look_ahead,
        "look_ahead_ms": round(1000 * bundle.look_ahead / bundle.rate),
        "size_mb": f"{bundle.model.stat().st_size / 1e6:.1f}",
        "language_model": _language_model(bundle),
        "overview": markdown(tables["overview"]) if "overview" in tables else "(none)",
        "clips": _moving(tables.get("real_clips", {}), "clips, profile, speed"),
        "words_by_signer": _moving(tables.get("real_words_by_signer", {}), "words by"),
        "ten_points": _moving(tables.get("real_ten_points", {}), "spelled"),
        "drawn_letters": _table(tables.get("drawn_letters", {}), "letters"),
        "drawn_shown": _table(tables.get("drawn_letters_shown", {}), "letters"),
        "drawn_words": _moving(tables.get("drawn_words", {}), "words"),
        "drawn_by_hand": _moving(tables.get("drawn_words_by_hand", {}), "words by hand"),
        "drawn_by_distance": _moving(tables.get("drawn_words_by_distance", {}), "by distance"),
        "missing": missing,
        "phrases": _signers(tables["phrase_cer"]),
        "static": _signers(tables["static_right"]),
        "kinds": _table(tables["phrase_cer_by_kind"], "phrases of"),
        "speeds": _table(tables["phrase_cer_by_speed"], "characters per second"),
        "spelled_worst": _worst(tables["phrase_letters"]),
        "static_worst": _worst(tables["static_letters"]),
        "static_jz": ", ".join(f"{k} {_percent(v)}" for k, v in tables["static_jz_right"].items()),
        "moving": _table(tables["moving_jz"], "clips"),
        "digits": _table(tables["digits"], "digit"),
        "signs": _table(tables["other_signs"], "decoded by"),
        "sources": _sources(),
        "development": ", ".join(map(_account, DEVELOPMENT_SIGNERS)),
        "evaluation": _evaluation(validation),
        "calibration_error": _percent(tables["summary"]["calibration_error"]),
        "summary": tables["summary"],
        **training,
    }
    return TEMPLATE.read_text(encoding="utf-8").format(**values)


def _characters(alphabet: str) -> str:
    kinds = {"letters a-z": "abcdefghijklmnopqrstuvwxyz", "digits 0-9": "0123456789", "spaces": " "}
    whole = [name for name, chars in kinds.items() if set(chars) <= set(alphabet)]
    rest = "".join(c for c in alphabet if not any(c in kinds[name] for name in whole))
    return ", ".join([*whole, *rest])


def _language_model(bundle: Bundle) -> str:
    if bundle.language_model is None:
        return "None: only the beam search's costs for each character."
    size = bundle.language_model.file.stat().st_size / 1000
    return (
        f"`{bundle.language_model.file.name}` ({size:.0f} kB), a character n-gram model with weight"
        f" {bundle.language_model.weight:g}, made of the training part of the texts; off with"
        ' `language_model = "off"` in `[recognize]`.'
    )


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _cell(value: Any) -> str:
    return _percent(value) if isinstance(value, float) and abs(value) <= 1 else str(value)


def _signers(table: Table) -> str:
    """Shares in percent, a row a signer."""
    return _markdown("signer", table, lambda x: f"{100 * x:.1f}")


def _table(table: Table, first: str) -> str:
    return _markdown(first, table, _cell)


def _moving(table: Table, first: str) -> str:
    """Every float is a share, and may be above 1: more can be read than was spelled."""
    return _markdown(first, table, lambda x: _percent(x) if isinstance(x, float) else str(x))


def _markdown(first: str, table: Table, cell: Any) -> str:
    if not table:
        return "(none)"
    columns = list(next(iter(table.values())))
    head = "|".join(["", first, *(c.replace("_", " ") for c in columns), ""])
    rows = [head, "|" + "---|" * (1 + len(columns))]
    for name, row in table.items():
        rows.append("|".join(["", name, *(cell(row[c]) for c in columns), ""]))
    return "\n".join(rows)


def _worst(table: Table) -> str:
    rows = list(table.items())[:_LETTERS]
    return "; ".join(
        f"{'space' if letter == ' ' else letter} {_percent(row['wrong'])} of {row['of']}"
        f" ({row['read']})"
        for letter, row in rows
        if row["wrong"] > 0
    )


def _account(name: str) -> str:
    return f"{name} ({_LICENCES[name]})" if name in _LICENCES else name


def _evaluation(validation: Iterable[str]) -> str:
    # Not in the order of the signers' letters, which sort by code point.
    accounts = {*validation, *EVALUATION_ONLY, DIGITS_OF}
    return ", ".join(map(_account, sorted(accounts, key=str.casefold)))


def _sources() -> str:
    with SOURCES.open(newline="") as text:
        rows = [row for row in csv.DictReader(text) if row["use"] == "1"]
    names: dict[str, list[str]] = {}
    for row in rows:
        account = _account(row["source"].split("_p")[0])
        accounts = names.setdefault(row["file"].split(".")[0], [])
        kept_out = row["source"] in (*DEVELOPMENT_SIGNERS, *EVALUATION_ONLY)
        if not kept_out and account not in accounts:
            accounts.append(account)
    return "\n".join(f"- `{file}`: {', '.join(found)}." for file, found in names.items())
