"""The tracker of recordings: the landmarks are there, only which hand is which is to be found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.camera.frame import Frame
from edge.landmarks.area import Area
from edge.landmarks.body import Face, Pose
from edge.landmarks.hand import Hand, Landmarks

SIDES = {"left_hand": 0.25, "right_hand": 0.75}
"""`Hand.right` of each: a recording says which, not how sure that was."""

SAME_HAND = 1.0
"""Mean distance of the points, in widths or heights of the hand, whichever is larger: what is
further away in the next frame is another hand. `edge.recognize.hand_choice` looks closer."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """A hand of a frame; its places [21, 2] are in pixels."""

    points: Floats
    right: float
    places: Floats

    @property
    def size(self) -> float:
        return float(np.ptp(self.places, axis=0).max())


class Replay:
    """Gives the landmarks that frames carry; needs no model.

    A hand keeps its track while it is in successive frames, whichever side it is said to be.
    """

    def __init__(self, hands: int = 1, area: Area | None = None) -> None:
        """
        Args:
            hands: at most so many: those that are followed, then the largest.
            area: where hands are seen; None: everywhere.
        """
        self._wanted = hands
        self._area = area
        self._last_number = 0
        self._tracks: dict[int, _Seen] = {}

    def reset(self) -> None:
        """Forget all hands, as before the first frame; track numbers are not used again."""
        self._tracks = {}

    def __call__(self, frame: Frame) -> Landmarks:
        """What ``frame`` carries; nothing where it carries nothing."""
        height, width = frame.pixels.shape[:2]
        seen = self._seen(frame, width, height)
        tracks: dict[int, _Seen] = {}
        for number, before in self._tracks.items():
            nearest = min(seen, key=lambda one: _distance(one, before), default=None)
            if nearest and _distance(nearest, before) < SAME_HAND * max(nearest.size, before.size):
                tracks[number] = nearest
                seen.remove(nearest)
        for new in sorted(seen, key=lambda one: -one.size)[: self._wanted - len(tracks)]:
            self._last_number += 1
            tracks[self._last_number] = new
        self._tracks = tracks
        hands = tuple(Hand(one.points, 1.0, one.right, n) for n, one in tracks.items())
        return Landmarks(
            hands, (width, height), frame.time, frame.captured, frame.index, *_body(frame)
        )

    def _seen(self, frame: Frame, width: int, height: int) -> list[_Seen]:
        scale = np.array([width, height], np.float32)
        parts = frame.parts or {}
        seen = [
            _Seen(parts[side], right, parts[side][:, :2] * scale)
            for side, right in SIDES.items()
            if side in parts
        ]
        area = self._area
        return [one for one in seen if area is None or area.holds(one.places, width, height)]


def _body(frame: Frame) -> tuple[Pose | None, Face | None]:
    """The pose and the face that ``frame`` carries; a point without numbers is not visible."""
    parts = frame.parts or {}
    pose = face = None
    if "pose" in parts:
        visibility = np.array(np.isfinite(parts["pose"][:, :2]).all(1), np.float32)
        pose = Pose(parts["pose"], visibility, frame.time)
    if "face" in parts:
        face = Face(parts["face"], 1.0)
    return pose, face


def _distance(one: _Seen, other: _Seen) -> float:
    return float(np.linalg.norm(one.places - other.places, axis=1).mean())
