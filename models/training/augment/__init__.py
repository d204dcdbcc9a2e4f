"""Augmentations: numpy over a batch of `HandSequences`, before they become features.

::

    sequences = HandSequences.of_hands(hands, present, spans, signers)
    sequences = apply(sequences, Augment(), rng)
    features = encode(sequences.hands, sequences.seen)

Each has a file and a function of its name, and a field of `Augment`: the probability that it
happens to a sequence (the masks and FingerDropout: to each set of a sequence). 0 is off; the
others then still do exactly what they did, as an ablation wants it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import partial
from typing import Protocol

import numpy as np

from models.training.augment.affine import affine
from models.training.augment.cut_mix import cut_mix
from models.training.augment.finger_dropout import finger_dropout
from models.training.augment.hand_sequences import HandSequences, Span
from models.training.augment.noise import noise
from models.training.augment.set_drop import set_drop
from models.training.augment.spatial_mask import spatial_mask
from models.training.augment.temporal_mask import temporal_mask
from models.training.augment.time_stretch import time_stretch

__all__ = ["NAMES", "NONE", "Augment", "HandSequences", "Span", "apply"]


@dataclass(frozen=True)
class Augment:
    """How probable each augmentation is, 0-1, in the order in which they are done.

    What makes points unknown comes last, so that nothing moves them afterwards.
    """

    cut_mix: float = 0.3
    time_stretch: float = 0.5
    affine: float = 0.3
    noise: float = 0.3
    finger_dropout: float = 0.1
    spatial_mask: float = 0.1
    temporal_mask: float = 0.15
    set_drop: float = 0.1

    def __post_init__(self) -> None:
        for name in NAMES:
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is {getattr(self, name)}: give a probability")

    def without(self, *names: str) -> Augment:
        """The same with the augmentations called ``names`` off.

        Raises:
            ValueError: there is no such one.
        """
        if unknown := [name for name in names if name not in NAMES]:
            raise ValueError(f"no augmentation {unknown[0]!r}: there are {', '.join(NAMES)}")
        return replace(self, **dict.fromkeys(names, 0.0))


class _Step(Protocol):
    def __call__(
        self, sequences: HandSequences, probability: float, rng: np.random.Generator
    ) -> HandSequences: ...


NAMES = tuple(field.name for field in fields(Augment))
NONE = Augment().without(*NAMES)


def apply(
    sequences: HandSequences, settings: Augment, rng: np.random.Generator, longest: int = 0
) -> HandSequences:
    """What ``settings`` make of ``sequences``, which stay as they are.

    Each augmentation draws from a generator of its own, seeded from one draw of ``rng``.

    Args:
        longest: ticks that TimeStretch does not go beyond (see there); 0: no bound. The result
            has as many ticks as ``sequences``, or as its longest sequence if that is more.
    """
    seed = int(rng.integers(1 << 62))
    steps: tuple[_Step, ...] = (
        cut_mix, partial(time_stretch, longest=longest), affine, noise, finger_dropout,
        spatial_mask, temporal_mask, set_drop,
    )  # fmt: skip
    for number, (name, step) in enumerate(zip(NAMES, steps, strict=True)):
        if probability := getattr(settings, name):
            sequences = step(sequences, probability, np.random.default_rng((seed, number)))
    return sequences
