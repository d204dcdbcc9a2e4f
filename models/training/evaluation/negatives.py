"""False readings: finals and letters that are read of signs that are not fingerspelling."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from edge.landmarks.hand import Hand, Landmarks
from edge.recognize.contracts import Model
from edge.recognize.decode import BeamDecoder
from edge.recognize.hand_features import RATE, HandFeatures
from edge.recognize.recognizer import Recognizer
from models.training.data.hands import Floats, kept_out_signs

_SIZE = (480, 640)
_GAP_FRAMES = round(RATE)
"""Frames without a hand between two clips."""


@dataclass(frozen=True)
class FalseReadings:
    """What was read although nothing was spelled.

    Attributes:
        finals: the texts of the finals.
        minutes: of the clips, without the gaps between them.
        visible: minutes of these in which a hand was seen.
    """

    finals: tuple[str, ...]
    minutes: float
    visible: float

    @property
    def letters(self) -> int:
        return sum(len(text.replace(" ", "")) for text in self.finals)


def signs(data: Path, participants: int | None = None) -> list[Floats]:
    """Clips float32 [T, 2, 21, 3] of the signers of ``other_signs`` who are kept out.

    Hand 0 is the left, hand 1 the right; NaN where it is not seen. Image-normalised. Only those
    of the first so many ``participants`` where it is given.
    """
    with np.load(data / "other_signs.npz") as z:
        xyz, offset, participant_of = z["xyz"], z["offset"], z["participant"]
    known = [p for p in sorted(set(participant_of.tolist())) if kept_out_signs(p)][:participants]
    return [
        xyz[start:end].astype(np.float32)
        for (start, end), participant in zip(pairwise(offset), participant_of, strict=True)
        if participant in known
    ]


def tracked(clips: list[Floats]) -> Iterator[Landmarks]:
    """The clips one after the other at `RATE`, a second apart, as a tracker of one hand sees them.

    It keeps to a hand while that is seen, and then takes the other.
    """
    index, track, side = 0, 0, -1
    for clip in clips:
        for points in (*clip, *[np.full((2, 21, 3), np.nan, np.float32)] * _GAP_FRAMES):
            there = np.isfinite(points).all((1, 2))
            if side < 0 or not there[side]:
                side = int(np.flatnonzero(there)[-1]) if there.any() else -1
                track += side >= 0
            hand = (Hand(points[side], 1.0, float(side), track),) if side >= 0 else ()
            time = index / RATE
            yield Landmarks(hand, _SIZE, time, time, index)
            index += 1


def read(model: Model, decoder: BeamDecoder, clips: list[Floats]) -> FalseReadings:
    """The clips through the recogniser as it runs in the daemon."""
    recognizer = Recognizer(model, HandFeatures(), decoder)
    finals = []
    for landmarks in tracked(clips):
        finals += [h.text for h in recognizer.push(landmarks) if h.final]
    finals += [h.text for h in recognizer.finish() if h.final]
    frames = sum(len(clip) for clip in clips)
    visible = sum(int(np.isfinite(clip).all((2, 3)).any(1).sum()) for clip in clips)
    return FalseReadings(tuple(finals), frames / RATE / 60, visible / RATE / 60)
