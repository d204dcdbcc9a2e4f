"""A report as headings, paragraphs, lists, tables and pictures; Markdown and HTML draw them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from benchmarks.report.environment import warning
from benchmarks.report.result import Report, Section, Series
from benchmarks.report.stats import shape, summary
from benchmarks.report.verdict import verdicts

YES_OR_NO = ("lost", "wrong")
"""Units of series of 1 and 0: their mean is a share, and nothing else says anything."""

TOO_FEW = "too few"
"""In place of a percentile."""

COLUMNS = ("figure", "unit", "n", "mean", "p50", "p90", "p95", "p99", "max", "shape")


@dataclass(frozen=True)
class Heading:
    text: str
    level: int = 2


@dataclass(frozen=True)
class Paragraph:
    text: str
    strong: bool = False


@dataclass(frozen=True)
class Bullets:
    items: tuple[str, ...]


@dataclass(frozen=True)
class Grid:
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Picture:
    """A PNG of `benchmarks.report.pictures`, by the mode it shows."""

    mode: str


Block = Heading | Paragraph | Bullets | Grid | Picture


def document(report: Report) -> Iterator[Block]:
    """The whole report, from top to bottom."""
    yield Heading("Latency report", 1)
    if text := warning(report.environment):
        yield Paragraph(text, strong=True)
    yield Paragraph(f"{report.made}: {' '.join(report.command)}")
    if lines := verdicts(report):
        yield Heading("Verdict")
        yield Bullets(tuple(verdict.line for verdict in lines))
    for section in report.sections:
        yield from _section(section)
    yield Heading("How to read it")
    yield Paragraph(
        'A percentile needs enough samples (p90 64, p95 130, p99 662); "too few" stands where '
        "there are fewer. Tails from end to end are of samples from end to end, never sums of "
        "percentiles. Latency counts from the moment a frame was due, so the wait of a program "
        "that fell behind is in it. The raw samples are in the JSON this was made from."
    )
    yield from _environment(report)


def _section(section: Section) -> Iterator[Block]:
    yield Heading(section.mode)
    yield Paragraph(section.about)
    groups = dict.fromkeys(series.group for series in section.series)
    for group in groups:
        if group:
            yield Heading(group, 3)
        yield _statistics(series for series in section.series if series.group == group)
    if section.facts:
        yield Heading("Facts", 3)
        rows = tuple((fact.name, value(fact.value), fact.unit) for fact in section.facts)
        yield Grid(("fact", "value", "unit"), rows)
    for table in section.tables:
        yield Heading(table.title, 3)
        yield Grid(table.columns, tuple(tuple(map(value, row)) for row in table.rows))
    if section.notes:
        yield Bullets(section.notes)
    if section.series:
        yield Picture(section.mode)


def _statistics(some: Iterable[Series]) -> Grid:
    rows = []
    for series in some:
        s = summary(series.samples)
        name = f"{series.name} ({series.what})" if series.what else series.name
        figures = (s.mean, s.p50, s.p90, s.p95, s.p99, s.max)
        looks = shape(series.samples)
        cells = [number(x) or (TOO_FEW if s.n else "") for x in figures]
        if series.unit in YES_OR_NO:
            cells, looks = [number(s.mean), *[""] * 5], ""
        rows.append((name, series.unit, str(s.n), *cells, looks))
    return Grid(COLUMNS, tuple(rows))


def _environment(report: Report) -> Iterator[Block]:
    yield Heading("Where and with what")
    environment = dict(report.environment)
    before, after = environment.pop("before", {}), environment.pop("after", {})
    models = environment.pop("models", {})
    rows = [(key, value(known)) for key, known in environment.items()]
    rows += [(f"setting: {key}", value(known)) for key, known in report.settings.items()]
    yield Grid(("what", "value"), tuple(rows))
    keys = dict.fromkeys([*before, *after])
    yield Grid(
        ("state", "before", "after"),
        tuple((key, value(before.get(key)), value(after.get(key))) for key in keys),
    )
    if models:
        yield Grid(("model file", "SHA-256"), tuple(models.items()))


def number(x: float | None) -> str:
    """Three significant digits, more before the point; empty for None."""
    if x is None:
        return ""
    size = abs(x)
    return f"{x:.0f}" if size >= 100 else f"{x:.1f}" if size >= 10 else f"{x:.3g}"


def value(known: Any) -> str:
    """A fact in words."""
    if known is None:
        return "not known"
    if isinstance(known, bool):
        return "yes" if known else "no"
    if isinstance(known, float):
        return number(known)
    if isinstance(known, dict):
        return ", ".join(f"{key} {value(inner)}" for key, inner in known.items())
    if isinstance(known, list | tuple):
        return ", ".join(map(value, known))
    return str(known)
