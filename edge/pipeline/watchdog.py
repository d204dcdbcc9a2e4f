"""Tells systemd that the daemon is ready, and that it lives: by progress, never by a timer."""

from __future__ import annotations

from edge.outputs.socket import Server
from edge.pipeline.camera_stage import Watch
from edge.pipeline.stage import Stage
from edge.system.notify import Notifier

FEEDS = 3
"""Times the watchdog is fed in its period: one may fail, and the next is not too late."""


class Pulse:
    """Called with the time and the frames read so far; feeds the watchdog if there is progress.

    Progress is a frame that has passed every stage since the last feeding, or a camera that is
    declared lost or being opened (`Watch` bounds how long) while the loops of the other stages
    still turn. The server's thread, which may rightly have nothing to do, must have answered a
    nudge besides. Ready is the first frame, or the first time that the camera is lost: a service
    that waits for its camera is up, and says so in its status line.
    """

    def __init__(
        self, notifier: Notifier, watch: Watch, others: tuple[Stage, ...], server: Server
    ) -> None:
        self._notifier = notifier
        self._watch = watch
        self._others = others
        self._server = server
        self._ready = False
        self._fed = 0.0
        self._frames = 0
        self._beats = self._turns()
        self._nudge()

    def __call__(self, now: float, frames: int) -> None:
        if not (self._notifier.active and self._progress(frames)):
            return
        if not self._ready:
            if not (frames or self._watch.lost):
                return
            self._ready = True
            self._notifier.ready()
        due = self._notifier.period and now - self._fed >= self._notifier.period / FEEDS
        if due and self._server.turns > self._served and self._notifier.watchdog():
            self._fed, self._frames, self._beats = now, frames, self._turns()
            self._nudge()

    def _progress(self, frames: int) -> bool:
        if frames > self._frames:
            return True
        # A loop that began to turn may hang in its first round: it has turned after the second.
        turned = all(now > then + 1 for now, then in zip(self._turns(), self._beats, strict=True))
        return bool(self._watch.lost or self._watch.opening) and turned

    def _nudge(self) -> None:
        self._served = self._server.turns
        self._server.nudge()

    def _turns(self) -> tuple[int, ...]:
        return tuple(stage.beats for stage in self._others)
