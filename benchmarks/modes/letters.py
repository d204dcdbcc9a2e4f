"""When each letter of a known text was published: the arithmetic of emission latency.

A delay is from the end of the letter, when the hand begins to leave it, so a letter that is
published while it is still held has a negative delay. Only letters that were read right count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from edge.camera.signer import Spelled
from edge.recognize import Hypothesis
from models.training.evaluation.metrics import align, since

TEXTS = (
    "lovely weather", "bright yellow", "forty candles", "quiet village", "wooden bridge",
    "maximum speed", "january snow", "pizza night", "black coffee", "the red fox",
    "open the window", "kitchen table", "golden river", "vivid purple", "market square",
    "hungry zebras", "my friend joe", "big umbrella", "extra cheese", "silver moon",
)  # fmt: skip
WORDS = ("joe", "wifi", "fox", "moon", "abc", "quiz", "pub", "kilt")
"""Short texts, where many ends are wanted, or little time."""
KINDS = ("first", "kept", "stable", "final")
"""The letter is shown for the first time, in a provisional text that is right up to it; from here
on it stays; it is among the characters that will not change; its segment has ended."""


@dataclass(frozen=True)
class Event:
    """The text on the screen.

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
