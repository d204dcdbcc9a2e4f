"""The answer to a status request."""

from __future__ import annotations

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

    def status(self, config: Config, delegate: DelegateSelection, clients: int) -> Status:
        """Now; may be called in any thread, and does not block."""
        figures, pictures = self._statistics.figures(), self._camera.pictures
        return replace(
            self._session.status(),
            frames=figures.frames,
            dropped_tracked=self._landmarks.dropped,
            black=pictures.black,
            same=pictures.same,
            restarts=self._camera.restarts,
            clients=clients,
            rss_mb=board.rss_mb(),
            temperature_c=board.temperature_c(),
            throttled=board.throttled(),
            delegate=delegate.delegate.name,
            delegate_reason=delegate.delegate.reason,
            bundle=config.recognize.bundle,
            profile=choose(config.landmarks.profile)[0],
            source=self._camera.status.source,
        )
