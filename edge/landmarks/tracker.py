"""The hand tracker: finds hands, then follows each from its last landmarks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.camera.frame import Frame
from edge.landmarks.hand import Hand, Landmarks
from edge.landmarks.hand_model import HandModel, View
from edge.landmarks.palm import PalmDetector
from edge.landmarks.profile import PROFILES, Profile
from edge.landmarks.roi import Roi, from_landmarks
from edge.landmarks.stillness import Stillness

PRESENCE = 0.5
OVERLAP = 0.5  # regions that share more than this are of one hand
SAME = 0.15  # two hands whose landmarks lie closer than this part of a region are one hand
MEMORY = 30  # frames over which handedness is averaged
SECOND = 5  # the search for a second hand waits this many times longer
# Every third search looks from further away, by turns less and more: so most hands are found that
# fill the picture, which MediaPipe's own way misses. Chosen by looking at the photos it missed.
MARGINS = (1.0, 1.0, 1.5, 1.0, 1.0, 2.0)
REST = 2.0  # seconds between two searches in a picture in which nothing moves
SETTLED = 5  # looks after which the region of a hand found anew has come to its place
MOTION = 3.0  # levels of 255 by which the mean of a cell of the scene changes when things move
_EARLY = 0.005  # seconds a frame may come before its search is due: frame times jitter


@dataclass(slots=True)
class _Track:
    number: int
    roi: Roi
    view: View
    right: float
    still: Stillness
    seen: int = 1
    kept: int = 0

    def follow(self, view: View) -> None:
        self.view, self.roi = view, from_landmarks(view.points)
        self.seen = min(self.seen + 1, MEMORY)
        self.right += (view.right - self.right) / self.seen


class HandTracker:
    """Follows one or two hands from frame to frame, and spends no time where nothing moves.

    The hand model runs on the region where the hand was. Where that region still looks the same
    as at the last time, its landmarks are kept, for at most ``profile.patience`` frames.

    The palm detector, twice as dear as the hand model, runs only while fewer hands are tracked
    than wanted: at once when something moves, then every ``search_interval`` seconds of the
    source's time as long as something does and until each of `MARGINS` had its turn, then every
    `REST` seconds. It is five times as rare when it is only the second hand that is missing.
    """

    def __init__(
        self,
        hands: int = 1,
        profile: Profile = PROFILES["balanced"],
        threads: int = 1,
        search_interval: float = 0.1,
    ) -> None:
        """Load the models.

        Args:
            hands: how many to follow, 1 or 2.
            profile: which models, and how patient.
            threads: of each model.
            search_interval: seconds; 0 searches in every frame in which something moves and a hand
                is missing.

        Raises:
            ConfigError: no TFLite runtime, or weights that are missing or damaged.
        """
        self._find = PalmDetector(profile.palm, threads)
        self._look = HandModel(profile.hand, threads)
        self._patience, self._still = profile.patience, profile.still
        self._wanted = hands
        self._interval = search_interval
        self._count = 0
        self._scene = Stillness(MOTION)
        self.reset()

    def reset(self) -> None:
        """Forget all hands, as before the first frame; track numbers go on."""
        self._tracks: list[_Track] = []  # oldest first
        self._size = (0, 0)
        self._searched: float | None = None
        self._searches = 0
        self._vain = 0  # searches since something moved last
        self._scene.forget()

    def __call__(self, frame: Frame) -> Landmarks:
        """The hands in ``frame``. Frames come in order of time; a new size starts afresh."""
        height, width = frame.pixels.shape[:2]
        if self._size != (width, height):
            self.reset()
            self._size = (width, height)
        self._follow(frame.pixels)
        if self._due(frame):
            self._searched = frame.time
            self._search(frame.pixels)
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
            patient = track.seen >= SETTLED and track.kept < self._patience
            if patient and not track.still.changed(pixels):
                track.kept += 1
                self._tracks.append(track)
                continue
            view = self._look(pixels, track.roi)
            if self._is_new_hand(view):
                track.follow(view)
                track.kept = 0
                if self._patience:
                    track.still.look(pixels, track.roi)
                self._tracks.append(track)

    def _due(self, frame: Frame) -> bool:
        if len(self._tracks) >= self._wanted:
            return False
        if self._searched is None or frame.time < self._searched:
            return True
        interval = self._interval * (SECOND if self._tracks else 1)
        waited = frame.time - self._searched + _EARLY
        if waited < interval:
            return False
        if self._scene.changed(frame.pixels):
            self._vain = 0
        return self._vain < len(MARGINS) or waited >= REST

    def _search(self, pixels: NDArray[np.uint8]) -> None:
        margin = MARGINS[self._searches % len(MARGINS)]
        self._searches += 1
        self._vain += 1
        self._scene.look(pixels)
        for palm in self._find(pixels, margin)[: self._wanted]:
            roi = palm.roi
            if any(roi.overlap(track.roi) > OVERLAP for track in self._tracks):
                continue
            view = self._look(pixels, roi)
            if len(self._tracks) < self._wanted and self._is_new_hand(view):
                self._count += 1
                roi = from_landmarks(view.points)
                still = Stillness(self._still)
                self._tracks.append(_Track(self._count, roi, view, view.right, still))
        if self._tracks:
            self._searches = self._vain = 0

    def _is_new_hand(self, view: View) -> bool:
        """There is a hand, and no track of this frame has it."""
        return view.presence >= PRESENCE and not any(
            np.linalg.norm(view.points[:, :2] - track.view.points[:, :2], axis=1).mean()
            < SAME * track.roi.size
            for track in self._tracks
        )
