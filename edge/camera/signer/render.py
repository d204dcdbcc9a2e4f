"""A posed hand in front of a camera: joint angles in, picture and true joints out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.camera.signer import creases, raster, shading, skeleton
from edge.camera.signer.appearance import Appearance, background
from edge.camera.signer.capsules import capsules
from edge.camera.signer.skeleton import Array


@dataclass(frozen=True, slots=True)
class Pose:
    """A hand at one moment.

    Attributes:
        angles: joint angles [`edge.camera.signer.skeleton.JOINT_ANGLES`].
        rotation: rotation matrix [3, 3] of the hand.
        shift: position of the wrist, in palm lengths to the right of and below its rest.
    """

    angles: Array
    rotation: Array
    shift: Array


class Renderer:
    """Draws poses of a signer of one ``appearance`` into pictures of ``size`` (width, height)."""

    def __init__(self, appearance: Appearance, size: tuple[int, int]) -> None:
        self.appearance, self.size = appearance, size
        self.palm = appearance.scale * size[1]
        self._room = background(appearance, size)
        rng = np.random.default_rng([appearance.seed, 3])
        self._grain = _grain(rng, self.palm)
        noise = _noise(rng, appearance.noise, size)
        self._brighter = np.asarray(np.clip(noise, 0, 255), np.uint8)
        self._darker = np.asarray(np.clip(-noise, 0, 255), np.uint8)
        self._rng = rng

    def origin(self, pose: Pose) -> tuple[float, float]:
        """Position of the wrist, pixels."""
        x = self.appearance.place[0] * self.size[0] + pose.shift[0] * self.palm
        y = self.appearance.place[1] * self.size[1] + pose.shift[1] * self.palm
        return float(x), float(y)

    def joints(self, pose: Pose) -> NDArray[np.float32]:
        """The true joints [`HAND_POINTS`, 3], image-normalised (z / width, 0 at the wrist)."""
        hand = skeleton.bones(pose.angles).joints @ pose.rotation.T * self.palm
        hand[:, :2] += self.origin(pose)
        width, height = self.size
        return np.asarray(hand / (width, height, width), np.float32)

    def draw(self, pose: Pose | None) -> NDArray[np.uint8]:
        """The picture, RGB uint8 [h, w, 3]; without a pose, the empty room."""
        import cv2

        picture = self._room.copy()
        if pose is not None:
            self._hand(pose, picture)
        y, x = self._rng.integers(0, 64, 2)
        part = (slice(y, y + self.size[1]), slice(x, x + self.size[0]))
        cv2.add(picture, self._brighter[part], dst=picture)
        cv2.subtract(picture, self._darker[part], dst=picture)
        return picture

    def _hand(self, pose: Pose, picture: NDArray[np.uint8]) -> None:
        """Draw the hand and its arm over ``picture``."""
        import cv2

        bones = skeleton.bones(pose.angles)
        elbow = skeleton.forearm(pose.rotation, self.appearance.elbow)
        parts = capsules(bones, pose.rotation, elbow, self.appearance.cuff)
        origin = self.origin(pose)
        seen = raster.surface(parts, origin, self.palm, self.size)
        if seen is None:
            return
        height, width = seen.layer.shape
        lines = creases.Creases(creases.lines(bones, pose.rotation), origin, self.palm)
        gx, gy = int(seen.left - origin[0]) % 256, int(seen.top - origin[1]) % 256
        grain = self._grain[gy : gy + height, gx : gx + width]
        region = picture[seen.top : seen.top + height, seen.left : seen.left + width]
        box = region.copy()
        shading.shade(seen, self.appearance, self.palm, grain, lines, box)
        # The room is out of focus already, so one blur of both stands for the lens.
        region[:] = cv2.GaussianBlur(box, (0, 0), self.appearance.lens * self.size[1] / 480)


def _grain(rng: np.random.Generator, palm: float) -> NDArray[np.float32]:
    """Mottled skin that repeats every 256 pixels, around 0."""
    import cv2

    tile = rng.normal(0, 1, (256, 256)).astype(np.float32)
    wide = np.tile(tile, (3, 3))
    mottle = cv2.GaussianBlur(wide, (0, 0), 0.09 * palm) * (0.09 * palm) * 0.10
    pores = cv2.GaussianBlur(wide, (0, 0), 0.9) * 0.05
    one = (mottle + pores)[256:512, 256:512]
    return np.tile(one, (6, 6))


def _noise(rng: np.random.Generator, sigma: float, size: tuple[int, int]) -> NDArray[np.int16]:
    """Sensor noise a little larger than the picture, so that each frame takes another part."""
    import cv2

    noise = rng.normal(0, sigma, (size[1] + 64, size[0] + 64, 3)).astype(np.float32)
    chroma = cv2.GaussianBlur(noise, (3, 3), 0)
    return np.rint(0.6 * noise + 0.8 * chroma).astype(np.int16)
