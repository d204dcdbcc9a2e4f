"""From the end of a letter to the text that contains it, by the rendered signer's truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.baselines import windows
from benchmarks.baselines.clips import Clip
from benchmarks.baselines.pairing import Run
from benchmarks.modes.letters import Event, delays, events

WINDOW = 70
"""Frames of a window of Real-Time ASL."""
HOW = {
    True: "windows as they fall on the signer's true letters, with the times measured here, "
    "as if it kept up with 30 frames a second and read every letter. Its network has random "
    "weights: latency only.",
    False: "likewise, but each window goes through a parquet file, the network is loaded again for "
    "each, and frames are missed that come while this one core is busy.",
}
"""How `by_windows` is to be understood, by whether the system keeps up."""


@dataclass(frozen=True)
class ReadText:
    """Output of a recogniser of ours: a hypothesis without its times."""

    text: str
    stable: int
    final: bool


def ours(run: Run, clips: Sequence[Clip]) -> list[list[float]]:
    """Seconds for each letter that was read right, by clip, until it is first shown."""
    out = []
    for clip, outputs, times in _by_clip(run, clips):
        published = [(times[index], ReadText(*one)) for index, what in outputs for one in what]
        out.append(delays(events(published), clip.spelled)["first"])  # type: ignore[arg-type]
    return out


def lines(run: Run, clips: Sequence[Clip]) -> list[list[float]]:
    """As `ours`, of a baseline that outputs its whole text and never changes a letter of it."""
    out = []
    for clip, outputs, times in _by_clip(run, clips):
        shown = [Event(times[index], text, len(text), len(text)) for index, text in outputs]
        out.append(delays(shown, clip.spelled)["first"])
    return out


def by_windows(runs: Sequence[Run], clips: Sequence[Clip], keeps_up: bool) -> list[list[float]]:
    """Seconds for each letter, by clip, at the pace of ``runs``, whose last stage reads windows."""
    return [windows.delays(pace(runs, keeps_up), clip.spelled) for clip in clips]


def pace(runs: Sequence[Run], keeps_up: bool) -> windows.Pace:
    """The time a frame and a window took in all ``runs``, medians of wall time."""
    wall = np.concatenate([np.array(run.wall) for run in runs])
    done = np.concatenate([run.answered for run in runs])
    counted = np.concatenate([run.counted for run in runs])
    frame = np.median(wall[~done & counted].sum(1))
    window = max(float(np.median(wall[done].sum(1)) - frame), 0.0)
    return windows.Pace(WINDOW, float(frame), window, keeps_up)


def letters(clips: Sequence[Clip]) -> int:
    return sum(letter.text != " " for clip in clips for letter in clip.spelled)


def _by_clip(run: Run, clips: Sequence[Clip]) -> list[tuple[Clip, list[Any], list[float]]]:
    """(clip, outputs, when each frame was done) of each clip.

    A frame is done at its capture time plus what it took: no side waits for itself.
    """
    out, start = [], 0
    for clip, outputs in zip(clips, run.outputs, strict=True):
        took = np.array(run.wall[start : start + len(clip)]).sum(1)
        out.append((clip, outputs, list(np.arange(len(clip)) / clip.fps + took)))
        start += len(clip)
    return out
