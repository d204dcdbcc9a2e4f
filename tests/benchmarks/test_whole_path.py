"""The whole-path benchmark's tables: worst first, and what was read instead."""

from __future__ import annotations

from benchmarks.whole_path import Tally, table


def test_tables_are_worst_first() -> None:
    good, bad, worse = Tally("a"), Tally("g"), Tally("o")
    for letter, tally, texts in (("a", good, "aa"), ("g", bad, "qg"), ("o", worse, ["", ""])):
        for text in texts:
            tally.add(letter, text)
    assert table("letter", [good, bad, worse]).splitlines()[2:] == [
        "| o | 2 | 0.0 | o→- 2 |",
        "| g | 2 | 50.0 | g→q 1 |",
        "| a | 2 | 100.0 |  |",
    ]
