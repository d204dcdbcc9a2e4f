"""Under too little CPU: ages, drops and errors, compared with those without the load."""

from __future__ import annotations

from functools import partial

from benchmarks.modes.clip import render
from benchmarks.modes.replay import Frames, described, facts_of, texts, wrong
from benchmarks.modes.settings import Options
from benchmarks.modes.throttle import quota
from benchmarks.report import Fact, Section, Series, Table

ABOUT = (
    "The clip of replay, through a real process: without a limit (free), with a quarter and a "
    "tenth of one core, and with a landmark stage that sleeps 100 ms more for each frame (slow "
    "stage). Latency must stay bounded: frames are dropped, none is queued. Every frame is "
    "recorded inside the process."
)
RUNS = (
    ("free", 0.0, None),
    ("quarter", 0.0, 0.25),
    ("tenth", 0.0, 0.1),
    ("slow stage", 0.1, None),
)
"""Name; seconds that the landmark stage takes on top, asleep; share of one core, if held."""


def run(options: Options) -> Section:
    clip = render(options.folder / "overload.avi", options.replay_s)
    series: list[Series] = []
    facts: list[Fact] = []
    tables: list[Table] = []
    notes: list[str] = []
    for name, slow, share in RUNS:
        hold = partial(quota, share=share) if share else None
        found = Frames.of(clip, options, f"overload: {name}", slow, hold)
        if found.held:
            notes.append(f"{name}: {found.held}")
        series += described(found.run, name) + found.series(name)
        errors = wrong(found.run.text, clip.text)
        series.append(
            Series.of(f"character wrong, {name}", "wrong", errors, judged=("mean",),
                      what="1 or 0, a character", group="Errors")
        )  # fmt: skip
        facts += facts_of(found.run, name, clip.text) + found.facts(name)
        tables.append(texts(found.run.text, clip.text, name))
    return Section("overload", ABOUT, tuple(notes), tuple(series), tuple(facts), tuple(tables))
