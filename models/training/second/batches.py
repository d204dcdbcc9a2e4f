"""Batches: segments with their texts, made from synthesis or from the competition's folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.training.aslfr.characters import ALPHABET
from models.training.augment import HandSequences
from models.training.data.hands import Floats
from models.training.second.segments import features_of
from models.training.second.size import END, Size
from models.training.synthesis.targets import IGNORE, frame_targets

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Segments:
    """A batch.

    Attributes:
        features: float32 [B, T, width].
        lengths: [B], ticks of each that are no padding.
        texts: what is spelled, in `ALPHABET`.
        signers: who spells.
        frames: [B, T], the symbol each tick shows, 0 between two, `IGNORE` where it is not known.
        scores: float32 [B], how much of each was read rightly by a model that has never seen its
            signer, 0-1; NaN where none has read it.
    """

    features: Floats
    lengths: Ints
    texts: list[str]
    signers: list[str]
    frames: Ints
    scores: Floats

    def __len__(self) -> int:
        return len(self.texts)


def of(sequences: HandSequences) -> Segments:
    """``sequences`` as a batch; the ticks of a text whose times are not known are `IGNORE`."""
    features = features_of(sequences)
    frames = np.full(features.shape[:2], IGNORE, dtype=np.int64)
    for n, spans in enumerate(sequences.spans):
        length = int(sequences.lengths[n])
        if spans is not None:
            frames[n, :length] = frame_targets(spans, length, ALPHABET)
    scores = np.full(len(sequences), np.nan, dtype=np.float32)
    return Segments(
        features, sequences.lengths, list(sequences.texts), list(sequences.signers), frames, scores
    )


def symbols(text: str) -> list[int]:
    """The decoder's symbols of ``text``, without its end."""
    return [ALPHABET.index(char) + 1 for char in text]


def text_of(found: Sequence[int]) -> str:
    """The inverse of `symbols`."""
    return "".join(ALPHABET[symbol - 1] for symbol in found)


@dataclass(frozen=True)
class Targets:
    """What the decoder is given and should say, forward first, then reversed.

    Attributes:
        given: [2, B, S], with the start in front.
        wanted: [2, B, S], `IGNORE` after the end of each.
    """

    given: Ints
    wanted: Ints

    @staticmethod
    def of(texts: Sequence[str], size: Size) -> Targets:
        rows = [symbols(text) for text in texts]
        longest = 1 + max(map(len, rows), default=0)
        given = np.full((2, len(rows), longest), END, dtype=np.int64)
        wanted = np.full((2, len(rows), longest), IGNORE, dtype=np.int64)
        for way, start in enumerate((size.forward_start, size.reversed_start)):
            for n, row in enumerate(rows):
                ordered = row[::-1] if way else row
                given[way, n, : len(row) + 1] = [start, *ordered]
                wanted[way, n, : len(row) + 1] = [*ordered, END]
        return Targets(given, wanted)

    def masked(self, share: float, unknown: int, rng: np.random.Generator) -> Targets:
        """The same with a ``share`` of the given characters ``unknown``: the model must look."""
        hide = rng.random(self.given.shape) < share
        hide[..., 0] = False  # the start
        return Targets(np.where(hide, unknown, self.given), self.wanted)
