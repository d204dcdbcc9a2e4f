"""A camera that needs no hardware: a rendered hand that fingerspells a text."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from edge.camera.frame import Frame
from edge.camera.pace import Pace
from edge.camera.signer.appearance import Appearance
from edge.camera.signer.motion import Motion, Spelled
from edge.camera.signer.render import Renderer
from edge.errors import UserError


class Signer:
    """Fingerspells ``text`` at ``speed`` letters per second, as `edge.camera.contract.Camera`.

    With ``pace`` frames come in real time, ``fps`` a second, and late ones are skipped; without,
    they come as fast as they can be drawn, and their time advances by 1 / fps. The same
    ``seed`` gives the same signer: skin, light, background, size, place, noise, rhythm.

    Attributes:
        name, live, device: as in `edge.camera.contract.Camera`.
        fps, size: frames per second of the time line; (width, height) of a frame.
        palm: pixels of a palm length, wrist to knuckle of the middle finger.
        duration: seconds of the clip; the hand is out of view at both ends.
        spelled: the true start and end of each character, seconds from the first frame: add
            `began` for the camera's time line.
        began: time of the first frame on the camera's time line; None before it is read.

    Raises:
        UserError: the text cannot be spelled, or a speed, rate or size out of range.
    """

    def __init__(
        self,
        text: str,
        *,
        speed: float = 3.0,
        seed: int = 0,
        fps: float = 30.0,
        size: tuple[int, int] = (640, 480),
        pace: bool = True,
    ) -> None:
        _within("speed", speed, 0.2, 12.0)
        _within("fps", fps, 1.0, 120.0)
        _within("seed", seed, 0, 2**31)
        _within("width", size[0], 160, 1920)
        _within("height", size[1], 120, 1440)
        self.name = f"signer:{text}"
        self.live = pace
        self.device = False
        self.fps, self.size = fps, size
        self.began: float | None = None
        appearance = Appearance.from_seed(seed)
        below = (1.0 - appearance.place[1]) / appearance.scale + 2.4
        self._motion = Motion(text, speed, seed, below, appearance.tilt)
        self._renderer = Renderer(appearance, size)
        self._pace = Pace(1.0 / fps, paced=pace)
        self.palm = self._renderer.palm
        self._next = 0
        self._closed = False
        self.duration = self._motion.duration
        self.spelled: tuple[Spelled, ...] = self._motion.spelled

    def read(self) -> Frame | None:
        """The next frame; None when the text has been spelled and the hand has left."""
        while True:
            index, moment = self._next, self._next / self.fps
            if self._closed or moment >= self.duration:
                return None
            self._next += 1
            if self._pace.admit(moment):
                break
        pixels = self._renderer.draw(self._motion.pose(moment))
        times = self._pace.wait()
        if times is None:
            return None
        if self.began is None:
            self.began = times[0] - moment
        return Frame(pixels, *times, index)

    def truth(self, moment: float) -> NDArray[np.float32] | None:
        """The true joints at ``moment`` seconds from the first frame, as in
        `edge.landmarks.hand.Hand.points`; None while the hand is out of the picture."""
        pose = self._motion.pose(moment)
        return None if pose is None else self._renderer.joints(pose)

    def close(self) -> None:
        """End the clip: `read` returns None from now on."""
        self._closed = True
        self._pace.stop()


def _within(what: str, value: float, low: float, high: float) -> None:
    if not (math.isfinite(value) and low <= value <= high):
        raise UserError(f"signer: {what} must be between {low:g} and {high:g}, not {value:g}")
