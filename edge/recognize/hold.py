"""Until when a hand has stood as it stood at the end of a letter."""

from __future__ import annotations

from collections import deque

import numpy as np

from edge.recognize.contracts import Floats
from edge.recognize.hand_choice import SeenHand

MAX_MOVED = 0.15
"""Palm lengths that the joints may lie away from where they were, in the mean, wrist on wrist. Held
letters of the clips in `shared/data/real/letters` stay below 0.05 for a second; a loose hand is
0.16 (from C) to 1.4 (from Q) away in `transitions.npz`."""
RECENT_S = 1.0
"""How far back the pose at the end of a letter can be found."""


class Hold:
    """Remembers the last poses of the hand that is read, and the pose of one letter."""

    def __init__(self) -> None:
        self._poses: deque[tuple[float, Floats]] = deque()
        self._end: float | None = None
        self._pose: Floats | None = None
        self._until = 0.0

    def see(self, hand: SeenHand) -> None:
        """Take the hand of the next frame; times rise."""
        pose = _pose(hand)
        self._poses.append((hand.time, pose))
        while self._poses[0][0] < hand.time - RECENT_S:
            self._poses.popleft()
        if self._pose is not None and _alike(pose, self._pose):
            self._until = hand.time

    def until(self, end: float) -> float:
        """When the hand last stood as at ``end`` seconds, the end of a letter; at least ``end``.

        Args:
            end: at most `RECENT_S` ago where it differs from the one before.
        """
        if end != self._end:
            self._end, self._until = end, end
            near = min(self._poses, key=lambda each: abs(each[0] - end), default=None)
            self._pose = near[1] if near else None
            for time, pose in reversed(self._poses):
                if time <= end or self._pose is None:
                    break
                if _alike(pose, self._pose):
                    self._until = time
                    break
        return self._until


def _pose(hand: SeenHand) -> Floats:
    """[20, 2]: the joints seen from the wrist, in palm lengths; the picture's x and y."""
    pose: Floats = (hand.points[1:, :2] - hand.points[:1, :2]) / np.float32(hand.size)
    return pose


def _alike(a: Floats, b: Floats) -> bool:
    apart = a - b
    away = np.sqrt(apart[:, 0] * apart[:, 0] + apart[:, 1] * apart[:, 1])
    return float(away.sum()) <= MAX_MOVED * len(away)
