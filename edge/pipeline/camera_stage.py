"""The camera stage: opens the source, reads it, and reopens a camera that was lost."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from edge.camera import Camera, CameraAbsent, CameraLost, CameraStuck, Frame, open_camera
from edge.config import CameraConfig
from edge.errors import UserError
from edge.pipeline.backoff import Backoff
from edge.pipeline.picture_monitor import Fault, PictureMonitor
from edge.pipeline.slot import Slot
from edge.pipeline.stage import Ended, Stage
from edge.pipeline.suspend_monitor import SuspendMonitor

log = logging.getLogger(__name__)

FRAME_TIMEOUT_S = 1.5
"""Seconds without a frame after which a camera is lost."""

FIRST_FRAME_TIMEOUT_S = 4.0
"""The same, for the first frame after opening."""

STEADY_S = 10.0
"""Seconds of frames after which a camera counts as working, and backoff starts from its first."""


class Activity(Enum):
    """What the stage's thread is doing."""

    WAITING = "waiting"
    OPENING = "opening"
    READING = "reading"
    PASSING_ON = "passing on"
    CLOSING = "closing"


@dataclass(frozen=True, slots=True)
class CameraStatus:
    """What is known of the source.

    Attributes:
        source, live: `Camera.name` and `Camera.live`; what was asked for, until it is open.
        lost: why there is no camera now; empty where there is one.
        lost_at: monotonic seconds since when; frames from before do not mean that it is back.
        fault: what is wrong with its pictures.
    """

    source: str
    live: bool
    lost: str
    lost_at: float
    fault: Fault


class _Suspended(Exception):
    """The machine was suspended while a camera was open."""


class CameraStage(Stage):
    """Puts the frames of a source into a slot.

    A camera (`Camera.device`) that is lost or absent is declared so and opened again, with
    backoff, without limit; any other source that cannot be opened is a `UserError`. What can hang
    is watched from outside: `edge.pipeline.hang_monitor`.

    In a suspend of the machine time stands still for the source, not for who signs: what comes
    after it does not go on with what was before, and a camera is opened again.

    Attributes:
        restarts: times a lost camera was opened again.
        skipped: frames that the sources have skipped, by the gaps in `Frame.index`.
        pictures: counts black and repeated frames.
    """

    def __init__(
        self,
        camera: CameraConfig,
        frames: Slot[Frame],
        changed: Callable[[CameraStatus], None],
        ended: Ended,
        after: Stage,
        *,
        opened: Callable[[Camera], None] = lambda source: None,
        interrupted: Callable[[], None] = lambda: None,
        once: bool = False,
        demo: bool = True,
    ) -> None:
        """
        Args:
            camera: what to open.
            frames: filled, and closed at the end.
            changed: the status has changed; called in any thread.
            ended, after: as in `Stage`.
            opened: gets each source that has been opened, before its first frame.
            interrupted: the frames to come do not go on with those before; called in the stage's
                thread.
            once: end when the source ends, or when the camera is lost.
            demo: as in `edge.camera.open_camera`, for the first opening only: the text of a demo
                that replaces a lost camera would be taken for somebody's.
        """
        super().__init__("camera", ended, after)
        self.restarts = 0
        self.skipped = 0
        self.pictures = PictureMonitor()
        self._camera = camera
        self._source_name = camera.source
        self._live = True
        self._lost = ""
        self._lost_at = 0.0
        self._fault: Fault = ""
        self._frames = frames
        self._changed = changed
        self._opened = opened
        self._interrupted = interrupted
        self._once = once
        self._demo = demo
        self._backoff = Backoff()
        self._wake = threading.Event()
        self._requested: CameraConfig | None = None
        self._source: Camera | None = None
        self._activity = (Activity.WAITING, 0.0)
        self._frame_timeout_s = FIRST_FRAME_TIMEOUT_S
        self._given_up = ""
        self._closing = threading.Lock()
        self._closer: threading.Thread | None = None

    @property
    def status(self) -> CameraStatus:
        """Now; any thread may ask."""
        return CameraStatus(self._source_name, self._live, self._lost, self._lost_at, self._fault)

    @property
    def activity(self) -> tuple[Activity, float]:
        """What the thread does, and since when in monotonic seconds."""
        return self._activity

    @property
    def frame_timeout_s(self) -> float:
        """Seconds in which the next frame must come."""
        return self._frame_timeout_s

    @property
    def given_up(self) -> bool:
        """`give_up` was called for the open source."""
        return bool(self._given_up)

    def change(self, camera: CameraConfig) -> None:
        """Close the source and open this one; returns at once."""
        self._requested = camera
        self._wake.set()

    def give_up(self) -> None:
        """The open camera gives no frames: declare it lost, and end the read that hangs."""
        source = self._source
        if source is None or not source.device:
            return
        self._given_up = self._lost or f"{self._source_name} gives no frames"
        if not self._lost:
            self._lose(self._given_up)
        self._interrupt_read()

    def stop(self) -> None:
        super().stop()
        self._wake.set()
        self._interrupt_read()

    def run(self) -> None:
        while not self.stopping.is_set():
            self._adopt_request()
            try:
                source = self._open()
            except CameraAbsent as absent:
                if self._once:
                    raise
                self._retry(str(absent))
                continue
            try:
                frames, reason = self._read(source), ""
            except _Suspended as suspended:
                reason = str(suspended)
            except CameraLost as lost:
                if self._once:
                    raise
                reason = self._given_up or str(lost)
            finally:
                self._begin(Activity.CLOSING)
                self._close(source)
            if reason:
                self._retry(reason)
            elif self._once and not self._requested:
                return
            elif not frames and not self._requested and not self.stopping.is_set():
                raise UserError(f"{source.name} has no frames")

    def tear_down(self) -> None:
        self._begin(Activity.WAITING)
        self._frames.close()

    def _open(self) -> Camera:
        camera = self._camera
        self._begin(Activity.OPENING)
        source = open_camera(
            camera.source, size=(camera.width, camera.height), fps=camera.fps, demo=self._demo
        )
        self._source_name, self._live = source.name, source.live
        self._demo = self._demo and not source.device
        self._frames.set_lossless(not source.live)
        self._frame_timeout_s = FIRST_FRAME_TIMEOUT_S
        self._given_up = ""
        self._source = source
        self._opened(source)
        return source

    def _read(self, source: Camera) -> int:
        """Pass on all frames of ``source``; how many there were. Raises CameraLost."""
        count, first = 0, time.monotonic()
        suspends = SuspendMonitor()
        following = None
        while not self.stopping.is_set() and not self._requested:
            self._begin(Activity.READING)
            frame = source.read()
            if self._given_up:
                raise CameraLost(self._given_up)
            if frame is None:
                return count
            self._begin(Activity.PASSING_ON)
            if source.live and (suspended_s := suspends.suspended_s()):
                self._resume(source, suspended_s)
            if following is not None:
                self.skipped += max(0, frame.index - following)
            following = frame.index + 1
            self._frame_timeout_s = FRAME_TIMEOUT_S
            count += 1
            if self._lost:  # the state changes when a frame has passed every stage
                self._lost = ""
                self.restarts += 1
            if source.device:
                self._examine(frame)
                if time.monotonic() - first > STEADY_S:
                    self._backoff.reset()
            self._frames.put(frame)
        return count

    def _resume(self, source: Camera, suspended_s: float) -> None:
        """The machine was suspended before this frame. Raises _Suspended for a camera."""
        reason = f"the machine was suspended for {suspended_s:.0f} s"
        self._interrupted()
        if source.device:
            raise _Suspended(reason)
        log.info("%s", reason)

    def _examine(self, frame: Frame) -> None:
        fault = self.pictures(frame)
        if fault != self._fault:
            self._fault = fault
            self._changed(self.status)

    def _lose(self, reason: str) -> None:
        self._lost, self._lost_at = reason, time.monotonic()
        self._fault = ""
        log.warning("%s; trying again", reason)
        self._changed(self.status)

    def _retry(self, reason: str) -> None:
        """Declare the camera lost, and wait before the next attempt."""
        if reason != self._lost:
            self._lose(reason)
        self._begin(Activity.WAITING)
        self._wake.wait(self._backoff.next())

    def _adopt_request(self) -> None:
        """Take the settings that `change` asked for, if any."""
        self._wake.clear()
        if self.stopping.is_set():
            self._wake.set()
        if requested := self._requested:
            self._camera, self._requested = requested, None
            self._source_name = requested.source
            self._backoff.reset()

    def _close(self, source: Camera) -> None:
        with self._closing:  # nobody reopens what another thread is still closing
            source.close()
        self._source = None

    def _interrupt_read(self) -> None:
        """End a `read` in the stage's thread by closing its source, in a thread of its own."""
        source = self._source
        if source is not None and not (self._closer and self._closer.is_alive()):
            self._closer = threading.Thread(target=self._close_stuck, args=(source,), daemon=True)
            self._closer.start()

    def _close_stuck(self, source: Camera) -> None:
        try:
            self._close(source)
        except CameraStuck as stuck:
            log.warning("%s", stuck)

    def _begin(self, activity: Activity) -> None:
        self._activity = (activity, time.monotonic())
        self.turns += 1
