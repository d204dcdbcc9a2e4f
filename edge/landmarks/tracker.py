"""The hand tracker: finds hands, then follows each from its last landmarks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.camera.frame import Frame
from edge.landmarks.area import Area, AreaHandModel
from edge.landmarks.detector import MIN_SCORE
from edge.landmarks.hand import Hand, Landmarks
from edge.landmarks.hand_model import HandModel, View
from edge.landmarks.motion_gate import MotionGate
from edge.landmarks.palm import PalmDetector
from edge.landmarks.palm_search import PalmSearch
from edge.landmarks.profile import PROFILES, Profile
from edge.landmarks.roi import Roi, from_landmarks
from edge.landmarks.vain_looks import SAME_REGION, VainLooks

MIN_PRESENCE = 0.5
# Of a palm that the detector doubts. Of 61 such palms in photos of hands, 48 have at least 0.8, the
# others less than 0.5; an arm, a coat and blurred hands that leave lie between.
DOUBTFUL_PRESENCE = 0.75
SAME_HAND = 0.15  # hands whose landmarks lie closer, as a share of a region's size, are one hand
HANDEDNESS_FRAMES = 30  # over which handedness is averaged
SECOND_HAND_FACTOR = 5  # the search for a second hand waits this many times longer
# Every third search uses a wider square, alternately 1.5 and 2 times the frame: most hands that
# fill the picture, which MediaPipe's own search misses, are found this way. Chosen by looking at
# the photos it missed.
MARGINS = (1.0, 1.0, 1.5, 1.0, 1.0, 2.0)
# A doubtful palm whose region is a larger share of the frame may be of a hand that fills the
# picture: seen from further away there is no doubt, and its landmarks are better.
LARGE = 0.4
IDLE_SEARCH_S = 2.0  # between two searches in a picture in which nothing moves
SETTLE_FRAMES = 5  # after which the region of a newly found hand no longer shifts
SCENE_THRESHOLD = 3.0  # of the motion gate of the whole picture
_JITTER_S = 0.005  # a frame may come this much before its search is due


@dataclass(slots=True)
class _Track:
    number: int
    roi: Roi
    view: View
    right: float
    gate: MotionGate
    updates: int = 1
    reused: int = 0

    def update(self, view: View) -> None:
        self.view, self.roi = view, from_landmarks(view.points)
        self.updates = min(self.updates + 1, HANDEDNESS_FRAMES)
        self.right += (view.right - self.right) / self.updates


class HandTracker:
    """Follows one or two hands from frame to frame, and saves work while nothing moves.

    The hand model runs on the region where the hand was. While that region looks the same as
    when the model last ran on it, its landmarks are reused, in at most
    ``profile.max_reused_frames`` frames.

    The palm detector, twice as expensive as the hand model, runs only while fewer hands are
    tracked than wanted: at once when something moves, then every ``search_interval`` seconds of
    the camera's time while something moves and until each of `MARGINS` has been tried, then every
    `IDLE_SEARCH_S` seconds. It runs five times less often if only the second hand is missing.

    Of the palms that the detector doubts, a search shows at most one to the hand model, and none
    where the model has just seen no hand (`edge.landmarks.vain_looks`).
    """

    def __init__(
        self,
        hands: int = 1,
        profile: Profile = PROFILES["balanced"],
        threads: int = 1,
        search_interval: float = 0.1,
        area: Area | None = None,
    ) -> None:
        """Load the models.

        Args:
            hands: how many to follow, 1 or 2.
            profile: which models, and how often landmarks are reused.
            threads: of each model.
            search_interval: seconds; 0 searches in every frame in which something moves and a hand
                is missing.
            area: where hands are looked for and followed; None: everywhere.

        Raises:
            ConfigError: no TFLite runtime, or weights that are missing or damaged.
        """
        self._palm_detector = PalmSearch(PalmDetector(profile.palm, threads), area)
        hand_model = HandModel(profile.hand, threads)
        self._hand_model = AreaHandModel(hand_model, area) if area else hand_model
        self._max_reused_frames = profile.max_reused_frames
        self._motion_threshold = profile.motion_threshold
        self._wanted = hands
        self._interval = search_interval
        self._last_number = 0
        self._scene = MotionGate(SCENE_THRESHOLD, area)
        self._vain_looks = VainLooks()
        self.reset()

    def reset(self) -> None:
        """Forget all hands, as before the first frame; track numbers are not used again."""
        self._tracks: list[_Track] = []  # oldest first
        self._size = (0, 0)
        self._searched: float | None = None
        self._searches = 0
        self._searches_since_motion = 0
        self._scene.reset()
        self._vain_looks.clear()

    def __call__(self, frame: Frame) -> Landmarks:
        """The hands in ``frame``. Frames come in order of time; a new size is a `reset`."""
        height, width = frame.pixels.shape[:2]
        if self._size != (width, height):
            self.reset()
            self._size = (width, height)
        self._follow(frame.pixels)
        if self._search_due(frame):
            self._searched = frame.time
            self._search(frame.pixels, frame.time)
        best = sorted(self._tracks, key=lambda track: -track.view.presence)
        scale = np.array([width, height, width], np.float32)
        hands = tuple(
            Hand(track.view.points / scale, track.view.presence, track.right, track.number)
            for track in best
        )
        return Landmarks(hands, self._size, frame.time, frame.captured, frame.index)

    def _follow(self, pixels: NDArray[np.uint8]) -> None:
        tracks, self._tracks = self._tracks, []
        for track in tracks:
            reusable = track.updates >= SETTLE_FRAMES and track.reused < self._max_reused_frames
            if reusable and not track.gate.moved(pixels):
                track.reused += 1
                self._tracks.append(track)
                continue
            view = self._hand_model(pixels, track.roi)
            if self._is_new_hand(view):
                track.update(view)
                track.reused = 0
                if self._max_reused_frames:
                    track.gate.record(pixels, track.roi)
                self._tracks.append(track)

    def _search_due(self, frame: Frame) -> bool:
        if len(self._tracks) >= self._wanted:
            return False
        if self._searched is None or frame.time < self._searched:
            return True
        interval = self._interval * (SECOND_HAND_FACTOR if self._tracks else 1)
        waited = frame.time - self._searched + _JITTER_S
        if waited < interval:
            return False
        if self._scene.moved(frame.pixels):
            self._searches_since_motion = 0
        return self._searches_since_motion < len(MARGINS) or waited >= IDLE_SEARCH_S

    def _search(self, pixels: NDArray[np.uint8], time: float) -> None:
        margin = MARGINS[self._searches % len(MARGINS)]
        self._searches += 1
        self._searches_since_motion += 1
        self._scene.record(pixels)
        palms = self._palm_detector(pixels, margin, doubtful=True)
        for palm in [palm for palm in palms if palm.score >= MIN_SCORE][: self._wanted]:
            if not self._followed(palm.roi):
                self._start(pixels, palm.roi)
        if len(self._tracks) < self._wanted:
            doubtful = [palm.roi for palm in palms if palm.score < MIN_SCORE]
            self._look_at_doubtful(doubtful, pixels, margin, time)
        if self._tracks:
            self._searches = self._searches_since_motion = 0

    def _look_at_doubtful(
        self, rois: list[Roi], pixels: NDArray[np.uint8], margin: float, time: float
    ) -> None:
        """Follow the hand in the first of ``rois`` that is worth a look, if there is one."""
        for roi in rois:
            if not self._followed(roi) and self._vain_looks.allow(time, roi, pixels):
                large = roi.size > LARGE * max(pixels.shape[:2])
                if not (large and self._look_from_further(pixels, margin)) and not self._start(
                    pixels, roi, DOUBTFUL_PRESENCE
                ):
                    self._vain_looks.add(time, roi, pixels)
                return

    def _look_from_further(self, pixels: NDArray[np.uint8], margin: float) -> bool:
        """Follow the hand that a wider square than ``margin`` shows without doubt, if any."""
        for wider in sorted({other for other in MARGINS if other > margin}):
            palms = self._palm_detector(pixels, wider)
            if palms and self._start(pixels, palms[0].roi):
                return True
        return False

    def _followed(self, roi: Roi) -> bool:
        return any(roi.overlap(track.roi) > SAME_REGION for track in self._tracks)

    def _start(self, pixels: NDArray[np.uint8], roi: Roi, least: float = MIN_PRESENCE) -> bool:
        """Follow the hand in ``roi``, if there is one that is wanted and not followed yet."""
        view = self._hand_model(pixels, roi)
        new = view.presence >= least and self._is_new_hand(view)
        if not new or len(self._tracks) == self._wanted:
            return False
        self._last_number += 1
        roi = from_landmarks(view.points)
        gate = MotionGate(self._motion_threshold)
        self._tracks.append(_Track(self._last_number, roi, view, view.right, gate))
        return True

    def _is_new_hand(self, view: View) -> bool:
        """Whether there is a hand that no track of this frame follows."""
        return view.presence >= MIN_PRESENCE and not any(
            np.linalg.norm(view.points[:, :2] - track.view.points[:, :2], axis=1).mean()
            < SAME_HAND * track.roi.size
            for track in self._tracks
        )
