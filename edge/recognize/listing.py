"""How ``ishara models`` words what it finds."""

from __future__ import annotations

from collections import Counter
from typing import Any

_RUNS = ("abcdefghijklmnopqrstuvwxyz", "0123456789")


def characters(alphabet: str) -> str:
    """An alphabet in words: ``a-z, 0-9, space (37 characters)``."""
    whole = [run for run in _RUNS if set(run) <= set(alphabet)]
    rest = [c for c in alphabet if not any(c in run for run in whole)]
    names = [f"{run[0]}-{run[-1]}" for run in whole]
    names += ["space" if c == " " else c for c in rest]
    return f"{', '.join(names)} ({len(alphabet)} characters)"


def line(what: str, text: str) -> str:
    return f"  {what:<12} {text}"


def operators(interpreter: Any) -> dict[str, int] | None:
    """How many of each, most first; None where the runtime does not list them."""
    listed = getattr(interpreter, "_get_ops_details", None)
    if listed is None:
        return None
    # A delegate comes on top of the operators it replaces.
    counts = Counter(str(op["op_name"]) for op in listed() if op["op_name"] != "DELEGATE")
    return dict(counts.most_common())
