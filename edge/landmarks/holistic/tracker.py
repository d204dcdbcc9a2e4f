"""The holistic tracker: pose, face and both hands of one person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.camera.frame import Frame
from edge.landmarks import weights
from edge.landmarks.body import Face, Pose
from edge.landmarks.detector import Detector
from edge.landmarks.hand import Hand, Landmarks
from edge.landmarks.hand_model import HandModel, View
from edge.landmarks.holistic.face_model import FaceModel, FaceView
from edge.landmarks.holistic.follower import Follower
from edge.landmarks.holistic.locate import (
    FACE_DETECTOR,
    LEFT_HAND,
    RIGHT_HAND,
    FaceLocator,
    HandLocator,
)
from edge.landmarks.holistic.pose import PERSON_DETECTOR, PoseFollower
from edge.landmarks.holistic.pose_model import PoseModel, PoseView
from edge.landmarks.holistic.recrop import HandRecrop
from edge.landmarks.holistic.regions import FACE, HAND, face_from_landmarks
from edge.landmarks.holistic.reuse import Reuse
from edge.landmarks.motion_gate import MotionGate
from edge.landmarks.profile import PROFILES, Profile
from edge.landmarks.roi import from_landmarks

IDLE_SEARCH_S = 2.0  # between two searches for a person in a picture in which nothing moves
SCENE_THRESHOLD = 3.0  # of the motion gate of the whole picture
_JITTER_S = 0.005  # a frame may come this much before its search is due


@dataclass(slots=True)
class _Side:
    """One side's hand: who follows it, and its track."""

    right: float
    follower: Follower[View]
    number: int = 0
    there: bool = False


class HolisticTracker:
    """Follows one person: the pose, from it both hands and the face.

    The pose model runs in every ``pose_every``-th frame, and at once where a hand was lost. In the
    frames between, hands and face are followed from their own landmarks, and the last pose is
    held; a hand that comes up is found with the next pose.

    While nobody is there, a person is searched for every ``search_interval`` seconds of the
    camera's time while something moves, else every `IDLE_SEARCH_S` seconds.
    """

    def __init__(
        self,
        profile: Profile = PROFILES["balanced"],
        threads: int = 1,
        search_interval: float = 0.1,
        *,
        pose_every: int = 1,
        face: bool = True,
    ) -> None:
        """
        Args:
            profile: what tracking may cost; as of the hand tracker, it decides how often landmarks
                of what does not move are reused, and whether models compute in int8.
            threads: of each model.
            search_interval: seconds; 0 searches in every frame in which something moves.
            pose_every: frames; 1 for a pose of its own in every frame.
            face: whether the face is wanted.

        Raises:
            ConfigError: no TFLite runtime, or weights that are missing or damaged.
        """
        frames, threshold = profile.max_reused_frames, profile.motion_threshold
        self._pose_every = pose_every
        self._interval = search_interval
        self._person = PoseFollower(
            Detector(weights.read("pose_detection"), PERSON_DETECTOR, threads),
            PoseModel(profile.pose, threads),
        )
        recrop = HandRecrop(weights.read("hand_recrop"), threads)
        hand_model = HandModel(profile.hand, threads)

        def side(right: float, points: tuple[int, int, int]) -> _Side:
            locator, reuse = HandLocator(points, recrop), Reuse(threshold, frames)
            return _Side(right, Follower(locator, hand_model, from_landmarks, HAND, reuse))

        self._sides = (side(0.0, LEFT_HAND), side(1.0, RIGHT_HAND))
        self._face: Follower[FaceView] | None = None
        if face:
            detector = Detector(weights.read("face_detection_short_range"), FACE_DETECTOR, threads)
            self._face = Follower(
                FaceLocator(detector),
                FaceModel(weights.read("face_landmark"), threads),
                face_from_landmarks,
                FACE,
                Reuse(threshold, frames),
            )
        self._scene = MotionGate(SCENE_THRESHOLD)
        self._still = Reuse(SCENE_THRESHOLD, frames)
        self._last_number = 0
        self.reset()

    def reset(self) -> None:
        """Forget the person, as before the first frame; track numbers are not used again."""
        self._size = (0, 0)
        self._pose: Pose | None = None
        self._since_pose = 0
        self._lost = False
        self._searched: float | None = None
        self._person.reset()
        self._scene.reset()
        self._still.reset()
        for side in self._sides:
            side.follower.reset()
            side.there = False
        if self._face:
            self._face.reset()

    def __call__(self, frame: Frame) -> Landmarks:
        """The person in ``frame``. Frames come in order of time; a new size is a `reset`."""
        height, width = frame.pixels.shape[:2]
        if self._size != (width, height):
            self.reset()
            self._size = (width, height)
        scale = np.array([width, height, width], np.float32)
        fresh = self._pose_due(frame)
        view = self._look(frame) if fresh else None
        if fresh:
            self._pose = Pose(view.points / scale, view.visibility, frame.time) if view else None
        hands = [
            Hand(seen.points / scale, seen.presence, side.right, side.number)
            for side in self._sides
            if (seen := self._hand(side, frame.pixels, fresh, view))
        ]
        face: Face | None = None
        if self._face and (seen_face := _follow(self._face, frame.pixels, fresh, view)):
            face = Face(seen_face.points / scale, seen_face.presence)
        return Landmarks(
            tuple(sorted(hands, key=lambda hand: -hand.presence)),
            self._size,
            frame.time,
            frame.captured,
            frame.index,
            self._pose,
            face,
        )

    def _pose_due(self, frame: Frame) -> bool:
        if not self._person.following:
            return self._search_due(frame)
        self._since_pose += 1
        if self._since_pose < self._pose_every and not self._lost:
            return False
        return not self._still.allowed(frame.pixels)

    def _search_due(self, frame: Frame) -> bool:
        if self._searched is None or frame.time < self._searched:
            return True
        waited = frame.time - self._searched + _JITTER_S
        if waited < self._interval:
            return False
        return waited >= IDLE_SEARCH_S or self._scene.moved(frame.pixels)

    def _look(self, frame: Frame) -> PoseView | None:
        if not self._person.following:
            self._searched = frame.time
            self._scene.record(frame.pixels)
        view = self._person(frame.pixels, frame.time)
        self._since_pose, self._lost = 0, False
        if view:
            self._still.looked(frame.pixels, None)
        else:
            self._still.reset()
        return view

    def _hand(
        self, side: _Side, pixels: NDArray[np.uint8], fresh: bool, pose: PoseView | None
    ) -> View | None:
        seen: View | None = _follow(side.follower, pixels, fresh, pose)
        if seen and not side.there:
            self._last_number += 1
            side.number = self._last_number
        if side.there and not seen and not fresh:
            self._lost = True
        side.there = seen is not None
        return seen


def _follow(
    follower: Follower[Any], pixels: NDArray[np.uint8], fresh: bool, pose: PoseView | None
) -> Any:
    return follower.find(pixels, pose) if fresh else follower.follow(pixels)
