"""Replay at a fixed rate through a real process: how old texts are when they are published."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.modes.clip import FPS, Clip, render, signers
from benchmarks.modes.letters import delays, events
from benchmarks.modes.process import Ishara
from benchmarks.modes.settings import Options, progress
from benchmarks.report import Fact, Section, Series, Table
from edge.recognize import Char, Hypothesis
from models.training.evaluation.metrics import align, distance

Hold = Callable[[int], AbstractContextManager[str]]

ABOUT = (
    "A real `ishara run` replays a source at its own rate; every age is from the moment a frame "
    "was due (coordinated omission). clip: signers drawn in advance into an MJPG file, whose "
    "decoding costs the process CPU as a webcam's would. signer: drawn by the same process, which "
    "costs CPU that no camera would. frames: the clip again, recording every frame, not only those "
    "that change the text."
)


@dataclass
class Run:
    """Results of one replay, or of several in sequence.

    Attributes:
        ages: milliseconds from capture to published, by the process itself, of each partial text.
        received: the same to the client, by the client's clock.
        cpu, rss: per second: % of one core; MiB.
        highest: MiB, VmHWM.
        dropped: frames a later one replaced inside the process.
        text: all finals, joined by spaces.
    """

    ages: list[float] = field(default_factory=list)
    received: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    rss: list[float] = field(default_factory=list)
    highest: float = 0.0
    dropped: int = 0
    finals: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join(self.finals)


def run(options: Options) -> Section:
    series: list[Series] = []
    facts: list[Fact] = []
    tables: list[Table] = []
    clip = render(options.folder / "replay.avi", options.replay_s)

    found = replayed(clip.uri, options, clip.frames / FPS, "clip")
    series += described(found, "clip", gate=True)
    facts += facts_of(found, "clip", clip.text)
    tables.append(texts(found.text, clip.text, "clip"))

    seen = Frames.of(clip, options, "replay: frames")
    series += seen.series("frames")
    facts += seen.facts("frames")

    found = Run()
    wanted = []
    for signer in signers(options.replay_s):
        text, seed = signer.name.removeprefix("signer:"), len(wanted) + 101
        replayed(f"{signer.name}?seed={seed}", options, signer.duration, "signer", found)
        wanted.append(text)
    series += described(found, "signer")
    facts += facts_of(found, "signer", " ".join(wanted))

    for uri in options.sources:
        found = replayed(uri, options, options.replay_s, uri, once=False)
        series += described(found, uri, gate=True)
        facts += facts_of(found, uri, None)
    return Section("replay", ABOUT, (), tuple(series), tuple(facts), tuple(tables))


def replayed(
    uri: str,
    options: Options,
    seconds: float,
    what: str,
    into: Run | None = None,
    once: bool = True,
    **how: Any,
) -> Run:
    """Replay ``uri`` through one process: to its end, or for ``seconds`` where not ``once``.

    Results are added to ``into``. A process that takes three times as long is stopped.
    """
    into = into or Run()
    with Ishara(uri, options, once, **how) as ishara:
        ready = ishara.working()
        while ishara.running() and (now := time.monotonic() - ready) < seconds * (3 if once else 1):
            progress(f"replay: {what}, {now:.0f} of {seconds:.0f} s")
            into.highest = max(into.highest, _highest(ishara))
            time.sleep(0.1)
    add(into, ishara, ready)
    return into


def _highest(ishara: Ishara) -> float:
    try:
        return ishara.rss()[1]
    except OSError:  # it has just ended
        return 0.0


def add(into: Run, ishara: Ishara, ready: float) -> None:
    """Add the events and the usage of an ended process since it was ``ready``."""
    for received, event in ishara.live():
        if event["type"] == "partial":
            into.ages.append(event["age_ms"])
            into.received.append(1000 * (received - event["captured"]))
        elif event["type"] == "final":
            into.finals.append(event["text"])
    states = [event["dropped"] for _, event in ishara.events if event["type"] == "state"]
    into.dropped += max(states, default=0)
    usage = [sample for sample in ishara.usage if sample[0] >= ready]
    into.cpu += [100 * (b[1] - a[1]) / (b[0] - a[0]) for a, b in pairwise(usage)]
    into.rss += [sample[2] for sample in usage if sample[2]]


def described(found: Run, what: str, gate: bool = False) -> list[Series]:
    """The series of a run."""
    return [
        Series.of(f"captured -> published, {what}", "ms", found.ages, gate=gate,
                  what="a provisional text, its own clock", group="Captured -> published"),
        Series.of(f"captured -> received, {what}", "ms", found.received,
                  what="the same, at a client", group="Captured -> published"),
        Series.of(f"CPU, {what}", "%", found.cpu, judged=("mean",),
                  what="of one core, a second", group="Cost"),
        Series.of(f"RSS, {what}", "MiB", found.rss, judged=("mean",),
                  what="a second", group="Cost"),
    ]  # fmt: skip


def facts_of(found: Run, what: str, truth: str | None) -> list[Fact]:
    """The facts of a run; no error rate without the truth."""
    facts = [
        Fact(f"{what}: frames dropped between stages", found.dropped),
        Fact(f"{what}: highest RSS", round(found.highest, 1), "MiB"),
    ]
    if truth is not None:
        wrong, length = distance(found.text, truth), len(truth)
        facts.append(Fact(f"{what}: character error rate", round(100 * wrong / length, 1), "%"))
        facts.append(Fact(f"{what}: characters wrong", f"{wrong} of {length}"))
    return facts


def wrong(read: str, truth: str) -> list[float]:
    """1 for each character that was read wrongly, left out or made up, 0 for each right one."""
    return [float(edit.kind != "match") for edit in align(truth, read)]


def texts(read: str, truth: str, what: str) -> Table:
    return Table(f"Text, {what}", ("spelled", "read"), ((truth, read),))


@dataclass(frozen=True)
class Frames:
    """Every frame of a clip on its way through one process.

    Attributes:
        ages: milliseconds from capture to recognised, of each frame that was.
        lost: 1 for each frame of the clip that was not recognised, 0 for each that was.
        skipped: frames the source left out because they were late.
        emission: milliseconds from the end of a letter to its character at a client, by
            `benchmarks.modes.letters.KINDS`.
        held: how the process was throttled; empty where it was not.
    """

    run: Run
    clip: Clip
    given: int
    ages: list[float]
    lost: list[float]
    emission: dict[str, list[float]]
    held: str

    @staticmethod
    def of(
        clip: Clip, options: Options, what: str, slow: float = 0.0, hold: Hold | None = None
    ) -> Frames:
        """Replay ``clip`` through one process.

        Args:
            what: its name in the progress on stderr.
            slow: seconds that its landmark stage takes on top.
            hold: makes the context in which a process, by its id, is throttled.
        """
        notes = options.folder / "frames.json"
        found = Run()
        seconds = clip.frames / FPS
        with Ishara(clip.uri, options, frame_log=notes, slow=slow) as ishara:
            ready = ishara.working()
            with hold(ishara.pid) if hold else nullcontext("") as held:
                while ishara.running() and (now := time.monotonic() - ready) < 3 * seconds:
                    progress(f"{what}, {now:.0f} of {seconds:.0f} s")
                    found.highest = max(found.highest, _highest(ishara))
                    time.sleep(0.1)
        add(found, ishara, ready)
        shown = [
            (received, hypothesis(event))
            for received, event in ishara.live()
            if event["type"] in ("partial", "final")
        ]
        noted = json.loads(Path(notes).read_text(encoding="utf-8"))
        given = {captured: index for index, captured, _ in noted["given"]}
        began = noted["given"][0][1] - noted["given"][0][0] / FPS
        recognised = {given[captured] for captured, _, _ in noted["done"]}
        ages = [1000 * (now - captured) for captured, now, _ in noted["done"]]
        lost = [float(index not in recognised) for index in range(clip.frames)]
        since = [(now - began, read) for now, read in shown]
        emission = {
            k: [1000 * s for s in v] for k, v in delays(events(since), clip.spelled).items()
        }
        return Frames(found, clip, len(given), ages, lost, emission, held)

    def series(self, what: str) -> list[Series]:
        group = "Every frame"
        return [
            Series.of(f"captured -> recognised, {what}", "ms", self.ages, group=group,
                      what="a frame that was recognised"),
            Series.of(f"frame lost, {what}", "lost", self.lost, group=group, judged=("mean",),
                      what="1 or 0, a frame that was due"),
            Series.of(f"letter end -> first, {what}", "ms", self.emission["first"], group=group,
                      what="a letter read right, at a client"),
            Series.of(f"letter end -> kept, {what}", "ms", self.emission["kept"], group=group,
                      what="a letter read right, at a client"),
        ]  # fmt: skip

    def facts(self, what: str) -> list[Fact]:
        skipped = self.clip.frames - self.given
        return [
            Fact(f"{what}: due", self.clip.frames),
            Fact(f"{what}: skipped by the source, being late", skipped),
            Fact(f"{what}: dropped between stages", self.given - len(self.ages)),
            Fact(f"{what}: recognised", len(self.ages)),
        ]


def hypothesis(event: dict[str, Any]) -> Hypothesis:
    """The hypothesis that a text event was made from."""
    chars = tuple(Char(c["text"], c["start"], c["end"], c["confidence"]) for c in event["chars"])
    final = event["type"] == "final"
    return Hypothesis(
        event["segment"], chars, event["stable"], final, event["time"], event["captured"]
    )
