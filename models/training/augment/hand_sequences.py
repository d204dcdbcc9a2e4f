"""What augmentations change: a batch of hand sequences and what they spell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.training.architecture.shape import HAND, LandmarkSet
from models.training.augment.sets import Floats

Span = tuple[str, float, float]
"""A character and from when to when it is held, in ticks."""


@dataclass(frozen=True)
class HandSequences:
    """Sequences of one batch, before they become features.

    Attributes:
        points: float32 [B, T, P, 3], the points of ``sets`` one set after the other: x to the
            right, y down, z away from the camera, in palm lengths, hands of the set ``hand``
            canonical. Finite everywhere; what stands in absent ticks does not matter.
        present: bool [B, T, S], nothing from a sequence's length on.
        lengths: int64 [B], ticks of each sequence.
        texts: what each spells.
        spans: the characters of the text with their times, or None where they are unknown.
        signers: who spells; equal names are equal hands.
    """

    points: Floats
    present: NDArray[np.bool_]
    lengths: NDArray[np.int64]
    texts: list[str]
    spans: list[list[Span] | None]
    signers: list[str]
    sets: tuple[LandmarkSet, ...] = HAND

    @classmethod
    def of_hands(
        cls,
        hands: Floats,
        present: NDArray[np.bool_],
        spans: Sequence[list[Span]],
        signers: Sequence[str],
        lengths: NDArray[np.int64] | None = None,
    ) -> HandSequences:
        """One hand: ``hands`` [B, T, 21, 3], ``present`` [B, T]; without ``lengths`` all T."""
        if lengths is None:
            lengths = np.full(len(hands), hands.shape[1])
        texts = ["".join(char for char, _, _ in row) for row in spans]
        return cls(hands, present[..., None], lengths, texts, list(spans), list(signers))

    def __len__(self) -> int:
        return len(self.points)

    @property
    def hands(self) -> Floats:
        """[B, T, 21, 3] of the only set."""
        if self.sets != HAND:
            raise ValueError(f"these are {', '.join(s.name for s in self.sets)}, not one hand")
        return self.points

    @property
    def seen(self) -> NDArray[np.bool_]:
        """Whether anything is present [B, T]: of one hand, whether it is."""
        seen: NDArray[np.bool_] = np.logical_or.reduce(self.present, -1)
        return seen


def chosen(count: int, probability: float, rng: np.random.Generator) -> NDArray[np.int64]:
    """Which of ``count`` sequences, each with ``probability``."""
    return np.flatnonzero(rng.random(count) < probability)


def stretches(
    lengths: NDArray[np.int64], ticks: NDArray[np.int64], width: int, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """One run of ``ticks`` [N] ticks somewhere in each of N sequences: bool [N, width]."""
    start = (rng.random(len(lengths)) * np.maximum(lengths - ticks + 1, 1)).astype(np.int64)
    at = np.arange(width)
    inside: NDArray[np.bool_] = np.logical_and(at >= start[:, None], at < (start + ticks)[:, None])
    return inside
