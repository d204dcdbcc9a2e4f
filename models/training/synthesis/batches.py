"""Timelines into batches: features as in the daemon, and the target of each tick."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from edge.recognize.hand_features import encode
from models.training.augment import NONE, Augment, HandSequences, apply
from models.training.data.hands import Floats
from models.training.synthesis.camera import Camera
from models.training.synthesis.pose_library import PoseLibrary
from models.training.synthesis.render import render
from models.training.synthesis.targets import IGNORE, frame_targets
from models.training.synthesis.timeline import Timeline


@dataclass(frozen=True)
class Batch:
    """Windows to train on.

    Attributes:
        features: float32 [B, T, WIDTH].
        lengths: int [B], ticks of each that are not padding.
        targets: int [sum of sizes], symbol numbers from 1.
        sizes: int [B], symbols per window.
        frames: int [B, T], the symbol (0 blank) this tick should emit, `IGNORE` where several are
            right (see `frame_targets`); already delayed by the look-ahead.
        spans: per window the symbols as (character, start, end) in ticks, without the delay.
    """

    features: Floats
    lengths: NDArray[np.int64]
    targets: NDArray[np.int64]
    sizes: NDArray[np.int64]
    frames: NDArray[np.int64]
    spans: list[list[tuple[str, float, float]]]


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
        length = int(sequences.lengths[n])
        kept = [span for span in text or [] if ceil(span[1]) + look_ahead < length - 1]
        wanted = frame_targets(kept, max(0, length - look_ahead), alphabet)
        frames[n, look_ahead : look_ahead + len(wanted)] = wanted
        frames[n, length:] = IGNORE
        targets += [alphabet.index(letter) + 1 for letter, _, _ in kept]
        sizes.append(len(kept))
        spans.append(kept)
    features = encoder(sequences.hands, sequences.seen)
    whole = np.asarray(targets, np.int64), np.asarray(sizes, np.int64)
    return Batch(features, sequences.lengths, *whole, frames, spans)
