"""What recognition publishes: the text of a segment so far."""

from __future__ import annotations

from dataclasses import dataclass, field

from edge.landmarks.hand import Landmarks


@dataclass(frozen=True, slots=True)
class Char:
    """One read character.

    Attributes:
        text: the character.
        start, end: seconds on the source's time line between which the model saw it.
        confidence: 0-1.
    """

    text: str
    start: float
    end: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """The text of one segment, provisional or final.

    Attributes:
        segment: number of the segment, from 1.
        chars: the characters, in order.
        stable: how many of them will not change any more: the stable prefix.
        final: the segment has ended; nothing more comes for it.
        time, captured: of the frame this hypothesis came from, as in `edge.camera.frame.Frame`.
        plain: the text as it is read without words; None where no words are in use.
        landmarks: of a final's frames, where the recogniser keeps them; see
            `edge.recognize.segment.Segment`, which is made of it.
        truncated: the segment had more frames than are in ``landmarks``.
    """

    segment: int
    chars: tuple[Char, ...]
    stable: int
    final: bool
    time: float
    captured: float
    plain: str | None = None
    landmarks: tuple[Landmarks, ...] = field(default=(), compare=False, repr=False)
    truncated: bool = field(default=False, compare=False, repr=False)

    @property
    def text(self) -> str:
        return "".join(char.text for char in self.chars)

    @property
    def confidence(self) -> float:
        """Mean confidence of the characters; 0 where there are none."""
        return sum(char.confidence for char in self.chars) / max(1, len(self.chars))
