"""Whether the latency target is met: captured -> published p95 is the gate."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.report.result import Report
from benchmarks.report.stats import percentile, too_few

ALSO_SHOWN = (("emission", "letter end to first"), ("emission", "final after the endpoint"))
"""(mode, series) shown in addition; they decide nothing."""


@dataclass(frozen=True)
class Verdict:
    """One line.

    Attributes:
        gate: it is of a series that is held against the target.
        met: None where nothing can be judged: too few samples, or no gate.
    """

    line: str
    gate: bool = False
    met: bool | None = None


def verdicts(report: Report) -> list[Verdict]:
    """The lines for the report's target; none where it has no target."""
    target = report.target_ms
    if target is None:
        return []
    out = []
    for section in report.sections:
        for series in section.series:
            if series.gate:
                p95 = percentile(series.samples, "p95")
                what = f"{section.mode}, {series.name}"
                out.append(_against(what, p95, len(series.samples), target))
    for mode, name in ALSO_SHOWN:
        section = report.named(mode)
        if section and (shown := section.named(name)):
            p95 = percentile(shown.samples, "p95")
            n = len(shown.samples)
            figure = too_few(n, "p95") if p95 is None else f"p95 {p95:.1f} ms (n = {n})"
            out.append(Verdict(f"also: {name}: {figure}"))
    return out


def met(report: Report) -> bool | None:
    """Whether all gates are met; None where none is missed, but one cannot be judged or none is
    there."""
    gates = [verdict.met for verdict in verdicts(report) if verdict.gate]
    if False in gates:
        return False
    return None if None in gates or not gates else True


def _against(what: str, p95: float | None, n: int, target: float) -> Verdict:
    if p95 is None:
        return Verdict(f"NOT JUDGED {what}: {too_few(n, 'p95')}", True)
    good = p95 <= target
    word = "MET" if good else "MISSED"
    return Verdict(f"{word} {what}: p95 {p95:.1f} ms of {target:g} ms (n = {n})", True, good)
