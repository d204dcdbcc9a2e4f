"""Reports to systemd that the daemon is ready and alive: by progress, never by a timer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from edge.pipeline.camera_stage import Activity, CameraStage
from edge.pipeline.stage import Stage
from edge.system.notify import Notifier

FEEDS_PER_PERIOD = 3
"""Times the watchdog is fed in its period: one may fail, and the next is not too late."""


class Responsive(Protocol):
    """A thread that may rightly have nothing to do, and answers when it is woken."""

    @property
    def turns(self) -> int: ...

    def wake(self) -> None: ...


class Watchdog:
    """Feeds systemd's watchdog where there is progress.

    Progress is a frame that has passed every stage since the last feeding. While the loops of the
    other stages still turn, it is also a frame that one of them dropped because it was too old (a
    machine with hardly any processor left reads nothing, and a restart would make that worse), or
    a camera that is declared lost or is being opened (`edge.pipeline.hang_monitor` bounds how
    long). The server's thread must have answered a wake-up besides. Ready is the first frame, or
    the first time that the camera is lost: a service that waits for its camera is up, and says so
    in its status line.
    """

    def __init__(
        self,
        notifier: Notifier,
        camera: CameraStage,
        others: tuple[Stage, ...],
        server: Responsive,
        stale: Callable[[], int] = lambda: 0,
    ) -> None:
        """``stale``: how many frames the stages have dropped because they were too old."""
        self._notifier = notifier
        self._camera = camera
        self._others = others
        self._server = server
        self._stale_now = stale
        self._ready = False
        self._fed_at = 0.0
        self._frames = 0
        self._stale = 0
        self._turns = self._turns_now()
        self._server_turns = 0

    def start(self) -> None:
        """The server runs: ask for a first sign of life."""
        self._wake_server()

    def check(self, now: float, frames: int) -> None:
        """Feed where that is due; ``frames`` have been read so far."""
        if not (self._notifier.active and self._progress(frames)):
            return
        if not self._ready:
            if not (frames or self._stale_now() or self._camera.status.lost):
                return
            self._ready = True
            self._notifier.ready()
        period = self._notifier.period
        due = period and now - self._fed_at >= period / FEEDS_PER_PERIOD
        if due and self._server.turns > self._server_turns and self._notifier.watchdog():
            self._fed_at, self._frames, self._turns = now, frames, self._turns_now()
            self._stale = self._stale_now()
            self._wake_server()

    def _progress(self, frames: int) -> bool:
        if frames > self._frames:
            return True
        # A loop that began to turn may hang in its first round: it has turned after the second.
        pairs = zip(self._turns_now(), self._turns, strict=True)
        turned = all(now > before + 1 for now, before in pairs)
        opening = self._camera.activity[0] is Activity.OPENING
        dropped = self._stale_now() > self._stale
        return bool(dropped or self._camera.status.lost or opening) and turned

    def _wake_server(self) -> None:
        self._server_turns = self._server.turns
        self._server.wake()

    def _turns_now(self) -> tuple[int, ...]:
        return tuple(stage.turns for stage in self._others)
