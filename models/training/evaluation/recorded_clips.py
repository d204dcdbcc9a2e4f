"""Real clips of words, letters and numbers, tracked once by the live tracker.

The landmarks are kept in ``.runs/real-landmarks/PROFILE``, so that models are compared in seconds.
They are tracked again where the clip or the code of the tracker has changed. Tracking itself, at
several speeds, is measured by ``python -m benchmarks.whole_path real``; here another speed is the
same landmarks at other times.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

import numpy as np

import edge.landmarks
from edge.camera import open_camera
from edge.config import LandmarkConfig
from edge.landmarks import Hand, Landmarks, Tracker, open_tracker
from edge.landmarks.profile import Name

GROUPS = ("words", "letters", "numbers")
SPEEDS = (0.5, 1.0, 2.0)
KEPT = Path(".runs") / "real-landmarks"
_UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip.

    Attributes:
        file: the video.
        group: of `GROUPS`.
        truth: what is spelled.
        signer: who spells; "unknown" where the data does not say: those are several people.
    """

    file: Path
    group: str
    truth: str
    signer: str


def clips(data: Path, group: str | None = None) -> list[Clip]:
    """Those of ``real/truth.csv`` in the data folder: all, or one ``group``."""
    with (data / "real" / "truth.csv").open(newline="", encoding="utf-8") as text:
        rows = list(csv.DictReader(text))
    return [
        Clip(data / "real" / row["file"], kind, row["spelled"], row["signer"] or _UNKNOWN)
        for row in rows
        if (kind := row["file"].partition("/")[0]) == group or group is None
    ]


def tracked(tracker: Tracker, file: Path, speed: float = 1.0) -> Iterator[Landmarks]:
    """The landmarks of a clip, frame by frame, played ``speed`` times as fast: the tracker sees
    the times of that speed."""
    source = open_camera(f"video:{file}?pace=0")
    tracker.reset()
    while (frame := source.read()) is not None:
        yield tracker(replace(frame, time=frame.time / speed))
    source.close()


def at_speed(frames: tuple[Landmarks, ...], speed: float) -> tuple[Landmarks, ...]:
    """The same landmarks, ``speed`` times as fast."""
    return tuple(replace(frame, time=frame.time / speed) for frame in frames)


class Tracked:
    """The landmarks of clips in one profile, tracked where they are not kept yet."""

    def __init__(self, profile: Name, folder: Path = KEPT) -> None:
        """
        Args:
            profile: of the tracker.
            folder: where they are kept, a folder for each profile.

        Raises:
            ValueError: there is no such profile.
        """
        if profile not in get_args(Name):
            raise ValueError(f"no profile {profile!r}")
        self._profile = profile
        self._folder = folder / profile
        self._tracker: Tracker | None = None
        self._code = _code()

    def __call__(self, clip: Clip) -> tuple[Landmarks, ...]:
        """The landmarks of ``clip``.

        Raises:
            ConfigError: the tracker cannot be opened.
        """
        kept = self._folder / clip.group / f"{clip.file.stem}.npz"
        stamp = f"{self._code} {clip.file.stat().st_size}"
        if (frames := _load(kept, stamp)) is None:
            self._tracker = self._tracker or open_tracker(LandmarkConfig(profile=self._profile))
            frames = tuple(tracked(self._tracker, clip.file))
            kept.parent.mkdir(parents=True, exist_ok=True)
            _save(kept, stamp, frames)
        return frames


def _code() -> str:
    """Of the tracker's code: what it tracks may change with it."""
    digest = hashlib.sha256()
    for file in sorted(Path(edge.landmarks.__file__).parent.glob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _save(file: Path, stamp: str, frames: tuple[Landmarks, ...]) -> None:
    hands = [(n, hand) for n, frame in enumerate(frames) for hand in frame.hands]
    np.savez(
        file,
        stamp=np.array(stamp),
        size=np.array(frames[0].size if frames else (0, 0)),
        time=np.array([frame.time for frame in frames]),
        index=np.array([frame.index for frame in frames], np.int64),
        frame=np.array([n for n, _ in hands], np.int64),
        points=np.array([h.points for _, h in hands], np.float32).reshape(-1, 21, 3),
        scores=np.array([(h.presence, h.right, h.track) for _, h in hands]).reshape(-1, 3),
    )


def _load(file: Path, stamp: str) -> tuple[Landmarks, ...] | None:
    """None where there is no file, or it is of another tracker."""
    if not file.is_file():
        return None
    with np.load(file) as z:
        if str(z["stamp"]) != stamp:
            return None
        kept = {name: z[name] for name in z.files}
    hands: list[list[Hand]] = [[] for _ in kept["time"]]
    for n, points, (presence, right, track) in zip(
        kept["frame"], kept["points"], kept["scores"], strict=True
    ):
        hands[n].append(Hand(points, float(presence), float(right), int(track)))
    width, height = map(int, kept["size"])
    return tuple(
        Landmarks(tuple(seen), (width, height), float(time), float(time), int(index))
        for seen, time, index in zip(hands, kept["time"], kept["index"], strict=True)
    )
