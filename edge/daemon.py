"""Composes the daemon: builds the rooms, connects them, and owns start, reload and stop.

Each stage has a thread: the camera's reads frames, the landmark thread tracks hands, a third
recognises and publishes; between them stands a `Slot`. What is published goes over a `Bus` to the
sinks: each has a bounded queue and a thread, so that none can hold up another or a stage. The
caller's thread supervises. What ends a stage, unless it is a camera that may come back, ends the
whole: `Daemon.run` raises it, and no half-alive process stays.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from edge import __version__
from edge.camera import Camera, Frame, carries_landmarks, check
from edge.config import Config, Expect
from edge.errors import UserError, first_line, unusable
from edge.events import Bus, Hello, RequestHandler, Session, Status
from edge.landmarks import Landmarks, Parts, Tracker, open_replay, open_tracker
from edge.observers.threaded import ThreadedObserver
from edge.outputs.json_lines import JsonLines
from edge.outputs.socket import SocketServer
from edge.outputs.systemd import SystemdStatus
from edge.outputs.threaded import ThreadedSink
from edge.pipeline.camera_stage import CameraStage, CameraStatus
from edge.pipeline.hang_monitor import HangMonitor
from edge.pipeline.landmark_stage import LandmarkStage
from edge.pipeline.observation import Observation
from edge.pipeline.recognition_stage import RecognitionStage
from edge.pipeline.reload import Reloader
from edge.pipeline.slot import Slot
from edge.pipeline.stage import POLL_S, Ended, Stage
from edge.pipeline.state_publisher import StatePublisher
from edge.pipeline.statistics import Figures, PipelineStatistics
from edge.pipeline.status import StatusReport
from edge.pipeline.supervisor import Order, Orders, Supervisor
from edge.pipeline.view_publisher import ViewPublisher
from edge.pipeline.watchdog import Watchdog
from edge.recognize import (
    EndpointConfig,
    Reader,
    Segment,
    Vocabulary,
    alphabet,
    check_expected,
    check_words,
    fingerprint,
    open_recognizer,
    parts,
    words_of_client,
    words_of_config,
)
from edge.recognize.delegate import DelegateSelection
from edge.socket_path import socket_path
from edge.system import activation, memory
from edge.system.notify import Notifier
from edge.system.pause_memory import PauseMemory

if TYPE_CHECKING:
    from edge.pipeline.second_stage import SecondStage
    from edge.recognize.second_reader import SecondReader

log = logging.getLogger(__name__)

STAGES_END_S = 0.8
"""Seconds the stages are given to end; one that hangs is left to the end of the process."""

CLIENTS_END_S = 1.7
"""Seconds from the stop until the last events have been sent, at the latest."""

FILES_END_S = 10.0
"""Seconds an observer is given to end its file: one that was not ended cannot be read. Nobody else
waits for it."""

REPLACE_S = 1.0
"""Seconds a reload waits until a stage uses what it was given."""


class Daemon:
    """One camera, one reader, one bus, many sinks."""

    def __init__(
        self,
        config: Config,
        once: bool = False,
        reread: Callable[[], Config] | None = None,
    ) -> None:
        """
        Args:
            config: what to build.
            once: end when the source ends or the camera is lost; otherwise it is opened again.
            reread: gives the configuration again for `reload`; may raise `UserError`.
        """
        self._config = config
        self._once = once
        self._reread = reread or (lambda: config)
        self._orders = Orders()
        self._notifier = Notifier()
        self._statistics = PipelineStatistics()
        self._bus = Bus(self._hello(config.camera.source, live=True))
        self._sinks: list[ThreadedSink] = []  # that begin with a hello
        self._threads: list[ThreadedSink] = []  # these and others
        self._observers: list[ThreadedObserver[Any]] = []
        self._observation = Observation(self._observers)
        self._introduced = threading.Lock()
        self._attached = False
        self._stages: tuple[Stage, ...] = ()

    def add_sink(self, sink: ThreadedSink) -> None:
        """Give ``sink`` every event from the ``hello`` on; to be called before `run`."""
        self._sinks.append(sink)
        self._threads.append(sink)

    def add_observer(self, observer: ThreadedObserver[Any]) -> None:
        """Give ``observer`` every frame with its landmarks; to be called before `run`."""
        self._observers.append(observer)

    def figures(self) -> Figures:
        """How the pipeline is doing; any thread may ask."""
        return self._statistics.figures()

    def stop(self) -> None:
        """Ask `run` to return soon; safe in a signal handler."""
        self._orders.put(Order.STOP)

    def reload(self) -> None:
        """Read the configuration again, without disconnecting clients; safe like `stop`."""
        self._orders.put(Order.RELOAD)

    @property
    def stuck(self) -> bool:
        """After `run`: a thread hangs, and only the end of the process ends it."""
        stages = all(stage.join(0) for stage in self._stages)
        sinks = all(sink.join(0) for sink in self._threads)
        return not (stages and sinks and all(each.join(0) for each in self._observers))

    def run(self) -> None:
        """Read until the source ends (``once``) or `stop` is called.

        Raises:
            UserError: the source, the models or the socket can never work.
            CameraLost: with ``once``, the camera gives no more frames.
            CameraStuck: the camera hangs, and only the end of the process frees it.
        """
        self._orders.watch_threads()
        memory.steady()
        self._build()
        for sink in self._threads:
            sink.start(self._orders.put)
        for observer in self._observers:
            observer.start(self._orders.put)
        self._server.start()
        self._watchdog.start()
        self._delegate.start()
        for stage in self._stages:
            stage.start()
        try:
            if self._supervisor.run() is Order.DONE:
                self._drain()
            self._pause_memory.set(False)  # an orderly end
        finally:
            self._shut_down()
        for observer in self._observers:
            if observer.failure:  # at its end
                raise observer.failure

    def _build(self) -> None:
        config = self._config
        self._frames: Slot[Frame] = Slot()
        self._landmarks: Slot[Landmarks] = Slot()
        self._delegate = DelegateSelection(config.recognize.delegate)
        path = socket_path(config.publish.socket)
        self._pause_memory = PauseMemory(path, self._notifier)
        self._bundle = _fingerprint(config)
        self._words: Vocabulary | None = None
        self._words_asked = False  # by a client, since the configuration was read
        self._parts = _parts(config)
        self._session = Session(
            self._bus,
            on_pause=self._pause,
            on_reset=lambda: self._recognition.reset(),
            on_expect=self._expect,
            on_words=self._use_words,
            figures=self._state_figures,
            expect=config.recognize.expect,
        )
        self._publisher = StatePublisher(
            self._session,
            self._statistics,
            lambda: self._camera.status,
            lambda: self._camera.skipped + self._frames.dropped + self._landmarks.dropped,
            self._wait_for_readers,
            self._observation.read,
        )
        ended = self._orders.stage_ended("second" if config.recognize.second else "recognize")
        self._segments: Slot[Segment] | None = Slot() if config.recognize.second else None
        self._recognition = RecognitionStage(
            self._first_recognizer,
            self._landmarks,
            self._publisher,
            ended,
            segments=self._segments,
        )
        self._view = ViewPublisher(
            config.publish.view,
            lambda: self._server.viewers > 0 and self._session.state != "paused",
            lambda view: self._server.put(self._bus.unnumbered(view)),
        )
        self._second = self._second_stage(ended)
        self._tracking = LandmarkStage(
            lambda: _tracker(self._config),
            self._frames,
            self._landmarks,
            ended,
            self._recognition,
            self._tracked,
        )
        self._camera = CameraStage(
            config.camera,
            self._frames,
            self._camera_changed,
            ended,
            self._tracking,
            opened=self._camera_opened,
            interrupted=self._recognition.cut,
            once=self._once,
            demo=not self._notifier.active,
        )
        second = (self._second,) if self._second else ()
        self._stages = (*second, self._recognition, self._tracking, self._camera)
        self._report = StatusReport(self._session, self._camera, self._landmarks, self._statistics)
        self._server = SocketServer(
            path,
            self._bus,
            RequestHandler(self._session, self._status),
            clients=config.publish.clients,
            queue=config.publish.queue,
            group=config.publish.group,
            tcp=config.publish.tcp,
            tcp_commands=config.publish.tcp_commands,
            inherited=activation.listening(),
        )
        self._bus.attach(self._server)
        for observer in self._observers:
            self._bus.attach(observer)
        self._open_prometheus(config.service.metrics)
        log.info("socket: %s", self._server.path)
        if self._notifier.active:
            systemd = SystemdStatus(self._notifier.status)
            self._bus.attach(systemd)
            self._threads.append(systemd)
        if self._pause_memory.found:
            log.warning("paused, as before the crash, until a client asks to resume")
            self._session.pause(True, "before a crash")
        self._session.set_state("starting")
        self._watchdog = Watchdog(
            self._notifier,
            self._camera,
            (self._recognition, self._tracking),
            self._server,
            lambda: self._frames.stale + self._landmarks.stale,
        )
        self._supervisor = Supervisor(
            self._orders,
            HangMonitor(self._camera),
            self._watchdog,
            Reloader(self._reread, self._apply, self._notifier, self._session),
            ready=lambda: self._camera.up,
            frames=lambda: self._statistics.frames,
        )

    def _second_stage(self, ended: Ended) -> SecondStage | None:
        if self._segments is None:
            return None
        from edge.pipeline.second_stage import SecondStage  # few want it

        return SecondStage(
            lambda: _second_reader(self._config), self._segments, self._session.revise,
            self._session.unsure, self._config.recognize.sure, ended, self._recognition,
        )  # fmt: skip

    def _open_prometheus(self, port: int) -> None:
        if not port:
            return
        from edge.outputs.prometheus import Prometheus  # an HTTP server few want

        try:
            prometheus = Prometheus(port, self._status)
        except UserError:
            self._server.stop()
            raise
        self._bus.attach(prometheus)
        prometheus.start()

    def _drain(self) -> None:
        """A recording has ended: its reader gets all of it, however slow, unless asked to stop."""
        for observer in self._observers:
            observer.stop()
        while self._landmarks.lossless:
            if all(sink.wait_until_written(POLL_S) for sink in self._sinks) and all(
                observer.join(POLL_S) for observer in self._observers
            ):
                return
            order = self._orders.take(0)
            if isinstance(order, BaseException):
                raise order
            if order is Order.STOP:
                return

    def _shut_down(self) -> None:
        """The last texts, the last state, ``bye``: within two seconds, whatever hangs."""
        self._notifier.stopping()
        began = time.monotonic()
        deadline = began + STAGES_END_S
        for stage in reversed(self._stages):
            stage.stop()
        self._frames.close()
        self._landmarks.close()
        for stage in self._stages:
            stage.join(deadline - time.monotonic())
        self._introduce()
        self._session.set_state("stopping")
        for sink in self._threads:
            sink.stop()
        for observer in self._observers:
            observer.stop()
        self._server.stop(timeout=began + CLIENTS_END_S - time.monotonic())
        for sink in self._threads:
            sink.join(deadline - time.monotonic())
        for observer in self._observers:
            observer.join(began + FILES_END_S - time.monotonic())

    def _hello(self, source: str, live: bool) -> Hello:
        return Hello(
            version=__version__,
            source=source,
            live=live,
            bundle=self._config.recognize.bundle,
            view=self._config.publish.view,
        )

    def _introduce(self) -> None:
        """Greet newcomers with the source; sinks that get one ``hello`` only get it now."""
        status = self._camera.status
        self._bus.introduce(self._hello(status.source, status.live))
        with self._introduced:
            if not self._attached:
                self._attached = True
                for sink in self._sinks:
                    self._bus.attach(sink, replay=True)

    # Called by the stages and the server, in their threads.

    def _tracked(self, frame: Frame, landmarks: Landmarks) -> None:
        self._observation.tracked(frame, landmarks)
        self._view(frame, landmarks)

    def _first_recognizer(self) -> Reader:
        recognizer = _recognizer(self._config, self._delegate)
        if not self._words_asked:
            self._know(recognizer.words)
        return recognizer

    def _know(self, words: Vocabulary | None) -> None:
        self._words = words
        self._session.set_words(words.count if words else 0, bool(words and words.only))

    def _camera_opened(self, camera: Camera) -> None:
        self._landmarks.set_lossless(not camera.live)
        if self._segments is not None:
            self._segments.set_lossless(not camera.live)
        self._observation.set_lossless(not camera.live)
        self._introduce()
        self._publisher.camera_changed(self._camera.status)

    def _camera_changed(self, status: CameraStatus) -> None:
        if status.lost:
            self._recognition.cut()
            self._introduce()
        self._publisher.camera_changed(status)

    def _pause(self, paused: bool) -> None:
        self._tracking.pause(paused)
        self._pause_memory.set(paused)

    def _expect(self, expect: Expect) -> None:
        check_expected(expect, self._recognition.alphabet or alphabet(self._config.recognize))
        self._recognition.set_expect(expect)
        if self._second:
            self._second.set_expect(expect)

    def _use_words(self, lines: Sequence[str], only: bool) -> int:
        config = self._config.recognize
        known = self._recognition.alphabet or alphabet(config)
        words = words_of_client(lines, only, config.lexicon, known)
        if words:
            check_words(config)
        self._words_asked, self._words = True, words
        self._recognition.set_words(words)
        return words.count if words else 0

    def _state_figures(self) -> tuple[float, int]:
        figures = self._statistics.figures()
        return round(figures.fps, 1), figures.dropped

    def _status(self) -> Status:
        return self._report.status(self._config, self._delegate, self._server.clients)

    def _wait_for_readers(self) -> None:
        """Only a recording that is read with ``--json`` waits for its reader."""
        if self._landmarks.lossless:
            for sink in self._sinks:
                while isinstance(sink, JsonLines) and not sink.wait_for_room(POLL_S):
                    if self._recognition.stopping.is_set():
                        return

    def _apply(self, new: Config, claim: Callable[[], bool]) -> str:
        """Build what changed, then put it in place; returns what has to wait for a restart."""
        old = self._config
        camera = new.camera
        if camera != old.camera:
            _check_source(new)
        recorded = carries_landmarks(camera.source) != carries_landmarks(old.camera.source)
        wanted = _parts(new)
        others = wanted != self._parts or new.landmarks != old.landmarks
        tracker = _tracker(new) if recorded or others else None
        recognizer, delegate, words = None, self._delegate, self._words
        absent_s, rest_s, expect = (
            new.recognize.absent, new.recognize.rest, new.recognize.expect,
        )  # fmt: skip
        set_at_once = replace(
            old.recognize,
            absent=absent_s,
            rest=rest_s,
            expect=expect,
            words=new.recognize.words,
            words_only=new.recognize.words_only,
            lexicon=new.recognize.lexicon,
            second=new.recognize.second,
            sure=new.recognize.sure,
        )
        bundle = _fingerprint(new)
        if new.recognize != set_at_once or bundle != self._bundle:
            delegate = DelegateSelection(new.recognize.delegate)
            delegate.start()
            recognizer = _recognizer(new, delegate)
        else:
            known = self._recognition.alphabet or alphabet(new.recognize)
            check_expected(expect, known)
            words = words_of_config(new.recognize, known)
            if words:
                check_words(new.recognize)
        second = None
        if self._second and new.recognize.second not in ("", old.recognize.second):
            second = _second_reader(new)
        if not claim():
            return ""
        self._config, self._bundle, self._parts = new, bundle, wanted
        if tracker is not None:
            self._tracking.replace(tracker)
        if recognizer is not None:
            self._recognition.replace(recognizer)
            self._delegate = delegate
            words = recognizer.words
        else:
            if new.recognize != old.recognize:
                self._recognition.set_endpoint(EndpointConfig(absent_s, rest_s))
            if words != self._words:
                self._recognition.set_words(words)
        if self._second:
            self._second.sure = new.recognize.sure
            if second is not None:
                self._second.replace(second)
        self._words_asked = False
        self._know(words)
        self._session.expect(expect)
        if camera != old.camera:
            self._camera.change(camera)
            self._recognition.cut()
        for stage in (self._tracking, self._recognition):
            stage.wait_for_turn(REPLACE_S)
        sections = ("publish", "service")
        late = [f"[{name}]" for name in sections if getattr(new, name) != getattr(old, name)]
        if bool(new.recognize.second) != bool(self._second):
            late.append("recognize.second")
        return f" ({' and '.join(late)} at the next start)" if late else ""


def refusals(config: Config) -> Iterator[UserError]:
    """Why a reload would refuse ``config``; everything is opened and closed that it would open."""
    delegate = DelegateSelection("off")
    parts: tuple[Callable[[], object], ...] = (
        lambda: _check_source(config),
        lambda: _tracker(config),
        lambda: _recognizer(config, delegate),
        lambda: _second_reader(config) if config.recognize.second else None,
    )
    for part in parts:
        try:
            part()
        except UserError as error:
            yield error
        except Exception as error:
            log.warning("unforeseen", exc_info=True)
            refused = UserError(f"{type(error).__name__}: {first_line(error)}")
            refused.__cause__ = error
            yield refused


def _check_source(config: Config) -> None:
    camera = config.camera
    check(camera.source, size=(camera.width, camera.height), fps=camera.fps)


def _tracker(config: Config) -> Tracker:
    if carries_landmarks(config.camera.source):
        return open_replay(config.landmarks, _parts(config))
    with memory.building(), unusable("the landmark models"):
        return open_tracker(config.landmarks, _parts(config))


def _parts(config: Config) -> Parts:
    with unusable(f"bundle {config.recognize.bundle}"):
        return parts(config.recognize)


def _recognizer(config: Config, delegate: DelegateSelection) -> Reader:
    with memory.building(), unusable(f"bundle {config.recognize.bundle}"):
        keep = bool(config.recognize.second)
        return open_recognizer(config.recognize, delegate, keep_landmarks=keep)


def _second_reader(config: Config) -> SecondReader:
    from edge.recognize.second_reader import open_second

    recognize = config.recognize
    with memory.building(), unusable(f"bundle {recognize.second}"):
        return open_second(recognize.second, recognize.threads, recognize.expect)


def _fingerprint(config: Config) -> str:
    with unusable(f"bundle {config.recognize.bundle}"):
        return fingerprint(config.recognize)
