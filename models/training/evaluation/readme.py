"""The table of all hands as Markdown, the same in the card and in the project's README."""

from __future__ import annotations

import re
from typing import Any

BEGIN, END = "<!-- figures of all hands -->", "<!-- end of figures -->"


def markdown(table: dict[str, Any]) -> str:
    """Of the table ``figures.overview`` of a bundle."""
    speeds = [k for k in dict.fromkeys(k for row in table.values() for k in row) if "_at_" in k]
    head = [
        "hands",
        "wrong, %",
        "exact",
        *(name.replace("wrong_", "").replace("_", " ") for name in speeds),
    ]
    rows = [
        [name, _percent(row["wrong"]), row.get("exact", "")]
        + [_percent(row[s]) if s in row else "" for s in speeds]
        for name, row in table.items()
    ]
    return "\n".join(f"|{'|'.join(cells)}|" for cells in [head, ["---"] * len(head), *rows])


def replaced(text: str, table: dict[str, Any]) -> str:
    """The README ``text`` with ``table`` between its two marks.

    Raises:
        ValueError: it has no such marks.
    """
    found = re.search(f"(?s){BEGIN}.*{END}", text)
    if not found:
        raise ValueError(f"no {BEGIN}")
    return f"{text[: found.start()]}{BEGIN}\n\n{markdown(table)}\n\n{END}{text[found.end() :]}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"
