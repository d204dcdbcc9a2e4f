"""The recognition stage: landmarks into text."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import replace

from edge.landmarks import Landmarks
from edge.pipeline.slot import Slot
from edge.pipeline.stage import PATIENCE, Ended, Stage
from edge.pipeline.staleness import stale
from edge.recognize import EndpointConfig, Hypothesis, Recognizer


class Read(Stage):
    """Takes landmarks from a slot and publishes what they spell.

    Text of a live source is published while it is new; only a final may be old, so that none is
    lost: it ends a segment that was cut short, and its age says so.
    """

    def __init__(
        self,
        build: Callable[[], Recognizer],
        landmarks: Slot[Landmarks],
        publish: Callable[[Hypothesis], None],
        passed: Callable[[Landmarks], None],
        ended: Ended,
    ) -> None:
        """
        Args:
            build: makes the recogniser, in the stage's thread.
            landmarks: what to read.
            publish: takes each hypothesis; called in the stage's thread.
            passed: told of the landmarks of each frame that has been read.
        """
        super().__init__("recognize", ended)
        self._build = build
        self._landmarks = landmarks
        self._publish = publish
        self._passed = passed
        self._cut = threading.Event()
        self._reset = threading.Event()
        self._next: Recognizer | None = None
        self._ends: EndpointConfig | None = None
        self._segments = 0  # that ended
        self._offset = 0  # of the numbers of the recogniser's segments

    def cut(self) -> None:
        """End the segment being read: nothing more will come for it."""
        self._cut.set()

    def reset(self) -> None:
        """Forget the segment being read."""
        self._reset.set()

    def replace(self, recognizer: Recognizer) -> None:
        """End the segment being read, and read on with this one."""
        self._ends = None
        self._next = recognizer

    def retime(self, ends: EndpointConfig) -> None:
        """Read on, and end segments like this from now on, also the one being read."""
        self._ends = ends

    def set_up(self) -> None:
        self._recognizer = self._build()

    def run(self) -> None:
        while not (self._landmarks.finished or self.stopping.is_set()):
            self.beats += 1
            seen = self._landmarks.take(PATIENCE)
            self._obey()
            if seen is None:
                continue
            if not self._landmarks.lossless and stale(seen.captured, time.monotonic()):
                self._landmarks.drop()
                continue
            self._tell(self._recognizer.push(seen))
            self._passed(seen)
        self._tell(self._recognizer.finish())

    def _obey(self) -> None:
        if self._reset.is_set():
            self._reset.clear()
            self._tell(self._recognizer.finish(), aloud=False)
        if self._cut.is_set():
            self._cut.clear()
            self._tell(self._recognizer.finish())
        if recognizer := self._next:
            self._next = None
            self._tell(self._recognizer.finish())
            self._recognizer, self._offset = recognizer, self._segments
        if ends := self._ends:
            self._ends = None
            self._recognizer.endpoint = ends

    def _tell(self, hypotheses: Iterable[Hypothesis], aloud: bool = True) -> None:
        now = time.monotonic()
        for hypothesis in hypotheses:
            hypothesis = replace(hypothesis, segment=hypothesis.segment + self._offset)
            if hypothesis.final:
                self._segments = hypothesis.segment
            elif not self._landmarks.lossless and stale(hypothesis.captured, now):
                continue
            if aloud:
                self._publish(hypothesis)
