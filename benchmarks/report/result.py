"""The results of a benchmark: raw samples and facts, and their JSON, format 1.

::

    {"format": 1, "made": "2025-01-31T12:00:00+00:00", "command": [...], "target_ms": 200,
     "environment": {...}, "settings": {...},
     "sections": [{"mode": "replay", "about": "...", "notes": [...],
                   "series": [{"name": "...", "unit": "ms", "samples": [...], ...}],
                   "facts": [{"name": "...", "value": 1, "unit": ""}],
                   "tables": [{"title": "...", "columns": [...], "rows": [[...]]}]}]}

Fields a reader does not know are errors: they belong to a later format.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

FORMAT = 1
DIGITS = 4
"""Decimals of a sample that are kept: a ten-thousandth of a millisecond is below any clock."""


@dataclass(frozen=True)
class Series:
    """Raw samples of one figure, in the order they were taken.

    Attributes:
        name: unique in its section.
        unit: ``ms``, ``s``, ``%``, ``MiB``, ...
        what: what one sample is.
        group: the table it is in.
        judged: statistics (``mean``, ``p50``, ``p95``) by which ``--compare`` finds it worse when
            they grow; none for a figure that is neither better nor worse.
        gate: its p95 is held against ``--target-ms``.
    """

    name: str
    unit: str
    samples: tuple[float, ...]
    what: str = ""
    group: str = ""
    judged: tuple[str, ...] = ("p50", "p95")
    gate: bool = False

    @staticmethod
    def of(name: str, unit: str, samples: Iterable[float], **more: Any) -> Series:
        """A series of finite ``samples``, rounded.

        Raises:
            ValueError: a sample is not finite.
        """
        rounded = tuple(round(float(sample), DIGITS) for sample in samples)
        if not all(map(math.isfinite, rounded)):
            raise ValueError(f"{name}: a sample is not finite")
        return Series(name, unit, rounded, **more)


@dataclass(frozen=True)
class Fact:
    """One figure without samples; ``value`` None is "not known"."""

    name: str
    value: float | str | None
    unit: str = ""


@dataclass(frozen=True)
class Table:
    """Anything else, in rows."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True)
class Section:
    """What one mode found."""

    mode: str
    about: str
    notes: tuple[str, ...] = ()
    series: tuple[Series, ...] = ()
    facts: tuple[Fact, ...] = ()
    tables: tuple[Table, ...] = ()

    def named(self, name: str) -> Series | None:
        return next((series for series in self.series if series.name == name), None)


@dataclass(frozen=True)
class Report:
    """A whole run.

    Attributes:
        made: when, ISO 8601, UTC.
        command: what was typed.
        environment: `benchmarks.report.environment`.
        settings: what the modes were asked for.
        target_ms: what captured -> published p95 was held against, if anything.
    """

    made: str
    command: tuple[str, ...]
    environment: dict[str, Any]
    settings: dict[str, Any]
    sections: tuple[Section, ...] = field(default=())
    target_ms: float | None = None

    def named(self, mode: str) -> Section | None:
        return next((section for section in self.sections if section.mode == mode), None)

    def json(self) -> str:
        """One line a series, so that a difference can be read."""
        tree = {"format": FORMAT, **asdict(self)}
        sections = tree.pop("sections")
        head = json.dumps(tree, indent=1, allow_nan=False, ensure_ascii=False)
        body = ",\n".join(map(_section, sections))
        return f'{head[:-2]},\n "sections": [\n{body}\n ]\n}}\n'

    @staticmethod
    def load(path: Path) -> Report:
        """
        Raises:
            OSError: ``path`` cannot be read.
            ValueError: it is no report of this format.
        """
        return Report.parse(path.read_text(encoding="utf-8"))

    @staticmethod
    def parse(text: str) -> Report:
        """
        Raises:
            ValueError: ``text`` is no report of this format.
        """
        try:
            tree = json.loads(text)
        except ValueError as error:
            raise ValueError(f"no report of a benchmark: {error}") from error
        if not isinstance(tree, dict):
            raise ValueError("no report of a benchmark: it is no JSON object")
        found = tree.pop("format", None)
        if found != FORMAT:
            raise ValueError(f"a report of format {found}; this program reads {FORMAT}")
        try:
            tree["sections"] = tuple(map(_parsed, tree["sections"]))
            tree["command"] = tuple(tree["command"])
            return Report(**tree)
        except (KeyError, TypeError) as error:
            raise ValueError(f"a report that lacks or garbles {error}") from error


def _section(tree: dict[str, Any]) -> str:
    """JSON of a section: a line for each series, fact and table."""
    parts = []
    for key, value in tree.items():
        if key in ("series", "facts", "tables") and value:
            lines = (f"    {json.dumps(v, allow_nan=False, ensure_ascii=False)}" for v in value)
            body = ",\n".join(lines)
            parts.append(f'   "{key}": [\n{body}\n   ]')
        else:
            parts.append(f'   "{key}": {json.dumps(value, ensure_ascii=False)}')
    return "  {\n" + ",\n".join(parts) + "\n  }"


def _parsed(tree: dict[str, Any]) -> Section:
    series = (
        Series(**{**s, "samples": tuple(s["samples"]), "judged": tuple(s["judged"])})
        for s in tree["series"]
    )
    tables = (
        Table(t["title"], tuple(t["columns"]), tuple(map(tuple, t["rows"]))) for t in tree["tables"]
    )
    return Section(
        mode=tree["mode"],
        about=tree["about"],
        notes=tuple(tree["notes"]),
        series=tuple(series),
        facts=tuple(Fact(**fact) for fact in tree["facts"]),
        tables=tuple(tables),
    )
