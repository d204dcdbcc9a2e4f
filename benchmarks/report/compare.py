"""What got worse between two reports, beyond noise."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.report.result import Report
from benchmarks.report.stats import CONFIDENCE, Difference, difference

SHARE = 0.10
"""A change smaller than this part of the base does not count, however certain."""

FLOOR = {"ms": 0.1, "s": 0.02, "%": 2.0, "MiB": 2.0, "lost": 0.01, "wrong": 0.02}
"""Nor does one smaller than this, by unit."""


@dataclass(frozen=True)
class Change:
    """One statistic of one series in both reports; ``verdict`` is worse, better or same."""

    mode: str
    series: str
    unit: str
    statistic: str
    found: Difference
    verdict: str

    def line(self) -> str:
        d = self.found
        return (
            f"{self.mode}, {self.series}: {self.statistic} {d.base:.2f} -> {d.new:.2f} {self.unit}"
            f" ({100 * CONFIDENCE:g} % interval of the difference {d.low:+.2f} to {d.high:+.2f})"
        )


@dataclass(frozen=True)
class Comparison:
    """All changes, what could not be compared, and what should be known before they are read."""

    changes: tuple[Change, ...]
    uncompared: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def worse(self) -> list[Change]:
        return [change for change in self.changes if change.verdict == "worse"]


def compare(base: Report, new: Report) -> Comparison:
    """``new`` against ``base``, series by series, in the modes both ran."""
    changes, uncompared = [], []
    for section in new.sections:
        before = base.named(section.mode)
        if before is None:
            uncompared.append(f"{section.mode}: the base did not run it")
            continue
        uncompared += [
            f"{section.mode}, {series.name}: only in the base"
            for series in before.series
            if section.named(series.name) is None
        ]
        for series in section.series:
            was = before.named(series.name)
            if was is None:
                uncompared.append(f"{section.mode}, {series.name}: not in the base")
                continue
            for statistic in series.judged:
                found = difference(was.samples, series.samples, statistic)
                if found is None:
                    what = f"{section.mode}, {series.name}: {statistic}"
                    uncompared.append(f"{what}: too few samples")
                    continue
                verdict = _verdict(found, series.unit)
                changes.append(
                    Change(section.mode, series.name, series.unit, statistic, found, verdict)
                )
    return Comparison(tuple(changes), tuple(uncompared), tuple(_warnings(base, new)))


def _verdict(found: Difference, unit: str) -> str:
    """Worse or better: the interval excludes zero, and the change is large enough to matter."""
    change = found.new - found.base
    if abs(change) < max(SHARE * abs(found.base), FLOOR.get(unit, 0.0)):
        return "same"
    if found.low > 0:
        return "worse"
    return "better" if found.high < 0 else "same"


def _warnings(base: Report, new: Report) -> list[str]:
    out = []
    for key in ("cpu", "cores", "board", "kernel", "python"):
        was, now = base.environment.get(key), new.environment.get(key)
        if was != now:
            out.append(f"not the same {key}: {was} in the base, {now} now")
    for key in sorted(base.settings.keys() | new.settings.keys()):
        was, now = base.settings.get(key), new.settings.get(key)
        if was != now:
            out.append(f"not the same setting {key}: {was} in the base, {now} now")
    return out
