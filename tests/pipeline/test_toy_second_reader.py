"""A second reader, made of public parts: a stage behind a slot that revises what was published.

A real one touches three files: its model in `edge/recognize`, its stage in `edge/pipeline`, and
`edge/daemon.py`, which connects them.
"""

from __future__ import annotations

import time
from dataclasses import fields, replace

from edge.events import Bus, Final, Hello, Partial, Published, Revised, Session
from edge.landmarks import Landmarks
from edge.pipeline.recognition_stage import RecognitionStage
from edge.pipeline.slot import Slot
from edge.pipeline.stage import POLL_S, Ended, Stage
from edge.pipeline.texts import text_event
from edge.recognize import Char, EndpointConfig, Hypothesis, Segment


class Counter:
    """A recogniser that says the number of frames so far; after three, the segment ends."""

    def __init__(self) -> None:
        self.endpoint = EndpointConfig()
        self.frames: list[Landmarks] = []

    def push(self, landmarks: Landmarks) -> list[Hypothesis]:
        self.frames.append(landmarks)
        return self.finish() if len(self.frames) == 3 else [self.hypothesis(final=False)]

    def finish(self) -> list[Hypothesis]:
        if not self.frames:
            return []
        final = self.hypothesis(final=True)
        self.frames = []
        return [final]

    def hypothesis(self, final: bool) -> Hypothesis:
        last, kept = self.frames[-1], tuple(self.frames) if final else ()
        char = Char(str(len(self.frames)), last.time, last.time, 1.0)
        return Hypothesis(1, (char,), 0, final, last.time, last.captured, landmarks=kept)


class SecondReading(Stage):
    """Reads each segment once more: here, by naming the frames it saw."""

    def __init__(self, segments: Slot[Segment], session: Session, ended: Ended) -> None:
        super().__init__("second", ended)
        self._segments = segments
        self._session = session

    def run(self) -> None:
        while not (self._segments.finished or self.stopping.is_set()):
            self.turns += 1
            if segment := self._segments.take(POLL_S):
                self._session.revise(self._read(segment))

    def _read(self, segment: Segment) -> Revised:
        letters = "".join(str(landmarks.index) for landmarks in segment.landmarks)
        first = text_event(segment.hypothesis, time.monotonic())
        names = [field.name for field in fields(first)]
        values = {name: getattr(first, name) for name in names}
        return Revised(**{**values, "text": letters, "chars": (), "stable": len(letters)})


class Publisher:
    """What the daemon's `StatePublisher` does for texts."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def text(self, hypothesis: Hypothesis) -> Published | None:
        return self._session.publish(text_event(hypothesis, time.monotonic()))

    def end_segment(self) -> None:
        self._session.end_segment()

    def frame(self, landmarks: Landmarks) -> None: ...


class Recorder:
    def __init__(self) -> None:
        self.texts: list[tuple[str, int, str]] = []

    def put(self, published: Published) -> None:
        if isinstance(event := published.event, Partial | Final | Revised):
            self.texts.append((event.type, event.segment, event.text))


def test_a_segment_is_read_once_more() -> None:
    bus, recorder = Bus(Hello(version="", source="", live=False, bundle="")), Recorder()
    session = Session(bus)
    bus.attach(recorder)
    landmarks: Slot[Landmarks] = Slot(lossless=True)
    segments: Slot[Segment] = Slot(lossless=True)
    first = RecognitionStage(
        lambda: Counter(),  # type: ignore[arg-type,return-value]
        landmarks,
        Publisher(session),
        lambda *_: None,
        segments=segments,
    )
    second = SecondReading(segments, session, lambda *_: None)
    for stage in (first, second):
        stage.start()
    frame = Landmarks((), (4, 4), 0.0, time.monotonic(), 0)
    for index in range(6):
        landmarks.put(replace(frame, index=index, time=index / 30))
    landmarks.close()
    for stage in (first, second):
        assert stage.join(10)
    finals = [text for text in recorder.texts if text[0] != "partial"]
    assert sorted(finals, key=lambda text: (text[1], text[0])) == [
        ("final", 1, "3"), ("revised", 1, "012"), ("final", 2, "3"), ("revised", 2, "345"),
    ]  # fmt: skip
