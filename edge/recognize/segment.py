"""A finished segment with the landmarks it was read from, for a second reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from edge.landmarks.hand import Landmarks
from edge.recognize.hypothesis import Hypothesis

MAX_SEGMENT_FRAMES = 1800
"""A minute at 30 frames a second: a few MB with two hands."""
LEAD_IN_S = 1.0
"""Before the first character: the hand comes up, and forms the letter."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One finished segment.

    Attributes:
        number: of the segment.
        hypothesis: its final text, without landmarks.
        landmarks: of the frames from `LEAD_IN_S` before the first character's start to the frame
            that ended the segment, oldest first. The lead-in may show the end of the segment
            before. Empty where the recogniser does not keep landmarks.
        truncated: the segment had more than `MAX_SEGMENT_FRAMES` frames; the newest are here.
    """

    number: int
    hypothesis: Hypothesis
    landmarks: tuple[Landmarks, ...]
    truncated: bool

    @staticmethod
    def of(final: Hypothesis) -> Segment:
        """
        Raises:
            ValueError: the segment goes on.
        """
        if not final.final:
            raise ValueError("the segment goes on")
        text = replace(final, landmarks=(), truncated=False)
        return Segment(final.segment, text, final.landmarks, final.truncated)


def select(frames: Sequence[Landmarks], start_s: float) -> tuple[tuple[Landmarks, ...], bool]:
    """(the landmarks of a segment, whether they are truncated).

    Args:
        frames: the last ones, oldest first: at least `MAX_SEGMENT_FRAMES` + 1, or all.
        start_s: of its first character, seconds on the source's time line.
    """
    chosen = tuple(frame for frame in frames if frame.time >= start_s - LEAD_IN_S)
    return chosen[-MAX_SEGMENT_FRAMES:], len(chosen) > MAX_SEGMENT_FRAMES
