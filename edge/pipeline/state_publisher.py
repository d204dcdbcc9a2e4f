"""From what the stages report to the daemon's state and texts."""

from __future__ import annotations

import time
from collections.abc import Callable

from edge.events import Published, Session
from edge.landmarks import Landmarks
from edge.pipeline.camera_stage import CameraStatus
from edge.pipeline.hand_monitor import HandMonitor
from edge.pipeline.picture_monitor import Fault
from edge.pipeline.statistics import PipelineStatistics
from edge.pipeline.texts import text_event
from edge.recognize import Hypothesis

_FAULTS: dict[Fault, str] = {
    "": "",
    "black": "the picture is black: is the lens covered?",
    "same": "the camera gives the same picture over and over",
}


class StatePublisher:
    """What the camera and recognition stages call; any thread may."""

    def __init__(
        self,
        session: Session,
        statistics: PipelineStatistics,
        camera: Callable[[], CameraStatus],
        dropped: Callable[[], int],
        wait_for_readers: Callable[[], None],
        read: Callable[[Landmarks], None] = lambda landmarks: None,
    ) -> None:
        """
        Args:
            session: where states and texts are published.
            statistics: gets each frame that has passed every stage.
            camera: the status of the source.
            dropped: frames dropped between the stages so far.
            wait_for_readers: called before a text is published; may block where a recording is
                read and no text may be lost.
            read: gets the landmarks of each frame that has passed every stage.
        """
        self._session = session
        self._statistics = statistics
        self._camera = camera
        statistics.count_dropped(dropped)
        self._wait_for_readers = wait_for_readers
        self._read = read
        self._look = HandMonitor()

    def camera_changed(self, status: CameraStatus) -> None:
        """The camera was lost, or its pictures became faulty or normal again."""
        if status.lost:
            self._session.set_state("camera_lost", status.lost, error=True)
        elif self._session.actual_state != "camera_lost":
            fault = _FAULTS[status.fault]
            self._session.set_state(self._session.actual_state, fault, error=bool(fault))

    def frame(self, landmarks: Landmarks) -> None:
        """A frame has passed every stage. One from before a loss does not mean recovery."""
        hand = bool(landmarks.hands)
        self._statistics.add_frame(landmarks.captured, time.monotonic(), hand)
        camera = self._camera()
        if not camera.lost and landmarks.captured > camera.lost_at:
            self._session.set_state(
                "reading" if hand else "searching", _FAULTS[camera.fault], see=self._look(landmarks)
            )
        self._read(landmarks)

    def text(self, hypothesis: Hypothesis) -> Published | None:
        self._wait_for_readers()
        published = self._session.publish(text_event(hypothesis, time.monotonic()))
        if published and hypothesis.final and not hypothesis.chars:
            self._session.unsure("what was spelled is none of the words")
        return published

    def end_segment(self) -> None:
        self._session.end_segment()
