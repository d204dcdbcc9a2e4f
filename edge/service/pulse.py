"""Tells systemd that the daemon is ready, and that it lives: by progress, never by a timer."""

from __future__ import annotations

from edge.service.notify import Notifier
from edge.service.stage import Stage
from edge.service.watch import Watch


class Pulse:
    """Called with the time and the frames read so far; feeds the watchdog if there is progress.

    Progress is a frame that has passed every stage since the last feeding, or a camera declared
    lost and being got back while the loops of the other stages still turn. Ready is either of
    the two for the first time: a service that waits for its camera is up, and says so in its
    status line.
    """

    def __init__(self, notifier: Notifier, watch: Watch, others: tuple[Stage, ...]) -> None:
        self._notifier = notifier
        self._watch = watch
        self._others = others
        self._ready = False
        self._fed = 0.0
        self._frames = 0
        self._beats = self._turns()

    def __call__(self, now: float, frames: int) -> None:
        if not (self._notifier.active and self._progress(frames)):
            return
        if not self._ready:
            self._ready = True
            self._notifier.ready()
        if self._notifier.period and now - self._fed >= self._notifier.period / 2:
            self._notifier.watchdog()
            self._fed, self._frames, self._beats = now, frames, self._turns()

    def _progress(self, frames: int) -> bool:
        if frames > self._frames:
            return True
        # A loop that began to turn may hang in its first round: it has turned after the second.
        turned = all(now > then + 1 for now, then in zip(self._turns(), self._beats, strict=True))
        return bool(self._watch.lost) and turned

    def _turns(self) -> tuple[int, ...]:
        return tuple(stage.beats for stage in self._others)
