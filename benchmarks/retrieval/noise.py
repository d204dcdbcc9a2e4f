"""Misreads a text as the reader would: by its own confusions, at a given share of characters."""

from __future__ import annotations

from random import Random

from edge.ask.confusions import table


def misread(text: str, share: float, rng: Random) -> str:
    """``text`` with about ``share`` of its characters wrong; spaces stay."""
    read, _, added = table()
    wrong = {c: sum(x for other, x in row.items() if other != c) for c, row in read.items()}
    letters = [c for c in text if c != " "]
    measured = sum(wrong.get(c, 0.0) + added for c in letters) / max(1, len(letters))
    factor = share / measured if measured else 0.0
    # A letter that is read wrong most of the time could take no more: the others make up for it.
    for _ in range(20):
        got = sum(min(0.8, factor * wrong.get(c, 0)) + factor * added for c in letters)
        factor *= share * len(letters) / got if got else 1.0
    out = []
    for c in text:
        if c in read and rng.random() < min(0.8, factor * wrong[c]):
            others = [other for other in read[c] if other != c]
            out.append(rng.choices(others, [read[c][other] for other in others])[0])
        else:
            out.append(c)
        if c != " " and rng.random() < factor * added:
            out.append(rng.choice("abcdefghijklmnopqrstuvwxyz"))
    return "".join(out)
