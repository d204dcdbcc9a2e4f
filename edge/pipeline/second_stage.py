"""The stage of the second reading: ended segments into revised texts, never in the frames' way."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import fields, replace

from edge.config import Expect
from edge.events import Published, Revised
from edge.pipeline.slot import Slot
from edge.pipeline.stage import POLL_S, Ended, Stage
from edge.pipeline.texts import text_event
from edge.recognize import Segment
from edge.recognize.second_reader import SecondReader, SecondReading

Revise = Callable[[Revised], Published | None]


class SecondStage(Stage):
    """Takes segments from a slot and publishes what they spell, read as a whole.

    A segment that comes while another is read replaces one that waits: its `final` stays. In a
    recording each is read. A segment that was read with words is left as it is: this reading knows
    none, and might take one back.
    """

    def __init__(
        self,
        build: Callable[[], SecondReader],
        segments: Slot[Segment],
        revise: Revise,
        unsure: Callable[[str], None],
        sure: float,
        ended: Ended,
        after: Stage | None = None,
    ) -> None:
        """
        Args:
            build: makes the reader, in the stage's thread: that takes a while.
            segments: what to read; the stage ends with it.
            revise: publishes a second reading.
            unsure: called with the reason where a reading gives no text.
            sure: confidence below which it gives none.
            ended, after: as in `Stage`.
        """
        super().__init__("second", ended, after)
        self.sure = sure
        self._build = build
        self._segments = segments
        self._revise = revise
        self._unsure = unsure
        self._reader: SecondReader | None = None
        self._next: SecondReader | None = None
        self._expect: Expect | None = None

    def set_expect(self, expect: Expect) -> None:
        """Read only this from the next segment on."""
        self._expect = expect

    def replace(self, reader: SecondReader) -> None:
        """Read with this one from the next segment on."""
        self._expect = None
        self._next = reader

    def set_up(self) -> None:
        self._reader = self._build()

    def run(self) -> None:
        assert self._reader is not None
        while not (self._segments.finished or self.stopping.is_set()):
            self.turns += 1
            segment = self._segments.take(POLL_S)
            if reader := self._next:
                self._next, self._reader = None, reader
            if expect := self._expect:
                self._expect = None
                self._reader.expect(expect)
            if segment is None or segment.hypothesis.plain is not None:
                continue
            if (reading := self._reader.read(segment)) is not None:
                self._publish(segment, reading)

    def tear_down(self) -> None:
        """Nobody reads the segments any more: whoever hands one over must not wait."""
        self._segments.close()

    def _publish(self, segment: Segment, reading: SecondReading) -> None:
        sure = reading.confidence >= self.sure
        published = self._revise(_event(segment, reading, sure))
        if published is not None and not sure:
            self._unsure(f"segment {segment.number} may be misread")


def _event(segment: Segment, reading: SecondReading, sure: bool) -> Revised:
    """The event of ``reading``; without its text where that is not ``sure``."""
    chars = reading.chars if sure else ()
    read = replace(segment.hypothesis, chars=chars, stable=len(chars))
    event = text_event(replace(read, segment=segment.number), time.monotonic())
    values = {field.name: getattr(event, field.name) for field in fields(event)}
    return Revised(**{**values, "confidence": round(reading.confidence, 3)})
