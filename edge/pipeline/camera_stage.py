"""The camera's stage: opens the source, reads it, and gets a lost camera back."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from edge.camera import Camera, CameraAbsent, CameraLost, CameraStuck, Frame, open_camera
from edge.config import CameraConfig
from edge.errors import UserError
from edge.pipeline.backoff import Backoff
from edge.pipeline.picture_monitor import Fault, Judge
from edge.pipeline.slot import Slot
from edge.pipeline.stage import Ended, Stage

log = logging.getLogger(__name__)

FROZEN_S = 1.5
"""Seconds without a frame after which a camera is lost."""

FIRST_S = 4.0
"""The same, for the first frame after opening."""

CLOSE_S = 2.5
"""Seconds a camera may take to let go; one that takes longer is left to the end of the process."""

OPEN_S = 30.0
"""Seconds a camera may take to open."""

PAUSED_S = 1.0
"""Seconds between two looks of the supervisor after which the process was stopped meanwhile."""

STEADY_S = 10.0
"""Seconds of frames after which a camera counts as sound, and the next try comes soon again."""


class Watch(Stage):
    """Puts the frames of a source into a slot.

    A camera (`Camera.device`) that is lost or absent is declared so and opened again, with
    backoff, for ever; any other source that cannot be opened is a `UserError`. What can hang is
    watched from outside by `check`.

    Attributes:
        source, live: `Camera.name` and `Camera.live`; what was asked for, until it is open.
        opened: whether a source has been opened, or found absent.
        lost: why there is no camera now; empty where there is one.
        lost_at: monotonic seconds since when; the frames of before are no sign of life.
        fault: what is wrong with its pictures.
        restarts: times a lost camera was opened again.
        judge: counts black and repeated frames.
    """

    def __init__(
        self,
        camera: CameraConfig,
        frames: Slot[Frame],
        lossless: Callable[[bool], None],
        changed: Callable[[], None],
        ended: Ended,
        after: Stage,
        *,
        once: bool = False,
        demo: bool = True,
    ) -> None:
        """
        Args:
            camera: what to open.
            frames: filled, and closed at the end.
            lossless: told of each source whether every frame of it is to be read.
            changed: `lost`, `fault` or the source have changed; called in any thread.
            ended, after: as in `Stage`.
            once: end when the source ends, or when the camera is lost.
            demo: as in `edge.camera.open_camera`, for the first time; what took the place of a
                lost camera would be taken for it.
        """
        super().__init__("camera", ended, after)
        self.source = camera.source
        self.live = True
        self.opened = False
        self.lost = ""
        self.lost_at = 0.0
        self.fault: Fault = ""
        self.restarts = 0
        self.judge = Judge()
        self._camera = camera
        self._frames = frames
        self._lossless = lossless
        self._changed = changed
        self._once = once
        self._demo = demo
        self._backoff = Backoff()
        self._wake = threading.Event()
        self._asked: CameraConfig | None = None
        self._open: Camera | None = None
        self._doing: tuple[str, float] = ("waiting", 0.0)
        self._patience = FIRST_S
        self._given_up = ""  # why, once it is
        self._checked = self._resumed = 0.0
        self._closing = threading.Lock()
        self._waking: threading.Thread | None = None

    def change(self, camera: CameraConfig) -> None:
        """Close the source and open this one; returns at once."""
        self._asked = camera
        self._wake.set()

    def stop(self) -> None:
        super().stop()
        self._wake.set()
        self._wake_reader()

    def run(self) -> None:
        while not self.stopping.is_set():
            self._adopt()
            try:
                source = self._opened()
            except CameraAbsent as absent:
                if self._once:
                    raise
                self._retry(str(absent))
                continue
            try:
                frames, reason = self._read(source), ""
            except CameraLost as lost:
                if self._once:
                    raise
                reason = self._given_up or str(lost)
            finally:
                self._do("closing")
                self._close(source)
            if reason:
                self._retry(reason)
            elif self._once and not self._asked:
                return
            elif not frames and not self._asked and not self.stopping.is_set():
                raise UserError(f"{source.name} has no frames")

    def tear_down(self) -> None:
        self._do("waiting")
        self._frames.close()

    @property
    def opening(self) -> bool:
        """A source is being opened, which may take `OPEN_S`."""
        return self._doing[0] == "opening"

    def check(self, now: float) -> None:
        """Look whether the stage hangs; called several times a second in another thread.

        Raises:
            CameraStuck: it does, and nothing but the end of the process helps.
        """
        if now - self._checked > PAUSED_S:
            self._resumed = now  # nobody hangs: the whole process was stopped
        self._checked = now
        doing, since = self._doing
        held = now - max(since, self._resumed)
        source = self._open
        if doing == "opening" and held > OPEN_S:
            raise CameraStuck(f"{self.source} does not open")
        if doing == "closing" and held > CLOSE_S:
            raise CameraStuck(f"{self.source} does not let go")
        if doing != "reading" or held <= self._patience:
            return
        if self._given_up:
            if held > self._patience + CLOSE_S:
                raise CameraStuck(f"{self.source} gives no frames and does not let go")
        elif source is not None and source.device:
            self._given_up = self.lost or f"{self.source} gives no frames"
            if not self.lost:
                self._lose(self._given_up)
            self._wake_reader()

    def _opened(self) -> Camera:
        camera = self._camera
        self._do("opening")
        source = open_camera(
            camera.source, size=(camera.width, camera.height), fps=camera.fps, demo=self._demo
        )
        self.source, self.live, self.opened = source.name, source.live, True
        self._demo = self._demo and not source.device
        self._lossless(not source.live)
        self._patience = FIRST_S
        self._given_up = ""
        self._open = source
        self._changed()
        return source

    def _read(self, source: Camera) -> int:
        """All frames of ``source``; how many there were. Raises CameraLost."""
        shown, first = 0, time.monotonic()
        while not self.stopping.is_set() and not self._asked:
            self._do("reading")
            frame = source.read()
            if self._given_up:
                raise CameraLost(self._given_up)
            if frame is None:
                return shown
            self._do("handing on")
            self._patience = FROZEN_S
            shown += 1
            if self.lost:  # the state stays so until a frame has passed every stage
                self.lost = ""
                self.restarts += 1
            if source.device:
                self._look(frame)
                if time.monotonic() - first > STEADY_S:
                    self._backoff.reset()
            self._frames.put(frame)
        return shown

    def _look(self, frame: Frame) -> None:
        fault = self.judge(frame)
        if fault != self.fault:
            self.fault = fault
            self._changed()

    def _lose(self, reason: str) -> None:
        self.lost, self.lost_at = reason, time.monotonic()
        self.fault = ""
        self.opened = True
        log.warning("%s; trying again", reason)
        self._changed()

    def _retry(self, reason: str) -> None:
        """Declare the camera lost, and wait for the next try."""
        if reason != self.lost:
            self._lose(reason)
        self._do("waiting")
        self._wake.wait(self._backoff.next())

    def _adopt(self) -> None:
        """Take the settings asked for, if any."""
        self._wake.clear()
        if self.stopping.is_set():
            self._wake.set()
        if asked := self._asked:
            self._camera, self._asked = asked, None
            self.source = asked.source
            self._backoff.reset()

    def _close(self, source: Camera) -> None:
        with self._closing:  # nobody opens again what another thread still closes
            source.close()
        self._open = None

    def _wake_reader(self) -> None:
        """End a `read` in the stage's thread by closing its source, in a thread of its own."""
        source = self._open
        if source is not None and not (self._waking and self._waking.is_alive()):
            self._waking = threading.Thread(target=self._give_up, args=(source,), daemon=True)
            self._waking.start()

    def _give_up(self, source: Camera) -> None:
        try:
            self._close(source)
        except CameraLost as stuck:
            log.warning("%s", stuck)

    def _do(self, what: str) -> None:
        self._doing = (what, time.monotonic())
        self.beats += 1
