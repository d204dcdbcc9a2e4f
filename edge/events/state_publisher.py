"""What is said and to whom: texts and states to the clients, the terminal and systemd."""

from __future__ import annotations

import threading
import time

from edge.events import Hello, State, encode
from edge.events.protocol import StateName
from edge.landmarks import Landmarks
from edge.outputs.show import Show
from edge.outputs.socket import Server
from edge.pipeline.camera_stage import Watch
from edge.pipeline.statistics import Vitals
from edge.pipeline.texts import from_hypothesis
from edge.recognize import Hypothesis
from edge.system.notify import Notifier

_FAULTS = {
    "": "",
    "black": "the picture is black: is the lens covered?",
    "same": "the camera gives the same picture over and over",
}


class Voice:
    """Knows the state, and says it when it changes. Any thread may call.

    Attributes:
        state: of the daemon.
        error: the newest trouble, for people.
    """

    def __init__(self, show: Show, vitals: Vitals, notifier: Notifier) -> None:
        self.state: StateName = "starting"
        self.error = ""
        self._show = show
        self._vitals = vitals
        self._notifier = notifier
        self._lock = threading.Lock()
        self._said: tuple[str, str] = ("", "")
        self._reason = ""
        self._hello: Hello | None = None
        self._early: list[tuple[State, bytes]] = []

    def begin(self, server: Server) -> None:
        """From now on there are clients."""
        self._server = server
        self.become("starting")

    def greet(self, hello: Hello) -> None:
        """The source is known: the terminal, which gets one ``hello`` only, can be told."""
        with self._lock:
            if self._hello is None:
                self._hello = hello
                self._show.put(hello, encode(hello))
                for state, line in self._early:
                    self._show.put(state, line)
                self._early.clear()

    def text(self, hypothesis: Hypothesis) -> None:
        event = from_hypothesis(hypothesis, time.monotonic())
        with self._lock:
            if line := self._server.publish(event):
                self._show.put(event, line)

    def camera(self, watch: Watch) -> None:
        """The camera was lost, or its pictures are faulty, or sound again."""
        with self._lock:
            if watch.lost:
                self.state = "camera_lost"
                self._reason = self.error = watch.lost
            elif self.state != "camera_lost":
                self._reason = _FAULTS[watch.fault]
                self.error = self._reason or self.error
            self._say()

    def passed(self, seen: Landmarks, watch: Watch) -> None:
        """A frame has passed every stage. One from before a loss is no sign of recovery."""
        with self._lock:
            if not watch.lost and seen.captured > watch.lost_at:
                self.state = "reading" if seen.hands else "searching"
                self._reason = _FAULTS[watch.fault]
                self._say()

    def become(self, state: StateName) -> None:
        with self._lock:
            self.state, self._reason = state, ""
            self._say()

    def remark(self, reason: str, error: bool = False) -> None:
        """Say the state again, with a reason of the moment."""
        with self._lock:
            self.error = reason if error else self.error
            self._publish(reason)

    def _say(self) -> None:
        if (self.state, self._reason) != self._said:
            self._said = (self.state, self._reason)
            self._publish(self._reason)

    def _publish(self, reason: str) -> None:
        reading = self._vitals.read()
        state = State(
            state=self.state, fps=round(reading.fps, 1), dropped=reading.dropped, reason=reason
        )
        line = self._server.publish(state)
        if line and self._hello is not None:
            self._show.put(state, line)
        elif line:
            self._early.append((state, line))
        self._notifier.status(f"{self.state.replace('_', ' ')}{reason and ': '}{reason}")
