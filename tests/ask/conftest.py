"""A folder of documents, and what is made of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from edge.ask.index import Index
from edge.ask.search import Searcher

POOL = """# Pool

## Opening hours
The pool opens at 7 and closes at 20. It is closed on Mondays.

## Prices
A swim costs 4 euros for adults. [Season tickets](https://pool.example/buy) cost 80 euros.
"""
TOWN = """# Town hall

## Passports
A passport costs 60 euros and is made within three weeks in room 12.
"""

Make = Callable[..., Searcher]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "documents"
    made.mkdir()
    (made / "pool.md").write_text(POOL)
    (made / "town.md").write_text(TOWN)
    return made


@pytest.fixture
def index(folder: Path) -> Index:
    made = Index(folder)
    made.refresh()
    return made


@pytest.fixture
def searcher(index: Index) -> Searcher:
    return Searcher(index)
