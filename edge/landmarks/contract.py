"""What every tracker promises."""

from __future__ import annotations

from typing import Protocol

from edge.camera.frame import Frame
from edge.landmarks.hand import Landmarks


class Tracker(Protocol):
    """Finds the hands in each frame; called by one thread."""

    def __call__(self, frame: Frame) -> Landmarks:
        """The hands in ``frame``; frames come in order of time, and their size may change."""

    def reset(self) -> None:
        """Forget all hands, as before the first frame; track numbers are not used again."""
