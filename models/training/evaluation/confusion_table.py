"""What a bundle's reader makes of each character, as the small table that `edge.ask` searches with.

    python -m models.training.evaluation.confusion_table

It is made of the figures in ``bundle.toml``: letters in the phrases of the validation signers, and
digits. They list the three most frequent misreadings of a character; the others are spread evenly.
"""

from __future__ import annotations

import argparse
import json
import re
import tomllib
from pathlib import Path
from typing import Any

from edge.recognize.bundle import FILE, find

TABLE = Path("edge/ask/confusions.json")
_SEEN = 2.0
"""Occurrences that are read as themselves, added to those counted: digits have only four."""
FLOOR = 0.0005
"""Share of a misreading that was not seen; those below it are left out of the table."""

Shares = dict[str, float]


def shares(alphabet: str, letter: str, count: int, misread: dict[str, float]) -> Shares:
    """What ``letter`` is read as, "" for nothing: shares of all, itself among them.

    Args:
        alphabet: all that can be read.
        letter: what was spelled.
        count: how often.
        misread: how often it was read as each other; "*" for all others together.
    """
    others = [c for c in ["", *alphabet] if c not in (letter, " ")]
    listed = {name: n for name, n in misread.items() if name not in ("*", letter)}
    rest = misread.get("*", 0.0) / max(1, len(others) - len(listed))
    out = {c: listed.get(c, rest) / (count + _SEEN) for c in others}
    return {letter: 1 - sum(out.values())} | {c: x for c, x in out.items() if x > FLOOR}


def table(bundle: dict[str, Any]) -> dict[str, Any]:
    """The table out of a ``bundle.toml``: ``read`` gives for each character the share of each
    that it is read as, ``added`` the characters read where none was spelled, a character."""
    figures, alphabet = bundle["figures"], bundle["alphabet"]
    letters = figures["phrase_letters"]
    read = {}
    for letter, row in letters.items():
        if letter == " ":
            continue
        listed = _listed(row["read"])
        rest = round(row["wrong"] * row["of"]) - sum(listed.values())
        read[letter] = shares(alphabet, letter, row["of"], listed | {"*": max(0, rest)})
    for digit, row in figures.get("digits", {}).items():
        if len(digit) == 1 and row.get("clips"):
            read[digit] = shares(alphabet, digit, row["clips"], _listed(row["read"]))
    spelled = sum(row["of"] for row in letters.values())
    wrong = sum(row["wrong"] * row["of"] for row in letters.values()) / spelled
    return {
        "source": (
            f"figures of the bundle {bundle['name']}, model {bundle['sha256'][:12]}:"
            f" {spelled} characters in {figures['summary']['on']}; digits: one signer, four clips"
            " each. Made by python -m models.training.evaluation.confusion_table"
        ),
        "floor": FLOOR,
        "added": round(max(0.0, figures["summary"]["phrase_cer"] - wrong), 4),
        "read": {
            c: {other: round(share, 5) for other, share in read[c].items()} for c in sorted(read)
        },
    }


def _listed(text: str) -> dict[str, float]:
    """ "p 31, nothing 13" as counts; what is no single character counts for its first."""
    found: dict[str, float] = {}
    for name, count in re.findall(r"(\S+) (\d+)", text):
        key = "" if name == "nothing" else name[0]
        found[key] = found.get(key, 0) + int(count)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--bundle", default="ishara-stream", help="its name, or its folder")
    parser.add_argument("--out", type=Path, default=TABLE)
    args = parser.parse_args()
    text = (find(args.bundle) / FILE).read_text(encoding="utf-8")
    made = json.dumps(table(tomllib.loads(text)), ensure_ascii=False, indent=1)
    args.out.write_text(re.sub(r"\n\s{3,}", " ", made) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
