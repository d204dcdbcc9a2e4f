"""What every tracker promises, and what may be asked of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from edge.camera.frame import Frame
from edge.landmarks.hand import Landmarks


@dataclass(frozen=True, slots=True)
class Parts:
    """What must be in the landmarks, because somebody reads it. Nothing else is looked for.

    Attributes:
        hands: how many, 1 or 2.
        pose: the pose, of every frame.
        face: the face.
    """

    hands: int = 1
    pose: bool = False
    face: bool = False

    @property
    def holistic(self) -> bool:
        """Whether it takes more than a hand tracker."""
        return self.pose or self.face

    def __or__(self, other: Parts) -> Parts:
        """What is needed by either."""
        return Parts(max(self.hands, other.hands), self.pose or other.pose, self.face or other.face)


class Tracker(Protocol):
    """Finds the hands in each frame; called by one thread."""

    def __call__(self, frame: Frame) -> Landmarks:
        """The hands in ``frame``; frames come in order of time, and their size may change."""

    def reset(self) -> None:
        """Forget all hands, as before the first frame; track numbers are not used again."""
