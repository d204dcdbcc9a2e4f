"""The recognition stage: landmarks into text."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Protocol

from edge.config import Expect
from edge.events import Final, Published
from edge.landmarks import Landmarks
from edge.pipeline.slot import Slot
from edge.pipeline.stage import POLL_S, Ended, Stage
from edge.pipeline.staleness import stale
from edge.recognize import EndpointConfig, Hypothesis, Reader, Segment, Vocabulary


class Publisher(Protocol):
    """Where texts go; called in the stage's thread."""

    def text(self, hypothesis: Hypothesis) -> Published | None:
        """A text of the open segment, or its last one; as it was published, if it was."""

    def end_segment(self) -> None:
        """The open segment was discarded: there will be no final."""

    def frame(self, landmarks: Landmarks) -> None:
        """A frame has passed every stage."""


class RecognitionStage(Stage):
    """Takes landmarks from a slot and publishes what they spell.

    Text of a live source is published while it is new; only a final may be old, so that none is
    lost: it ends a segment that was cut short, and its age says so.
    """

    def __init__(
        self,
        build: Callable[[], Reader],
        landmarks: Slot[Landmarks],
        publisher: Publisher,
        ended: Ended,
        *,
        segments: Slot[Segment] | None = None,
    ) -> None:
        """
        Args:
            build: makes the recogniser, in the stage's thread: that takes a while.
            landmarks: what to read; the stage ends with it.
            publisher: gets the texts.
            ended: as in `Stage`.
            segments: gets each segment of which a final was published, under its published
                number, for a second reading; closed at the end. The recogniser must keep
                landmarks then.
        """
        super().__init__("recognize", ended)
        self._segments = segments
        self._build = build
        self._landmarks = landmarks
        self._publisher = publisher
        self._cut = threading.Event()
        self._reset = threading.Event()
        self._next: Reader | None = None
        self._endpoint: EndpointConfig | None = None
        self._expect: Expect | None = None
        self._words: tuple[Vocabulary | None] | None = None
        self._newest: Reader | None = None

    @property
    def alphabet(self) -> str:
        """The characters that can be read; empty before the recogniser is there."""
        return self._newest.alphabet if self._newest else ""

    def cut(self) -> None:
        """End the open segment: nothing more will come for it."""
        self._cut.set()

    def reset(self) -> None:
        """Discard the open segment."""
        self._reset.set()

    def replace(self, recognizer: Reader) -> None:
        """End the open segment, and go on with this recogniser."""
        self._endpoint = self._expect = self._words = None
        self._next = self._newest = recognizer

    def set_endpoint(self, endpoint: EndpointConfig) -> None:
        """End segments like this from now on, the open one too."""
        self._endpoint = endpoint

    def set_expect(self, expect: Expect) -> None:
        """End the open segment, and read only this from now on; nothing where it is so already."""
        self._expect = expect

    def set_words(self, words: Vocabulary | None) -> None:
        """End the open segment, and know these words from now on."""
        self._words = (words,)

    def set_up(self) -> None:
        self._recognizer = self._newest = self._build()

    def run(self) -> None:
        while not (self._landmarks.finished or self.stopping.is_set()):
            self.turns += 1
            landmarks = self._landmarks.take(POLL_S)
            self._apply_orders()
            if landmarks is None:
                continue
            if not self._landmarks.lossless and stale(landmarks.captured, time.monotonic()):
                self._landmarks.drop()
                continue
            self._publish(self._recognizer.push(landmarks))
            self._publisher.frame(landmarks)
        self._publish(self._recognizer.finish())

    def tear_down(self) -> None:
        if self._segments:
            self._segments.close()

    def _apply_orders(self) -> None:
        if self._reset.is_set():
            self._reset.clear()
            self._recognizer.finish()
            self._publisher.end_segment()
        if self._cut.is_set():
            self._cut.clear()
            self._publish(self._recognizer.finish())
        if recognizer := self._next:
            self._next = None
            self._publish(self._recognizer.finish())
            self._recognizer = recognizer
        if endpoint := self._endpoint:
            self._endpoint = None
            self._recognizer.endpoint = endpoint
        if expect := self._expect:
            self._expect = None
            self._publish(self._recognizer.expect(expect))
        if words := self._words:
            self._words = None
            self._publish(self._recognizer.use_words(*words))

    def _publish(self, hypotheses: Iterable[Hypothesis]) -> None:
        now = time.monotonic()
        for hypothesis in hypotheses:
            current = self._landmarks.lossless or not stale(hypothesis.captured, now)
            if not (hypothesis.final or current):
                continue
            published = self._publisher.text(hypothesis)
            if self._segments and published and isinstance(published.event, Final):
                number = published.event.segment
                self._segments.put(Segment.of(replace(hypothesis, segment=number)))
