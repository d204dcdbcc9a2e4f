"""Builds the stages, runs them, and owns start, reload and stop: only it knows all rooms.

Each stage has a thread: the camera's reads frames, the landmark thread tracks hands, a third
recognises and publishes; between them stands a `Slot`. The caller's thread supervises: it takes
orders, looks whether a stage hangs, and feeds systemd's watchdog while frames pass every stage or
a lost camera is being got back. What ends a stage, unless it is a camera that may come back, ends
the whole: `Daemon.run` raises it, and no half-alive process stays.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from queue import Empty, SimpleQueue
from typing import Any

from edge import __version__
from edge.camera import Frame, check
from edge.config import Config
from edge.errors import UserError
from edge.events import Hello
from edge.events.state_publisher import Voice
from edge.landmarks import Landmarks, Tracker, open_tracker
from edge.outputs.show import Show
from edge.outputs.socket import Server
from edge.outputs.terminal import Blank, Screen
from edge.pipeline.camera_stage import Watch
from edge.pipeline.landmark_stage import Track
from edge.pipeline.recognition_stage import Read
from edge.pipeline.reload import Reload
from edge.pipeline.slot import Slot
from edge.pipeline.stage import PATIENCE, Stage
from edge.pipeline.statistics import Vitals
from edge.pipeline.watchdog import Pulse
from edge.recognize import Ends, Hypothesis, Recognizer, fingerprint, open_recognizer
from edge.recognize.delegate import Choice
from edge.socket_path import socket_path
from edge.system import activation, memory
from edge.system.board import Health
from edge.system.notify import Notifier

log = logging.getLogger(__name__)

# How long the stages are given to end; one that hangs is left to the end of the process.
_FAREWELL_S = 0.8

# And how long with the last words to the clients.
_GONE_S = 1.7

# How long a reload waits for a stage to let go of what it had.
_SETTLE_S = 1.0

_STOP, _RELOAD, _DONE = object(), object(), object()


def _tracker(config: Config) -> Tracker:
    with memory.building():
        return open_tracker(config.landmarks)


def _recognizer(config: Config, choice: Choice) -> Recognizer:
    with memory.building():
        return open_recognizer(config.recognize, choice)


class Daemon:
    """One camera, one reader, one socket."""

    def __init__(
        self,
        config: Config,
        once: bool = False,
        screen: Screen | None = None,
        reread: Callable[[], Config] | None = None,
    ) -> None:
        """
        Args:
            config: what to build.
            once: end when the source ends or the camera is lost; otherwise it is opened again.
            screen: shown each event that is published, in a thread of its own.
            reread: gives the configuration anew for `reload`; may raise `UserError`.
        """
        self._config = config
        self._once = once
        self._screen = screen or Blank()
        self._reread = reread or (lambda: config)
        self._vitals = Vitals()
        self._notifier = Notifier()
        # Made for signal handlers: its put is re-entrant, which an Event's set is not.
        self._orders: SimpleQueue[Any] = SimpleQueue()
        self._stages: tuple[Stage, ...] = ()

    def stop(self) -> None:
        """Ask `run` to return soon; safe in a signal handler."""
        self._orders.put(_STOP)

    def reload(self) -> None:
        """Take the configuration anew, without letting go of any client; safe like `stop`."""
        self._orders.put(_RELOAD)

    @property
    def stuck(self) -> bool:
        """After `run`: a stage hangs, and only the end of the process ends it."""
        return not all(stage.join(0) for stage in self._stages)

    def run(self) -> None:
        """Read until the source ends (``once``) or `stop` is called.

        Raises:
            UserError: the source, the models or the socket can never be had.
            CameraLost: with ``once``, the camera gives no more frames.
            CameraStuck: the camera hangs, and only the end of the process lets go of it.
        """
        # The server's thread is no stage: its crash reaches us here.
        threading.excepthook = lambda crash: self._orders.put(crash.exc_value or SystemExit())
        memory.steady()
        self._build()
        for stage in self._stages:
            stage.start()
        try:
            self._supervise()
        finally:
            self._farewell()

    def _build(self) -> None:
        config, vitals = self._config, self._vitals
        self._frames: Slot[Frame] = Slot()
        self._landmarks: Slot[Landmarks] = Slot()
        choice = Choice(config.recognize.delegate)
        self._bundle = fingerprint(config.recognize)
        self._read = Read(
            lambda: _recognizer(config, choice),
            self._landmarks,
            self._text,
            self._passed,
            self._ended,
        )
        self._track = Track(
            lambda: _tracker(self._config),
            self._frames,
            self._landmarks,
            self._ended,
            self._read,
        )
        self._watch = Watch(
            config.camera,
            self._frames,
            self._lossless,
            self._camera,
            self._ended,
            self._track,
            once=self._once,
            demo=not self._notifier.active,
        )
        self._show = Show(self._screen, vitals.read, self._ended)
        self._stages = (self._show, self._read, self._track, self._watch)
        self._voice = Voice(self._show, vitals, self._notifier)
        self._health = Health(self._watch, self._landmarks, vitals, self._voice, choice)
        self._server = Server(
            socket_path(config.publish.socket),
            self._hello,
            on_reset=self._read.reset,
            on_pause=self._pause,
            on_status=lambda: self._health.status(self._config),
            clients=config.publish.clients,
            queue=config.publish.queue,
            group=config.publish.group,
            tcp=config.publish.tcp,
            listening=activation.listening(),
        )
        if port := config.service.metrics:
            from edge.outputs.prometheus import Metrics  # an HTTP server few want

            try:
                Metrics(port, self._server.status)
            except UserError:
                self._server.close()
                raise
        log.info("socket: %s", self._server.path)
        self._voice.begin(self._server)
        self._pulse = Pulse(self._notifier, self._watch, (self._read, self._track), self._server)
        self._reload = Reload(self._reread, self._apply, self._notifier, self._voice)

    def _supervise(self) -> None:
        """Until `stop`, or until the source or a stage has ended; raises what ended it."""
        while True:
            try:
                order = self._orders.get(timeout=PATIENCE)
            except Empty:
                order = None
            if order is _STOP or order is _DONE:
                return
            if isinstance(order, BaseException):
                raise order
            if order is _RELOAD:
                self._reload.ask()
            if self._watch.up:  # the last: no model is being loaded
                self._reload.turn()
            now = time.monotonic()
            self._watch.check(now)
            self._pulse(now, self._vitals.frames)

    def _farewell(self) -> None:
        """The last texts, the last state, ``bye``: within two seconds, whoever hangs."""
        self._notifier.stopping()
        began = time.monotonic()
        deadline = began + _FAREWELL_S
        for stage in (self._watch, self._track, self._read):
            stage.stop()
        self._frames.close()
        self._landmarks.close()
        for stage in (self._read, self._track, self._watch):
            stage.join(deadline - time.monotonic())
        self._voice.greet(self._hello())
        self._voice.become("stopping")
        self._show.stop()
        self._server.close(patience=began + _GONE_S - time.monotonic())
        self._show.join(deadline - time.monotonic())

    def _hello(self) -> Hello:
        return Hello(
            version=__version__,
            source=self._watch.source,
            live=self._watch.live,
            bundle=self._config.recognize.bundle,
        )

    # What the stages and the server say, in their threads.

    def _ended(self, stage: Stage, failure: BaseException | None) -> None:
        if failure is not None:
            self._orders.put(failure)
        elif stage is self._read:
            self._orders.put(_DONE)

    def _lossless(self, lossless: bool) -> None:
        self._frames.lossless = self._landmarks.lossless = lossless

    def _camera(self) -> None:
        if self._watch.lost:
            self._read.cut()
        if self._watch.opened:
            self._voice.greet(self._hello())
        self._voice.camera(self._watch)

    def _pause(self, on: bool) -> None:
        self._track.blind = on

    def _text(self, hypothesis: Hypothesis) -> None:
        while self._show.full and not self._read.stopping.wait(PATIENCE):
            pass
        self._voice.text(hypothesis)

    def _passed(self, seen: Landmarks) -> None:
        self._vitals.frame(seen.captured, time.monotonic(), bool(seen.hands))
        self._vitals.drop(self._frames.dropped + self._landmarks.dropped)
        self._voice.passed(seen, self._watch)

    def _apply(self, new: Config) -> str:
        """Build what changed, then put it in place; returns what has to wait for the next start."""
        old = self._config
        camera = new.camera
        if camera != old.camera:
            check(camera.source, size=(camera.width, camera.height), fps=camera.fps)
        tracker = _tracker(new) if new.landmarks != old.landmarks else None
        recognizer, choice = None, self._health.choice
        ends = Ends(new.recognize.absent, new.recognize.rest)
        but_ends = replace(old.recognize, absent=ends.absent, rest=ends.rest)
        bundle = fingerprint(new.recognize)
        if new.recognize != but_ends or bundle != self._bundle:
            choice = Choice(new.recognize.delegate)
            recognizer = _recognizer(new, choice)
        self._config, self._bundle = new, bundle
        if tracker is not None:
            self._track.tracker = tracker
        if recognizer is not None:
            self._read.replace(recognizer)
            self._health.choice = choice
        elif new.recognize != old.recognize:
            self._read.retime(ends)
        if camera != old.camera:
            self._watch.change(camera)
            self._read.cut()
        for stage in (self._track, self._read):
            stage.settle(_SETTLE_S)
        sections = ("publish", "service")
        late = [f"[{name}]" for name in sections if getattr(new, name) != getattr(old, name)]
        return f" ({' and '.join(late)} at the next start)" if late else ""
