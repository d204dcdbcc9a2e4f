"""Builds the stages, runs them, and ends them: the only place that knows all rooms.

Three threads share the work: the camera's reads frames, the landmark thread tracks hands, and
the caller's recognises and publishes. Between them stands a `Slot`. An exception in any of them
ends the whole: `Daemon.run` raises it, and no half-alive process stays.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from edge import __version__
from edge.camera import Frame, Source, open_source
from edge.config import Config
from edge.console import Blank, Screen
from edge.errors import Refusal
from edge.landmarks import HandTracker, Landmarks
from edge.publish import Hello, Server, State, encode, from_hypothesis, socket_path
from edge.publish.protocol import StateName
from edge.recognize import Hypothesis, Recognizer, open_recognizer
from edge.slot import Slot
from edge.vitals import Vitals

log = logging.getLogger(__name__)

# How long the last stage waits for landmarks before it looks whether the others still live.
_PATIENCE_S = 0.1
# How long a stage is given to end; a camera that hangs is left to the end of the process.
_FAREWELL_S = 1.0


class Daemon:
    """One camera, one reader, one socket."""

    def __init__(self, config: Config, once: bool = False, screen: Screen | None = None) -> None:
        """
        Args:
            config: what to build.
            once: end when the source ends; otherwise it is opened again.
            screen: shown each event that is published, in the thread that calls `run`.
        """
        self._config = config
        self._once = once
        self._screen = screen or Blank()
        self._vitals = Vitals()
        self._stopping = threading.Event()
        self._reset = threading.Event()
        self._failure: BaseException | None = None
        self._source: Source

    def stop(self) -> None:
        """Ask `run` to return soon; safe in a signal handler."""
        self._stopping.set()

    def run(self) -> None:
        """Read until the source ends (``once``) or `stop` is called.

        Raises:
            Refusal: the source, the models or the socket cannot be had.
            CameraLost: the camera that was there gives no more frames.
        """
        config = self._config
        path = socket_path(config.publish.socket)
        recognizer = open_recognizer(config.recognize)
        tracker = HandTracker(
            config.landmarks.hands,
            config.landmarks.model,
            config.landmarks.threads,
            config.landmarks.search_interval,
        )
        self._source = source = self._open()
        hello = Hello(
            version=__version__,
            source=source.name,
            live=source.live,
            bundle=config.recognize.bundle,
        )
        frames: Slot[Frame] = Slot(lossless=not source.live)
        landmarks: Slot[Landmarks] = Slot(lossless=not source.live)
        server = Server(
            path,
            lambda: hello,
            on_reset=self._reset.set,
            clients=config.publish.clients,
            queue=config.publish.queue,
        )
        log.info("socket: %s", path)
        # The server's thread has no slot to close: its crash reaches us here.
        threading.excepthook = lambda crash: self._fail(crash.exc_value)
        threads = (
            self._thread("camera", lambda: self._watch(frames), frames),
            self._thread("landmarks", lambda: self._track(tracker, frames, landmarks), landmarks),
        )
        for thread in threads:
            thread.start()
        try:
            self._screen.event(hello, encode(hello))
            self._state(server, "starting")
            self._recognize(recognizer, server, landmarks, frames)
            self._state(server, "stopping")
        finally:
            self._stopping.set()
            frames.close()
            landmarks.close()
            self._source.close()
            for thread in threads:
                thread.join(_FAREWELL_S)
            server.close()
            self._screen.close()
        if self._failure is not None:
            raise self._failure

    def _open(self) -> Source:
        camera = self._config.camera
        return open_source(camera.source, size=(camera.width, camera.height), fps=camera.fps)

    def _thread(self, name: str, work: Callable[[], None], fills: Slot[Any]) -> threading.Thread:
        """A thread that closes the slot it fills when it ends, and leaves its exception to us."""

        def run() -> None:
            try:
                work()
            except BaseException as failure:
                self._fail(failure)
            finally:
                fills.close()

        return threading.Thread(target=run, name=name, daemon=True)

    def _fail(self, failure: BaseException | None) -> None:
        self._failure = self._failure or failure
        self._stopping.set()

    def _watch(self, frames: Slot[Frame]) -> None:
        """The camera's thread: every frame of the source, again and again unless ``once``."""
        while True:
            shown = 0
            while not self._stopping.is_set() and (frame := self._source.read()) is not None:
                frames.put(frame)
                shown += 1
            self._source.close()
            if self._once or self._stopping.is_set():
                return
            if not shown:
                raise Refusal(f"{self._source.name} has no frames")
            self._source = self._open()

    def _track(self, tracker: HandTracker, frames: Slot[Frame], landmarks: Slot[Landmarks]) -> None:
        """The landmark thread: the hands of the newest frame."""
        while not frames.finished and not self._stopping.is_set():
            frame = frames.take(_PATIENCE_S)
            if frame is not None:
                landmarks.put(tracker(frame))

    def _recognize(
        self,
        recognizer: Recognizer,
        server: Server,
        landmarks: Slot[Landmarks],
        frames: Slot[Frame],
    ) -> None:
        """The caller's thread: landmarks into events, until the stages before have ended."""
        hand: bool | None = None
        while not landmarks.finished and not self._stopping.is_set():
            seen = landmarks.take(_PATIENCE_S)
            self._screen.beat(self._vitals.read)
            if self._reset.is_set():
                self._reset.clear()
                recognizer.finish()
            if seen is None:
                continue
            for hypothesis in recognizer.push(seen):
                self._publish(server, hypothesis)
            self._vitals.frame(seen.captured, time.monotonic(), bool(seen.hands))
            self._vitals.drop(frames.dropped + landmarks.dropped)
            if bool(seen.hands) != hand:
                hand = bool(seen.hands)
                self._state(server, "reading" if hand else "searching")
        for hypothesis in recognizer.finish():
            self._publish(server, hypothesis)

    def _publish(self, server: Server, hypothesis: Hypothesis) -> None:
        event = from_hypothesis(hypothesis, time.monotonic())
        self._screen.event(event, server.publish(event))

    def _state(self, server: Server, name: StateName) -> None:
        reading = self._vitals.read()
        state = State(state=name, fps=round(reading.fps, 1), dropped=reading.dropped)
        self._screen.event(state, server.publish(state))
