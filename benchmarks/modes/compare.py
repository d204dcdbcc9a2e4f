"""Against what a user would pick instead: the result of `benchmarks.baselines` as a section."""

from __future__ import annotations

from typing import Any

from benchmarks.modes.settings import Options, progress
from benchmarks.report import Fact, Section, Series

ABOUT = (
    "Other programs that read hands or fingerspelling, and this one, in alternating turns on the "
    "same frames and one core. Ratios are ours over theirs: for CPU and latency, below 1 is better "
    "for us. They are of paired runs, and are valid where milliseconds of a noisy machine are not."
)
ROUNDS = 5


def run(options: Options) -> Section:
    from benchmarks.baselines import compare

    return section(compare(rounds=options.count or ROUNDS, say=progress, seconds=options.seconds))


def section(found: dict[str, Any]) -> Section:
    """The section of what ``compare`` returned, with every sample."""
    ratios = [
        Series.of(f"{pair['name']}: {pair['ours']} over {pair['theirs']}", "ratio",
                  pair["ratios"], judged=(), group="Ours over theirs")
        for pair in found["pairs"]
        if pair["ratios"]
    ]  # fmt: skip
    figures = [
        Series.of(f"{entry['what']}: {entry['name']}", entry["unit"], entry["samples"], judged=(),
                  group="Each side")
        for entry in found["baselines"]
        if entry["samples"]
    ]  # fmt: skip
    skipped = [f"{p['name']}: skipped, {p['skipped']}" for p in found["baselines"] if p["skipped"]]
    facts = [Fact("rounds", found["rounds"])] if "rounds" in found else []
    facts += [Fact(f"version of {who}", v) for who, v in found.get("versions", {}).items()]
    notes = (*skipped, *found.get("remarks", ()))
    return Section("compare", ABOUT, notes, (*ratios, *figures), tuple(facts))
