"""Whether the latency target is met: captured -> published p95 is the gate."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.report.result import Report
from benchmarks.report.stats import LEAST, percentile

BESIDE = (("emission", "letter end to first"), ("emission", "final after the endpoint"))
"""(mode, series) given beside the gate; they neither pass nor fail anything."""


@dataclass(frozen=True)
class Verdict:
    """One line; ``met`` is None where it is given beside the gate."""

    line: str
    met: bool | None


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
                what = f"{section.mode}, {series.name}: p95"
                out.append(_against(what, p95, len(series.samples), target))
    for mode, name in BESIDE:
        section = report.named(mode)
        if section and (beside := section.named(name)):
            p95 = percentile(beside.samples, "p95")
            n = len(beside.samples)
            told = f"{p95:.1f} ms" if p95 is not None else "not told"
            out.append(Verdict(f"beside it: {name}: p95 {told} (n = {n})", None))
    return out


def met(report: Report) -> bool:
    """All gates are met, and there is one."""
    judged = [verdict.met for verdict in verdicts(report) if verdict.met is not None]
    return bool(judged) and all(judged)


def _against(what: str, p95: float | None, n: int, target: float) -> Verdict:
    if p95 is None:
        why = f"a 95th percentile needs {LEAST['p95']} samples, there are {n}"
        return Verdict(f"MISSED {what} cannot be told: {why}", False)
    good = p95 <= target
    word = "MET   " if good else "MISSED"
    return Verdict(f"{word} {what} {p95:.1f} ms of {target:g} ms (n = {n})", good)
