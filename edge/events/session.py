"""The one owner of the state, of a pause, of what is expected, and of the segments' numbers."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace

from edge.events.bus import Bus, Published, age_ms
from edge.events.protocol import (
    Answer,
    Expected,
    Final,
    Partial,
    Revised,
    See,
    State,
    StateName,
    Status,
)

REVISABLE = 8
"""Ended segments that may still get a second reading, or an answer."""

_PAUSABLE = frozenset({"starting", "searching", "reading"})
"""States that a pause hides; the others are problems, which are published all the same."""


class Session:
    """Decides what is published; any thread may call.

    Texts come in order, one segment after the other. Their ``segment`` is set here: the number
    rises with each segment of which something was published.
    """

    def __init__(
        self,
        bus: Bus,
        *,
        on_pause: Callable[[bool], None] = lambda paused: None,
        on_reset: Callable[[], None] = lambda: None,
        on_expect: Callable[[Expected], None] = lambda expect: None,
        on_words: Callable[[Sequence[str], bool], int] = lambda words, only: len(words),
        figures: Callable[[], tuple[float, int]] = lambda: (0.0, 0),
        expect: Expected = "any",
        words: tuple[int, bool] = (0, False),
    ) -> None:
        """
        Args:
            bus: where events are published.
            on_pause: called when a pause begins (True) or ends, in the caller's thread.
            on_reset: called when the open segment is to be discarded: a client asked for it, or
                a pause began or ended. `end_segment` must follow.
            on_expect: called when something else is to be read from now on, in the caller's
                thread; raises `UserError` where it cannot be read.
            on_words: called when other words are to be known, or only these, in the caller's
                thread; returns how many they are, or raises `UserError` where they cannot be read.
            figures: gives ``fps`` and ``dropped`` of a `State`.
            expect: what is read at first.
            words: how many words of one's own are known at first, and whether nothing else is read.
        """
        self._bus = bus
        self._on_pause = on_pause
        self._on_reset = on_reset
        self._figures = figures
        self._lock = threading.RLock()
        self._started = time.monotonic()
        self._actual: tuple[StateName, str] = ("starting", "")  # pause or not, with its reason
        self._see: See = ""
        self._published: tuple[StateName, str, See] | None = None
        self._paused = False
        self._kept = False  # the pause outlives who asked for it
        self._pausers: set[object] = set()
        self._expect: Expected = expect
        self._on_expect = on_expect
        self._words = words
        self._on_words = on_words
        self._error = ""
        self._segment = 1
        self._begun = False  # something of the open segment was published
        self._discarding = False  # the open segment began in a pause
        self._captured: float | None = None  # of the newest text
        self._ended: deque[int] = deque(maxlen=REVISABLE)
        self._answerable: deque[int] = deque(maxlen=REVISABLE)

    @property
    def state(self) -> StateName:
        """As clients see it."""
        with self._lock:
            return self._visible(self._actual[0])

    @property
    def actual_state(self) -> StateName:
        """As it would be without a pause."""
        with self._lock:
            return self._actual[0]

    def set_state(
        self, state: StateName, reason: str = "", error: bool = False, see: See = ""
    ) -> None:
        """The daemon is in this state; published where that is new.

        Args:
            reason: for people; stays part of the state.
            error: ``reason`` is a problem, to be remembered in the status.
            see: why the hand in view may be read badly; nothing is said of it during a pause.
        """
        with self._lock:
            self._error = reason if error else self._error
            self._actual, self._see = (state, reason), see
            visible = self._visible(state), reason
            if (*visible, self._seen) != self._published and not (
                self._hidden(state) and self._repeats()
            ):
                self._publish_state(*visible)

    def announce(self, message: str, error: bool = False) -> None:
        """Publish the state once more with ``message`` as its reason."""
        with self._lock:
            self._error = message if error else self._error
            state, reason = self._actual
            self._publish_state(self._visible(state), message)
            self._published = (self._visible(state), reason, self._seen)

    def publish(self, text: Partial | Final) -> Published | None:
        """Publish a text of the open segment; None where a pause discards it."""
        with self._lock:
            ends = isinstance(text, Final)
            if self._paused and text.text:
                self._discarding = True
            if self._paused or self._discarding:
                if ends:
                    self.end_segment()
                return None
            published = self._bus.publish(replace(text, segment=self._segment))
            self._captured = text.captured
            self._begun = True
            if ends:
                self._ended.append(self._segment)
                self._answerable.append(self._segment)
                self.end_segment()
            return published

    def revise(self, text: Revised) -> Published | None:
        """Publish a second reading of an ended segment; None where it may have none any more."""
        with self._lock:
            if self._paused or text.segment not in self._ended:
                return None
            self._ended.remove(text.segment)
            return self._bus.publish(text)

    def answer(self, answer: Answer) -> str:
        """Publish what a client says to a segment that has ended; why not, where it cannot be."""
        with self._lock:
            if self._paused:
                return "nothing is published during a pause"
            if answer.segment not in self._answerable:
                return f"segment {answer.segment} is none of the last {REVISABLE} that ended"
            self._bus.publish(answer)
            return ""

    def end_segment(self) -> None:
        """The open segment is over; what comes next belongs to a new one."""
        with self._lock:
            self._segment += self._begun
            self._begun = self._discarding = False

    def reset(self, by: str = "") -> None:
        """Discard the open segment; ``by`` says to all who asked for it."""
        self._bus.forget_text()
        self._on_reset()
        with self._lock:
            state, reason = self._actual
            self._publish_state(self._visible(state), reason, "reset", by)

    def pause(self, paused: bool, by: str = "", owner: object = None) -> None:
        """Hold back all texts, or no longer.

        Args:
            by: who asked for it, to be said to all.
            owner: the pause ends at `release` of it, unless another asked for one too; None: it
                lasts until somebody ends it.
        """
        with self._lock:
            if not paused:
                self._pausers.clear()
                self._kept = False
            elif owner is None:
                self._kept = True
            else:
                self._pausers.add(owner)
            if self._paused == paused:
                return
            self._paused = paused
            self._bus.forget_text()
            state, reason = self._actual
            self._publish_state(self._visible(state), reason, "pause" if paused else "resume", by)
        self._on_pause(paused)
        self._on_reset()

    def release(self, owner: object, by: str = "") -> None:
        """``owner`` is gone, and with it a pause that only it wanted."""
        with self._lock:
            if owner not in self._pausers:
                return
            self._pausers.discard(owner)
            if self._pausers or self._kept:
                return
        self.pause(False, by)

    def expect(self, expect: Expected, by: str = "") -> None:
        """Read this from now on; ``by`` says to all who asked for it.

        Raises:
            UserError: it cannot be read; nothing changes.
        """
        with self._lock:
            if self._expect == expect:
                return
            self._on_expect(expect)
            self._expect = expect
            state, reason = self._actual
            self._publish_state(self._visible(state), reason, "expect", by)

    def use_words(self, words: Sequence[str], only: bool, by: str = "") -> None:
        """Know these words from now on; ``by`` says to all who asked for it.

        Raises:
            UserError: they cannot be read; nothing changes.
        """
        with self._lock:
            self.set_words(self._on_words(words, only), only)
            state, reason = self._actual
            self._publish_state(self._visible(state), reason, "words", by)

    def set_words(self, count: int, only: bool) -> None:
        """So many words of one's own are known now; ``only``: nothing else is read."""
        with self._lock:
            self._words = count, only

    def unsure(self, reason: str) -> None:
        """What was spelled gave no text; the state that comes next is published in any case."""
        with self._lock:
            if not self._paused:
                self._publish_state("unsure", reason)

    def status(self) -> Status:
        """As far as what was published says; the other fields have their defaults."""
        with self._lock:
            fps, dropped = self._figures()
            now = time.monotonic()
            hello = self._bus.hello
            return Status(
                state=self.state,
                uptime_s=round(now - self._started, 1),
                fps=fps,
                dropped=dropped,
                last_error=self._error,
                age_ms=None if self._captured is None else age_ms(self._captured, now),
                bundle=hello.bundle,
                expect=self._expect,
                words=self._words[0],
                words_only=self._words[1],
                source=hello.source,
            )

    @property
    def _seen(self) -> See:
        return "" if self._paused else self._see

    def _hidden(self, state: StateName) -> bool:
        return self._paused and state in _PAUSABLE

    def _visible(self, state: StateName) -> StateName:
        return "paused" if self._hidden(state) else state

    def _repeats(self) -> bool:
        """A pause was published last: changes of what it hides are of no interest."""
        return self._published is not None and self._published[0] == "paused"

    def _publish_state(
        self, state: StateName, reason: str, request: str = "", by: str = ""
    ) -> None:
        self._published = (state, reason, self._seen)
        fps, dropped = self._figures()
        self._bus.publish(
            State(
                state=state,
                fps=fps,
                dropped=dropped,
                reason=reason,
                see=self._seen,
                expect=self._expect,
                words=self._words[0],
                words_only=self._words[1],
                request=request,
                by=by,
            )
        )
