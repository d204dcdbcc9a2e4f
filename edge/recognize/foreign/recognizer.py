"""Landmarks -> hypotheses, by a foreign model that reads many frames at once."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from edge.config import Expect
from edge.landmarks.hand import Landmarks
from edge.recognize.contracts import Floats
from edge.recognize.expect import expected
from edge.recognize.foreign.activity import Activity
from edge.recognize.foreign.columns import Columns, Rows
from edge.recognize.foreign.model import ForeignModel
from edge.recognize.hypothesis import Char, Hypothesis
from edge.recognize.recognizer import EndpointConfig
from edge.recognize.resample import MAX_STALL_S
from edge.recognize.words import Vocabulary

MOST_FRAMES = 600
"""Of a segment, which ends then: 20 s at 30 frames a second."""
LEAST_FRAMES = 5
"""A hand that is there for fewer spells nothing."""
STEP = 30
"""Frames from one provisional reading of a segment to the next."""


@dataclass(frozen=True, slots=True)
class _Frame:
    """One frame of a segment; its landmarks where they are kept."""

    time: float
    row: Floats
    landmarks: Landmarks | None


class ForeignRecognizer:
    """Reads one stream of landmarks.

    A segment begins with a hand and ends as any other: when the hand is gone or rests. It is read
    as a whole, and provisionally in between; or in windows, each of which is a segment.

    Attributes:
        endpoint: when a segment ends; may be replaced between two frames.
    """

    def __init__(
        self,
        model: ForeignModel,
        columns: Columns,
        endpoint: EndpointConfig | None = None,
        *,
        expect: Expect = "any",
        window: int = 0,
        step: int = 0,
        keep_landmarks: bool = False,
    ) -> None:
        """
        Args:
            model: takes ``columns``.
            endpoint: when a segment ends.
            expect: what is spelled.
            window: frames that are read at once; 0: the whole segment, unless the model takes only
                so many.
            step: frames from one window to the next, 0: one after the other; of a whole segment,
                from one provisional reading to the next, 0: `STEP`.
            keep_landmarks: finals carry the landmarks they were read from.
        """
        self._model = model
        self._rows = Rows(columns)
        self.endpoint = endpoint or EndpointConfig()
        if model.frames:
            window = min(window or model.frames, model.frames)
        self._window = window
        self._step = step or window or STEP
        self._keep = keep_landmarks
        self._number = 1
        self._latest: Landmarks | None = None
        self._activity = Activity()
        self._set_expect(expect)
        self._open = False
        self._frames: deque[_Frame] = deque()
        self._close()

    @property
    def alphabet(self) -> str:
        """The characters that can be read."""
        return self._model.alphabet

    @property
    def words(self) -> None:
        """None are known: `edge.recognize.check_words` refuses any."""

    def use_words(self, words: Vocabulary | None) -> list[Hypothesis]:
        """End the open segment; ``words`` can only be None."""
        return self.finish()

    def expect(self, expect: Expect) -> list[Hypothesis]:
        """As of `edge.recognize.recognizer.Recognizer`."""
        if expect == self._expect:
            return []
        changed = self.finish()
        self._set_expect(expect)
        return changed

    def push(self, landmarks: Landmarks) -> list[Hypothesis]:
        """The hypotheses that changed with this frame, in order."""
        changed: list[Hypothesis] = []
        latest, activity = self._latest, self._activity
        if latest and not 0 < landmarks.time - latest.time <= MAX_STALL_S:
            changed += self.finish()
            activity = self._activity
        activity.push(landmarks)
        if activity.jumped:
            changed += self._end()
        self._latest = landmarks
        self._open = self._open or activity.moved == landmarks.time
        if not self._open:
            return changed
        changed += self._take(landmarks)
        endpoint, now = self.endpoint, landmarks.time
        if now - activity.seen >= endpoint.absent_s:
            activity.forget()
            changed += self._end()
        elif now - activity.moved >= endpoint.rest_s:
            changed += self._end()
        return changed

    def finish(self) -> list[Hypothesis]:
        """The stream has ended or stalled: the last segment's final, if any."""
        changed = self._end()
        self._latest = None
        self._activity = Activity()
        return changed

    def _set_expect(self, expect: Expect) -> None:
        self._expect: Expect = expect
        allowed = np.array([expected(expect, char) for char in self._model.alphabet])
        self._allowed = None if allowed.all() else allowed

    def _close(self) -> None:
        """No segment is open."""
        self._open = False
        self._frames.clear()
        self._count = self._unread = self._skip = 0
        self._shown: tuple[Char, ...] = ()

    def _take(self, landmarks: Landmarks) -> list[Hypothesis]:
        """One more frame of the open segment."""
        if self._skip:
            self._skip -= 1
            return []
        row = self._rows(landmarks, self._count)
        self._frames.append(_Frame(landmarks.time, row, landmarks if self._keep else None))
        self._count += 1
        self._unread += 1
        if self._window:
            return self._read_window() if len(self._frames) == self._window else []
        if self._count == MOST_FRAMES:
            changed = self._end()
            self._open = True  # the hand goes on
            return changed
        return self._read_on() if self._count % self._step == 0 else []

    def _read_window(self) -> list[Hypothesis]:
        changed = self._final(self._read(list(self._frames)))
        for _ in range(min(self._step, self._window)):
            self._frames.popleft()
        self._skip = max(0, self._step - self._window)
        self._unread = 0
        return changed

    def _read_on(self) -> list[Hypothesis]:
        chars = self._read(list(self._frames))
        if not chars or [c.text for c in chars] == [c.text for c in self._shown]:
            return []
        self._shown = chars
        return [self._hypothesis(chars, final=False)]

    def _end(self) -> list[Hypothesis]:
        """The open segment has ended, where its hand was last seen."""
        frames = [frame for frame in self._frames if frame.time <= self._activity.seen]
        unread = self._unread - (len(self._frames) - len(frames))
        chars = self._read(frames) if unread >= LEAST_FRAMES else ()
        changed = self._final(chars or self._shown)
        self._close()
        return changed

    def _read(self, frames: list[_Frame]) -> tuple[Char, ...]:
        """The characters in ``frames``; the model does not say when each was, so that they are
        spread over the time."""
        reading = self._model.read(np.stack([frame.row for frame in frames]), self._allowed)
        if reading is None:
            return ()
        start, end = frames[0].time, frames[-1].time
        times = np.linspace(start, end, len(reading.text) + 1).tolist()
        chars = [
            Char(text, *span, confidence)
            for text, span, confidence in zip(
                reading.text, pairwise(times), reading.confidences, strict=True
            )
        ]
        while chars and chars[0].text == " ":
            chars.pop(0)
        while chars and chars[-1].text == " ":
            chars.pop()
        return tuple(chars)

    def _final(self, chars: tuple[Char, ...]) -> list[Hypothesis]:
        self._shown = ()
        if not chars:
            return []
        final = self._hypothesis(chars, final=True)
        self._number += 1
        return [final]

    def _hypothesis(self, chars: tuple[Char, ...], final: bool) -> Hypothesis:
        assert self._latest is not None
        time, captured = self._latest.time, self._latest.captured
        kept = tuple(frame.landmarks for frame in self._frames if final and frame.landmarks)
        return Hypothesis(
            self._number, chars, len(chars) if final else 0, final, time, captured, landmarks=kept
        )
