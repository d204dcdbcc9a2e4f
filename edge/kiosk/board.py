"""What the pages show, and the messages that tell them what has changed."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections import deque
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any, Literal

from edge.events import Answer, Final, Hello, Partial, Revised, State, Status, View

TEXTS = 100
"""Texts kept; the oldest goes first."""

MESSAGES = 256
"""Messages kept for a page that was away; one that missed more gets everything again."""

Camera = Literal["on", "off", "starting", "none"]
"""``none``: what is read is a recording or a rendered hand."""

_CAMERAS = frozenset({"auto", "picamera", "v4l2"})
_CAMERA_OFF = frozenset({"away", "camera_lost", "stopping"})


@dataclass(slots=True)
class Text:
    """A text that was spelled.

    Attributes:
        number: from 1, for as long as this program runs.
        readings: what the daemon read, the newest reading first; all different.
        shown: one of them, or what somebody corrected it to.
        settled: somebody chose or corrected it: a later reading does not replace it.
        unsure: the daemon has read it again, and is not sure of it.
        at: seconds since the epoch.
    """

    number: int
    readings: list[str]
    shown: str
    confidence: float
    at: float = field(default_factory=time.time)
    settled: bool = False
    unsure: bool = False

    def message(self) -> dict[str, Any]:
        return {
            "type": "text",
            "number": self.number,
            "text": self.shown,
            "readings": self.readings,
            "unsure": self.unsure,
            "confidence": self.confidence,
            "at": round(self.at, 3),
        }


@dataclass(frozen=True, slots=True)
class Message:
    """One change, as JSON. ``id`` is what a page gives back as ``Last-Event-ID``."""

    number: int
    id: str
    kind: str
    line: str


class Board:
    """The state of the daemon, the text being spelled, and the texts so far.

    For one event loop. `watch` gives the messages to any number of pages; none has a queue, so
    that a page that does not read costs nothing: it is told everything again.
    """

    def __init__(self) -> None:
        self._run = secrets.token_hex(4)  # tells our numbers from those of an earlier run
        self._count = 0
        self._messages: deque[Message] = deque(maxlen=MESSAGES)
        self._changed = asyncio.Event()
        self._closed = False
        self._texts: deque[Text] = deque(maxlen=TEXTS)
        self._numbers = 0
        self._cleared = 0  # the texts up to this number are no longer large on the page
        self._segments: dict[int, Text] = {}  # of this connection
        self._draft: dict[str, Any] | None = None
        self._answer: dict[str, Any] | None = None
        self._source = ""
        self._shared = "none"
        self._others = 0
        self._view: Message | None = None
        self._views = 0
        self._viewers = 0
        self.viewing = asyncio.Event()  # set while somebody wants what the camera sees
        self._state: dict[str, Any] = {}
        self._set_state("away")

    # What the daemon says.

    def connected(self, hello: Hello) -> None:
        """There is a connection; what it gave before does not go on."""
        self._source = hello.source
        self._shared = hello.view
        self._segments.clear()
        self._drop_draft()

    def lost(self, reason: str = "") -> None:
        """There is none; ``reason`` is for people."""
        self._segments.clear()
        self._drop_draft()
        self._set_state("away", reason)

    def checked(self, status: Status) -> None:
        """The daemon was asked how it is."""
        self._source = status.source
        self._others = max(0, status.clients - 1)
        self._set_state(*(self._state[name] for name in ("state", "reason", "expect", "see")))

    def take(self, event: object) -> None:
        """An event of the daemon."""
        match event:
            case State():
                if event.state == "paused" or event.request == "reset":
                    self._drop_draft()
                self._set_state(event.state, event.reason, event.expect, event.see)
            case Partial():
                self._set_draft(event)
            case Final():
                self._drop_draft()
                self._add(event)
            case Revised():
                self._revise(event)
            case Answer():
                self._set_answer(event)
            case View():
                self._set_view(event)

    # What a page asks for.

    def text(self, number: int) -> Text | None:
        """The text of that number, while it is kept."""
        return next((text for text in self._texts if text.number == number), None)

    def show(self, text: Text, shown: str) -> None:
        """Somebody chose or corrected ``text``."""
        text.shown, text.settled, text.unsure = shown, True, False
        self._publish(text.message())

    @property
    def drafting(self) -> bool:
        """A text is being spelled."""
        return self._draft is not None

    def clear(self) -> None:
        """Make room for a new text; the old ones are kept."""
        self._cleared = self._numbers
        self._answer = None
        self._publish({"type": "cleared", "cleared": self._cleared})

    def forget(self) -> None:
        """Forget all texts."""
        self._texts.clear()
        self._segments.clear()
        self._answer = None
        self._messages.clear()  # they hold the texts too
        self._publish({"type": "forgotten"})

    # What the pages are told.

    @property
    def state(self) -> str:
        """Of the daemon; ``away`` where there is no connection to it."""
        return str(self._state["state"])

    @property
    def closed(self) -> bool:
        return self._closed

    def close(self) -> None:
        """End every `watch`."""
        self._closed = True
        self._changed.set()

    async def watch(
        self, last_id: str = "", idle_s: float = 15.0, view: bool = False
    ) -> AsyncGenerator[list[Message], None]:
        """Messages as they come, from the one after ``last_id``; everything where that is unknown.

        An empty list comes where nothing changed for ``idle_s`` seconds.

        Args:
            view: what the camera sees, too; the newest only.
        """
        position, seen = self._position(last_id), self._views
        self._count_viewers(view)
        try:
            while not self._closed:
                changed = self._changed
                messages = self._after(position)
                if messages:
                    position = messages[-1].number
                if view and self._view and seen != self._views:
                    seen = self._views
                    messages = [*messages, self._view]
                if not messages:
                    try:
                        async with asyncio.timeout(idle_s):
                            await changed.wait()
                        continue
                    except TimeoutError:
                        pass
                yield messages
        finally:
            self._count_viewers(-view)

    def _count_viewers(self, more: int) -> None:
        self._viewers += more
        if self._viewers:
            self.viewing.set()
        else:
            self.viewing.clear()
            self._view = None

    def _position(self, last_id: str) -> int:
        run, _, number = last_id.partition("-")
        if run != self._run or not (number.isascii() and number.isdigit() and len(number) < 16):
            return -1
        return int(number) if int(number) <= self._count else -1

    def _after(self, position: int) -> list[Message]:
        if position == self._count:
            return []
        oldest = self._messages[0].number if self._messages else self._count + 1
        if position + 1 < oldest:
            return [self._message(self._everything(), self._count)]
        waiting = [message for message in self._messages if message.number > position]
        drafts = [message.number for message in waiting if message.kind == "draft"]
        # A draft replaces the one before it.
        return [m for m in waiting if m.kind != "draft" or m.number == drafts[-1]]

    def _everything(self) -> dict[str, Any]:
        return {
            "type": "everything",
            "state": self._state,
            "draft": self._draft,
            "texts": [text.message() for text in self._texts],
            "cleared": self._cleared,
            "answer": self._answer,
        }

    def _publish(self, content: dict[str, Any]) -> None:
        self._count += 1
        self._messages.append(self._message(content, self._count))
        self._wake()

    def _wake(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    def _message(self, content: dict[str, Any], number: int) -> Message:
        line = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        return Message(number, f"{self._run}-{number}", content["type"], line)

    def _set_state(self, state: str, reason: str = "", expect: str = "any", see: str = "") -> None:
        new = {
            "type": "state",
            "state": state,
            "reason": reason,
            "expect": expect,
            "see": see,
            "camera": self._camera(state),
            "others": self._others,
            "shared": self._shared,
        }
        if new != self._state:
            self._state = new
            self._publish(new)

    def _camera(self, state: str) -> Camera:
        if state in _CAMERA_OFF:
            return "off"
        if self._source.partition(":")[0] not in _CAMERAS:
            return "none"
        return "starting" if state == "starting" else "on"

    def _set_draft(self, event: Partial) -> None:
        self._answer = None  # to what was spelled before
        self._draft = {"type": "draft", "text": event.text, "stable": event.stable}
        self._publish(self._draft)

    def _drop_draft(self) -> None:
        if self._draft is not None:
            self._draft = None
            self._publish({"type": "draft", "text": "", "stable": 0})

    def _add(self, event: Final) -> None:
        if not event.text:
            return
        self._numbers += 1
        text = Text(self._numbers, _readings(event), event.text, event.confidence)
        self._texts.append(text)
        self._segments[event.segment] = text
        for segment in list(self._segments)[:-TEXTS]:
            del self._segments[segment]
        self._publish(text.message())

    def _revise(self, event: Revised) -> None:
        text = self._segments.get(event.segment)
        if text is None:
            return  # nothing was shown that it could replace
        text.readings = list(dict.fromkeys([*_readings(event), *text.readings]))
        text.confidence = event.confidence
        if not text.settled:
            text.shown = event.text or text.shown
            text.unsure = not event.text
        self._publish(text.message())

    def _set_answer(self, event: Answer) -> None:
        text = self._segments.get(event.segment)
        if text is None or text.number <= self._cleared:
            return
        self._answer = {
            "type": "answer",
            "question": text.shown,
            "text": event.text,
            "kind": event.kind,
            "sources": event.sources,
        }
        self._publish(self._answer)

    def _set_view(self, event: View) -> None:
        if self._viewers:
            content = {
                "type": "view",
                "width": event.width,
                "height": event.height,
                "hands": event.hands,
                "picture": event.picture,
            }
            line = json.dumps(content, separators=(",", ":"))
            self._view = Message(0, "", "view", line)  # nobody needs an old one
            self._views += 1
            self._wake()


def _readings(event: Final | Revised) -> list[str]:
    """What ``event`` read, the likeliest first; with words in mind, also without them."""
    read = (event.text, getattr(event, "plain", None))
    return list(dict.fromkeys(text for text in read if text))
