"""Timelines into batches: features as in the daemon, and the target of each tick."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.recognize.hand_features import encode
from models.training.augment import NONE, Augment, HandSequences, apply
from models.training.data.hands import Floats
from models.training.synthesis.camera import Camera
from models.training.synthesis.pose_library import PoseLibrary
from models.training.synthesis.render import render
from models.training.synthesis.timeline import Timeline

IGNORE = -1
_MAX_DELAY_TICKS = 7.0
"""Ticks, at most, from the start of a hold to its target: slow spellers also
dwell on the shapes between letters."""
_MIN_DELAY_TICKS = {"i": 3, "d": 2}
"""Ticks, at least: an I may become a J, a D a Z."""


@dataclass(frozen=True)
class Batch:
    """Windows to train on.

    Attributes:
        features: float32 [B, T, WIDTH].
        lengths: int [B], ticks of each that are not padding.
        targets: int [sum of sizes], symbol numbers from 1.
        sizes: int [B], symbols per window.
        frames: int [B, T], the symbol (0 blank) this tick should emit, `IGNORE` where both are
            right; already delayed by the look-ahead.
        spans: per window the symbols as (character, start, end) in ticks, without the delay.
    """

    features: Floats
    lengths: NDArray[np.int64]
    targets: NDArray[np.int64]
    sizes: NDArray[np.int64]
    frames: NDArray[np.int64]
    spans: list[list[tuple[str, float, float]]]


def target_ticks(letter: str, start: float, end: float) -> tuple[int, int]:
    """Ticks [from, to) in which a symbol held from ``start`` to ``end`` should be emitted.

    Not at once: what a hand passes through on its way looks like a letter for a moment.
    """
    first = int(np.ceil(start + min(_MAX_DELAY_TICKS, 0.45 * (end - start))))
    first = max(first, min(first + _MIN_DELAY_TICKS.get(letter, 0), int(end)))
    return first, max(first + 1, int(min(end + 2, first + 6)))


def batch(
    timelines: list[Timeline],
    library: PoseLibrary,
    alphabet: str,
    look_ahead: int,
    rng: np.random.Generator,
    camera: Camera | None = None,
    augment: Augment = NONE,
    encoder: Callable[[Floats, NDArray[np.bool_]], Floats] = encode,
) -> Batch:
    """Features, as ``encoder`` makes them, and targets of ``timelines``."""
    hands, present = render(timelines, library, rng, camera or Camera())
    sequences = HandSequences.of_hands(
        hands, present, [s.text for s in timelines], [s.signer for s in timelines]
    )
    return to_batch(
        apply(sequences, augment, rng, timelines[0].length), alphabet, look_ahead, encoder
    )


def to_batch(
    sequences: HandSequences,
    alphabet: str,
    look_ahead: int,
    encoder: Callable[[Floats, NDArray[np.bool_]], Floats] = encode,
) -> Batch:
    """One hand and what it spells, as a batch; what would come after its end is cut."""
    frames = np.zeros(sequences.seen.shape, dtype=np.int64)
    targets, sizes, spans = [], [], []
    for n, text in enumerate(sequences.spans):
        kept = []
        for letter, start, end in text or []:
            first, last = (t + look_ahead for t in target_ticks(letter, start, end))
            if first >= sequences.lengths[n] - 1:
                break
            symbol = alphabet.index(letter) + 1
            about = frames[n, max(first - 2, 0) : last + 2]
            about[about == 0] = IGNORE
            frames[n, first:last] = symbol
            kept.append((letter, start, end))
            targets.append(symbol)
        frames[n, sequences.lengths[n] :] = IGNORE
        sizes.append(len(kept))
        spans.append(kept)
    features = encoder(sequences.hands, sequences.seen)
    whole = np.asarray(targets, np.int64), np.asarray(sizes, np.int64)
    return Batch(features, sequences.lengths, *whole, frames, spans)
