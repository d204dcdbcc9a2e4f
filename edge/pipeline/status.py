"""The answer to a status request."""

from __future__ import annotations

import time
from dataclasses import replace

from edge.config import Config
from edge.events import Session, Status
from edge.landmarks import Landmarks
from edge.landmarks.profile import choose
from edge.pipeline.camera_stage import CameraStage
from edge.pipeline.slot import Slot
from edge.pipeline.statistics import PipelineStatistics
from edge.recognize.delegate import DelegateSelection
from edge.system import board

BOARD_S = 0.25
"""Seconds for which the board's figures are reused: reading them opens a dozen files."""


class StatusReport:
    """Puts the daemon's `Status` together; nothing is measured until it is asked for."""

    def __init__(
        self,
        session: Session,
        camera: CameraStage,
        landmarks: Slot[Landmarks],
        statistics: PipelineStatistics,
    ) -> None:
        self._session = session
        self._camera = camera
        self._landmarks = landmarks
        self._statistics = statistics
        self._board: tuple[float, float | None, str | None] = (0.0, None, None)
        self._measured = -BOARD_S

    def status(self, config: Config, delegate: DelegateSelection, clients: int) -> Status:
        """Now; may be called in any thread, and does not block."""
        now = time.monotonic()
        if now - self._measured >= BOARD_S:
            self._measured = now
            self._board = board.rss_mb(), board.temperature_c(), board.throttled()
        rss_mb, temperature_c, throttled = self._board
        figures, pictures = self._statistics.figures(), self._camera.pictures
        return replace(
            self._session.status(),
            frames=figures.frames,
            dropped_tracked=self._landmarks.dropped,
            black=pictures.black,
            same=pictures.same,
            restarts=self._camera.restarts,
            clients=clients,
            rss_mb=rss_mb,
            temperature_c=temperature_c,
            throttled=throttled,
            delegate=delegate.delegate.name,
            delegate_reason=delegate.delegate.reason,
            bundle=config.recognize.bundle,
            profile=choose(config.landmarks.profile)[0],
            source=self._camera.status.source,
        )
