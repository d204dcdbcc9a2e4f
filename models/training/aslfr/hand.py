"""From the landmarks of a phrase to the hand that spells, as the live code sees hands."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from edge.recognize.hand_features import canonical, encode
from models.training.aslfr.columns import LEFT_HAND, RIGHT_HAND
from models.training.aslfr.landmarks import Landmarks

Side = Literal["left_hand", "right_hand"]
ASPECT = 1.898
"""Height / width of the pictures. The data set states none; its signers were filmed by the front
camera of an upright phone (a Pixel 4a: FSboard, arXiv 2407.15806). The value is from the notes of
the data folder on ``aslfr_three.npz``, an estimate: train with it varied."""
_WIDTH = 10_000
"""Of a picture with that aspect; features are in palm lengths, so only the ratio matters."""


@dataclass(frozen=True, slots=True)
class ReadHand:
    """The hand that spells.

    Attributes:
        side: which one MediaPipe said it is.
        hands: float32 [T, 21, 3], canonical (`edge.recognize.hand_features.canonical`): square
            units, a left hand mirrored to a right one; zeros where absent.
        present: bool [T].
    """

    side: Side
    hands: NDArray[np.float32]
    present: NDArray[np.bool_]

    def features(self) -> NDArray[np.float32]:
        """float32 [T, WIDTH], by `edge.recognize.hand_features.encode`; a frame is a tick.

        The landmarks of the data set are at about 30 Hz (FSboard, arXiv 2407.15806), which is
        `edge.recognize.hand_features.RATE`.
        """
        return encode(self.hands, self.present)


def dominant(landmarks: Landmarks) -> Side:
    """The hand found in more frames; the right one where both were, or neither.

    MediaPipe names hands as if the picture were not mirrored. Where a phone did mirror it, the
    names are exchanged and so is how the hands look: canonical hands come out the same.

    Raises:
        KeyError: a hand was not read.
    """
    left = int(landmarks.present(LEFT_HAND.name).sum())
    right = int(landmarks.present(RIGHT_HAND.name).sum())
    return "left_hand" if left > right else "right_hand"


def read_hand(landmarks: Landmarks, aspect: float = ASPECT) -> ReadHand:
    """The `dominant` hand, canonical.

    Raises:
        KeyError: a hand was not read.
        ValueError: ``aspect`` is no height / width.
    """
    if not (math.isfinite(aspect) and aspect > 0):
        raise ValueError(f"an aspect of {aspect}: give height / width")
    side = dominant(landmarks)
    present = landmarks.present(side)
    points = np.where(present[:, None, None], landmarks[side], np.float32(0))
    right = np.full(len(points), side == RIGHT_HAND.name)
    hands = canonical(points, (_WIDTH, round(_WIDTH * aspect)), right)
    return ReadHand(side, hands, present)
