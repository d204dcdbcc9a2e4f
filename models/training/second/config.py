"""The configuration of a run: everything but the data."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import Any

from models.training.architecture.shape import HAND, HOLISTIC, LandmarkSet
from models.training.aslfr.characters import ALPHABET
from models.training.augment import NAMES, Augment
from models.training.second.size import Size

SETS: dict[str, tuple[LandmarkSet, ...]] = {"hand": HAND, "holistic": HOLISTIC}
PARTS = ("reversed", "input_mask", "frames", "ctc", "confidence")
"""Of the loss, that can be left out beside the augmentations."""


@dataclass(frozen=True)
class Config:
    """Attributes:
    sets: which landmarks: a key of `SETS`; synthesis has the hand alone.
    batch_ticks: of all segments of a synthesised batch together.
    batch: phrases of a batch of the competition's folder.
    ctc_weight, confidence_weight: of these losses beside the decoder's.
    input_mask: share of the characters given to the decoder that are masked.
    without: augmentations (`NAMES`) and `PARTS` that are left out.
    """

    sets: str = "hand"
    dim: int = 128
    blocks: int = 4
    heads: int = 4
    dropout: float = 0.1
    batch_ticks: int = 5120
    batch: int = 32
    learning_rate: float = 1.5e-3
    weight_decay: float = 0.05
    ema_decay: float = 0.999
    ctc_weight: float = 0.1
    confidence_weight: float = 0.2
    input_mask: float = 0.15
    smoothing: float = 0.05
    seed: int = 1
    without: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        known = (*NAMES, *PARTS)
        if unknown := [name for name in self.without if name not in known]:
            raise ValueError(f"no part {unknown[0]!r} to leave out: there are {', '.join(known)}")

    def size(self) -> Size:
        return Size(
            SETS[self.sets], self.dim, self.blocks, self.heads, dropout=self.dropout,
            characters=len(ALPHABET),
        )  # fmt: skip

    def augment(self) -> Augment:
        return Augment().without(*(name for name in self.without if name in NAMES))

    def learning_rate_at(self, done: float, step: int) -> float:
        """At the share ``done`` of the run: 300 steps of warm-up, then a cosine."""
        warm = min(1.0, (step + 1) / 300)
        return self.learning_rate * warm * (0.5 + 0.5 * math.cos(math.pi * min(1.0, done))) + 1e-6

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Config:
        """The configuration that `to_dict` gave, also after a round trip through JSON."""
        return cls(**{k: tuple(v) if isinstance(v, list) else v for k, v in values.items()})
