"""The timeline of one window: which pose is reached when, where the wrist is, and what it means.

Times are in ticks of 1/30 s. Offsets are in palm lengths in picture axes: +y is down, and the
signer's right is -x.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from models.training.data.hands import Floats

NO_ROTATION = (1.0, 0.0, 0.0, 0.0)


@dataclass
class Timeline:
    """Keys in order of time; between two keys the hand blends, smoothly where ``smooth``.

    Attributes:
        rows: of the pose library, one a key.
        halves: (row, share) a key: how far towards another pose the hand is, e.g. half formed.
        even: 0-1, how near to constant speed the hand blends instead of starting and stopping
            smoothly.
        signer: who spells.
        absent: spans without a hand.
        text: the symbols, with the span in which each is held.
        calm: the hand is a photo: no wobble, no jitter.
        steady: 0-1, how near each hold is to the signer's mean palm orientation in a letter.
            Photos of single letters come from many sessions; in three real phrases the palm stays
            within some 12 degrees for four fifths of the time.
    """

    length: int
    times: list[float] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    halves: list[tuple[int, float]] = field(default_factory=list)
    offsets: list[tuple[float, float]] = field(default_factory=list)
    rotations: list[tuple[float, ...]] = field(default_factory=list)
    smooth: list[bool] = field(default_factory=list)
    absent: list[tuple[float, float]] = field(default_factory=list)
    text: list[tuple[str, float, float]] = field(default_factory=list)
    calm: bool = False
    fast: bool = False
    steady: float = 0.0
    even: float = 0.0
    signer: str = ""

    def key(
        self,
        time: float,
        row: int,
        offset: tuple[float, float],
        quaternion: tuple[float, ...] = NO_ROTATION,
        smooth: bool = True,
        half: tuple[int, float] | None = None,
    ) -> None:
        self.times.append(time)
        self.rows.append(int(row))
        self.halves.append(half or (int(row), 0.0))
        self.offsets.append(offset)
        self.rotations.append(quaternion)
        self.smooth.append(smooth)

    @property
    def full(self) -> bool:
        return bool(self.times) and self.times[-1] >= self.length


def key_times(timeline: Timeline) -> Floats:
    """Times of the keys, made strictly increasing."""
    times = np.asarray(timeline.times, dtype=np.float64)
    return np.maximum.accumulate(times + np.arange(len(times)) * 1e-4).astype(np.float32)
