"""The landmark stage: the hands of the newest frame."""

from __future__ import annotations

import time
from collections.abc import Callable

from edge.camera import Frame
from edge.landmarks import Landmarks, Tracker
from edge.pipeline.slot import Slot
from edge.pipeline.stage import POLL_S, Ended, Stage
from edge.pipeline.staleness import stale


class LandmarkStage(Stage):
    """Takes frames from one slot, puts their landmarks into another."""

    def __init__(
        self,
        build: Callable[[], Tracker],
        frames: Slot[Frame],
        landmarks: Slot[Landmarks],
        ended: Ended,
        after: Stage,
        tracked: Callable[[Frame, Landmarks], None] = lambda frame, landmarks: None,
    ) -> None:
        """
        Args:
            build: makes the tracker, in the stage's thread: that takes a while.
            frames, landmarks: the slots.
            ended, after: as in `Stage`.
            tracked: gets each frame with its landmarks, before they are put into the slot.
        """
        super().__init__("landmarks", ended, after)
        self._build = build
        self._tracker: Tracker | None = None
        self._paused = False
        self._frames = frames
        self._landmarks = landmarks
        self._tracked = tracked

    def replace(self, tracker: Tracker) -> None:
        """Use this tracker from the next frame on."""
        self._tracker = tracker

    def pause(self, paused: bool) -> None:
        """Look for no hand, and report none, while frames pass on; or look again."""
        self._paused = paused

    def set_up(self) -> None:
        self._tracker = self._build()

    def run(self) -> None:
        while not (self._frames.finished or self.stopping.is_set()):
            self.turns += 1
            frame = self._frames.take(POLL_S)
            tracker = self._tracker
            if frame is None or tracker is None:
                continue
            if not self._frames.lossless and stale(frame.captured, time.monotonic()):
                self._frames.drop()
                continue
            found = _no_hands(frame) if self._paused else tracker(frame)
            self._tracked(frame, found)
            self._landmarks.put(found)

    def tear_down(self) -> None:
        self._landmarks.close()


def _no_hands(frame: Frame) -> Landmarks:
    height, width = frame.pixels.shape[:2]
    return Landmarks((), (width, height), frame.time, frame.captured, frame.index)
