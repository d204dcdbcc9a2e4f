"""How soon after a letter was shown its character is published, by the rendered signer's truth.

    python -m benchmarks.emission

Twenty texts, each by another rendered signer, at 3 letters and 30 frames a second through the
whole path: source, tracker, recogniser. The clock is the source's own: a frame counts at its
capture time plus what tracker and recogniser took for it on this machine. A delay is from the end
of the letter, when the hand begins to leave it, so one that is said while it is still held has a
negative delay. Only letters that were read right count. Measured are

- first: the letter is shown for the first time, in a provisional text that is right up to it,
- kept: from here on it stays,
- stable: it is among the characters that will not change,
- final: its segment has ended.

The socket and waiting for a stage that is busy are not in it: `capture_to_published.py` has them.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edge.camera.signer import Signer
from edge.camera.signer.motion import Spelled
from edge.config import Config, Recognize
from edge.landmarks import HandTracker
from edge.recognize import Hypothesis, Recognizer, open_recognizer
from models.training.evaluation.metrics import align, since

TEXTS = (
    "lovely weather", "bright yellow", "forty candles", "quiet village", "wooden bridge",
    "maximum speed", "january snow", "pizza night", "black coffee", "the red fox",
    "open the window", "kitchen table", "golden river", "vivid purple", "market square",
    "hungry zebras", "my friend joe", "big umbrella", "extra cheese", "silver moon",
)  # fmt: skip
KINDS = ("first", "kept", "stable", "final")
LEAST = 130
"""Letters from which on a 95th percentile is told."""


@dataclass(frozen=True)
class Event:
    """What stood on the screen.

    Attributes:
        time: seconds of the source's time line at which it was published.
        text: of all segments, joined by spaces.
        stable, final: how many characters of it will not change; are in ended segments.
    """

    time: float
    text: str
    stable: int
    final: int


def events(published: Sequence[tuple[float, Hypothesis]]) -> list[Event]:
    """The texts on the screen after each hypothesis, with the time it was published."""
    done, out = "", []
    for when, h in published:
        before = f"{done} " if done else ""
        text = before + h.text
        if h.final:
            done = text
        final = len(done)
        out.append(Event(when, text, max(final, len(before) + h.stable), final))
    return out


def delays(shown: Sequence[Event], spelled: Sequence[Spelled]) -> dict[str, list[float]]:
    """Seconds from the end of each letter that the last text has right, by `KINDS`.

    Args:
        shown: what stood on the screen, in order; the last text is final.
        spelled: the truth, on the same time line.
    """
    out: dict[str, list[float]] = {kind: [] for kind in KINDS}
    if not shown:
        return out
    last = shown[-1].text
    kept = since([event.text for event in shown])
    truth = iter(spelled)
    place = 0
    for edit in align("".join(s.text for s in spelled), last):
        was = next(truth) if edit.truth else None
        if edit.kind == "match" and was and was.text != " ":
            part = last[: place + 1]
            times = {
                "first": next(e.time for e in shown if e.text.startswith(part)),
                "kept": shown[kept[place]].time,
                "stable": next(e.time for e in shown if e.stable > place),
                "final": next(e.time for e in shown if e.final > place),
            }
            for kind, when in times.items():
                out[kind].append(when - was.end)
        place += bool(edit.read)
    return out


def watched(
    source: Signer, tracker: HandTracker, recognizer: Recognizer
) -> tuple[list[Event], list[Spelled], list[float]]:
    """(events, truth on the source's time line, seconds each frame took) of an unpaced source."""
    published: list[tuple[float, Hypothesis]] = []
    took: list[float] = []
    now = 0.0
    tracker.reset()
    while (frame := source.read()) is not None:
        begun = time.perf_counter()
        changed = recognizer.push(tracker(frame))
        took.append(time.perf_counter() - begun)
        now = frame.time + took[-1]
        published += [(now, h) for h in changed]
    published += [(now, h) for h in recognizer.finish()]
    began = source.began or 0.0
    truth = [Spelled(s.text, s.start + began, s.end + began) for s in source.spelled]
    return events(published), truth, took


def row(kind: str, seconds: Sequence[float]) -> str:
    """A line of the table, in milliseconds; no 95th percentile of fewer than `LEAST`."""
    ms = 1000 * np.asarray(seconds)
    p50 = f"{np.percentile(ms, 50):.0f}" if len(ms) else ""
    p95 = f"{np.percentile(ms, 95):.0f}" if len(ms) >= LEAST else ""
    return f"| {kind} | {p50} | {p95} | {len(ms)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--bundle", default=Recognize().bundle)
    parser.add_argument("--speed", type=float, default=3.0, help="letters a second")
    options = parser.parse_args()
    config = Config(recognize=Recognize(bundle=options.bundle))
    tracker = HandTracker(model=config.landmarks.model)
    recognizer = open_recognizer(config.recognize)
    found: dict[str, list[float]] = {kind: [] for kind in KINDS}
    took: list[float] = []
    letters = 0
    for seed, text in enumerate(TEXTS, 101):
        source = Signer(text, seed=seed, speed=options.speed, pace=False)
        shown, truth, spent = watched(source, tracker, recognizer)
        took += spent
        letters += sum(s.text != " " for s in truth)
        for kind, some in delays(shown, truth).items():
            found[kind] += some
        print(f"{text}: {shown[-1].text if shown else ''}", flush=True)
    print(f"\n{len(found['first'])} of {letters} letters read right, {options.speed:g} a second")
    frame = 1000 * np.percentile(took, (50, 95))
    print(f"tracker and recogniser: p50 {frame[0]:.1f} ms, p95 {frame[1]:.1f} ms a frame\n")
    print("| letter end to | p50, ms | p95, ms | n |\n|---|---|---|---|")
    print("\n".join(row(kind, found[kind]) for kind in KINDS))


if __name__ == "__main__":
    main()
