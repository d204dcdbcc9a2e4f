"""Whether the camera stage hangs: drivers can, in every call."""

from __future__ import annotations

from edge.camera import CameraStuck
from edge.pipeline.camera_stage import Activity, CameraStage

OPEN_TIMEOUT_S = 30.0
"""Seconds a camera may take to open."""

CLOSE_TIMEOUT_S = 2.5
"""Seconds a camera may take to close; after that, only the end of the process frees it."""

SUSPENDED_S = 1.0
"""Seconds between two checks after which the whole process was stopped in between."""


class HangMonitor:
    """Checked several times a second, in a thread that does not depend on the camera."""

    def __init__(self, camera: CameraStage) -> None:
        self._camera = camera
        self._checked_at = 0.0
        self._resumed_at = 0.0

    def check(self, now: float) -> None:
        """Give up a camera that gives no frames; ``now`` is in monotonic seconds.

        Raises:
            CameraStuck: it hangs, and nothing but the end of the process helps.
        """
        if now - self._checked_at > SUSPENDED_S:
            self._resumed_at = now
        self._checked_at = now
        camera = self._camera
        activity, since = camera.activity
        elapsed = now - max(since, self._resumed_at)
        name = camera.status.source
        if activity is Activity.OPENING and elapsed > OPEN_TIMEOUT_S:
            raise CameraStuck(f"{name} does not open")
        if activity is Activity.CLOSING and elapsed > CLOSE_TIMEOUT_S:
            raise CameraStuck(f"{name} does not close")
        if activity is not Activity.READING or elapsed <= camera.frame_timeout_s:
            return
        if not camera.given_up:
            camera.give_up()
        elif elapsed > camera.frame_timeout_s + CLOSE_TIMEOUT_S:
            raise CameraStuck(f"{name} gives no frames and does not close")
