"""A report as a compact table for a terminal: the main figures of each mode."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.report.document import TOO_FEW, YES_OR_NO, number
from benchmarks.report.result import Report, Section, Series
from benchmarks.report.stats import LEAST, summary, too_few

COLUMNS = ("", "unit", "n", "mean", "p50", "p95", "target", "")


def table(report: Report) -> str:
    """A line for each judged series; for each series of a mode that has none judged.

    The last column says of a series that is held against the target: met, MISSED, or that it has
    too few samples for a p95.
    """
    rows: list[tuple[str, ...]] = []
    for section in report.sections:
        rows += [(section.mode, *COLUMNS[1:]), *_rows(section, report.target_ms)]
    widths = [max(len(row[k]) for row in rows) for k in range(len(COLUMNS))] if rows else []
    lines = [_line(row, widths) for row in rows]
    if any(TOO_FEW in row for row in rows):
        lines.append(f"{TOO_FEW}: a p95 needs {LEAST['p95']} samples")
    return "\n".join(lines)


def _rows(section: Section, target: float | None) -> Iterator[tuple[str, ...]]:
    if not section.series:
        yield (f"  {section.about}", *[""] * (len(COLUMNS) - 1))
    for series in [s for s in section.series if s.judged] or section.series:
        s = summary(series.samples)
        spread = (number(s.p50), number(s.p95) or TOO_FEW)
        if series.unit in YES_OR_NO or not s.n:
            spread = ("", "")
        held = target if series.gate else None
        goal = "" if held is None else f"{held:g}"
        verdict = "" if held is None else _verdict(series, s.p95, held)
        cells = (str(s.n), number(s.mean), *spread, goal, verdict)
        yield (f"  {series.name}", series.unit, *cells)


def _verdict(series: Series, p95: float | None, target: float) -> str:
    if p95 is None:
        return too_few(len(series.samples), "p95")
    return "met" if p95 <= target else "MISSED"


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    name, unit, *numbers, verdict = row
    cells = [name.ljust(widths[0]), unit.ljust(widths[1])]
    cells += [cell.rjust(width) for cell, width in zip(numbers, widths[2:-1], strict=True)]
    return "  ".join([*cells, verdict]).rstrip()
