"""The landmark stage: the hands of the newest frame."""

from __future__ import annotations

import time
from collections.abc import Callable

from edge.camera import Frame
from edge.landmarks import Landmarks
from edge.pipeline.slot import Slot
from edge.pipeline.stage import PATIENCE, Ended, Stage
from edge.pipeline.staleness import stale

Tracker = Callable[[Frame], Landmarks]


class Track(Stage):
    """Takes frames from one slot, puts their landmarks into another.

    Attributes:
        tracker: may be replaced while the stage runs; None until it is set up.
        blind: no hand is looked for, and none is seen; frames pass on.
    """

    def __init__(
        self,
        build: Callable[[], Tracker],
        frames: Slot[Frame],
        landmarks: Slot[Landmarks],
        ended: Ended,
        after: Stage,
    ) -> None:
        """``build`` makes the tracker, in the stage's thread: that takes a while."""
        super().__init__("landmarks", ended, after)
        self.tracker: Tracker | None = None
        self.blind = False
        self._build = build
        self._frames = frames
        self._landmarks = landmarks

    def set_up(self) -> None:
        self.tracker = self._build()

    def run(self) -> None:
        while not (self._frames.finished or self.stopping.is_set()):
            self.beats += 1
            frame = self._frames.take(PATIENCE)
            tracker = self.tracker
            if frame is None or tracker is None:
                continue
            if not self._frames.lossless and stale(frame.captured, time.monotonic()):
                self._frames.drop()
                continue
            self._landmarks.put(_nobody(frame) if self.blind else tracker(frame))

    def tear_down(self) -> None:
        self._landmarks.close()


def _nobody(frame: Frame) -> Landmarks:
    height, width = frame.pixels.shape[:2]
    return Landmarks((), (width, height), frame.time, frame.captured, frame.index)
