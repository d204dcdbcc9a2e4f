"""The table of confusions is made of a bundle's figures."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from edge.recognize.bundle import FILE, find
from models.training.evaluation.confusion_table import TABLE, shares, table


def test_shares_add_up() -> None:
    row = shares("abcd ", "a", 98, {"b": 5, "": 2, "*": 4})
    assert row["b"] == pytest.approx(0.05)
    assert row[""] == pytest.approx(0.02)
    assert row["c"] == row["d"] == pytest.approx(0.02)
    assert sum(row.values()) == pytest.approx(1)


def test_the_shipped_table_has_the_form_of_the_shipped_bundles() -> None:
    made = table(tomllib.loads((find("ishara-stream") / FILE).read_text(encoding="utf-8")))
    shipped = json.loads((Path(__file__).parents[2] / TABLE).read_text(encoding="utf-8"))
    assert shipped.keys() == made.keys()
    assert set("abcdefghijklmnopqrstuvwxyz") <= shipped["read"].keys()
    assert "model" in shipped["source"]
