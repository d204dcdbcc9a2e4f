"""The configuration of a training run: everything but the data."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from models.training.architecture import HAND, HOLISTIC, LandmarkSet, Model, get_model
from models.training.augment import NAMES, Augment
from models.training.synthesis.camera import TRAINING_VIEW, Camera
from models.training.synthesis.ten_points import TEN_POINTS

SETS: dict[str, tuple[LandmarkSet, ...]] = {"hand": HAND, "ten": TEN_POINTS, "holistic": HOLISTIC}
DATA_PARTS = ("clips", "recorded", "motion", "others")
"""Parts of the data that can be left out: letters of live clips, recorded rows, J and Z in motion,
other signs."""
CAMERA_EFFECTS = (
    "pitch_roll", "yaw", "other_side", "depth", "lens", "bias", "jitter", "drift", "slip", "wobble",
    "drop", "swap", "variety", "lag", "smear", "steady", "rates", "averted", "unsure",
)  # fmt: skip


@dataclass(frozen=True)
class TrainingConfig:
    """Attributes:
    sets: which landmarks: a key of `SETS`.
    full_every: every n-th step trains the full-context form; 0: none does.
    look_ahead: ticks by which targets are delayed.
    learning_rate: its peak.
    ema_decay: share of the exponential moving average that is kept at a step.
    ctc_weights: of the CTC loss beside the per-tick loss, at the first and at the last step,
        growing evenly on a logarithmic scale. CTC is what teaches that a letter is one letter for
        as long as it stands. But it pulls a hundred times harder on a tick, and from scratch it
        settles on one peak a letter and blank beside it.
    without: augmentations (`NAMES`), camera effects (`CAMERA_EFFECTS`) and parts of the data
        (`DATA_PARTS`) that are left out.
    """

    dim: int = 128
    blocks: tuple[int, int] = (2, 2)
    kernels: tuple[int, ...] = (11, 5, 3)
    per_block: int = 3
    dropout: float = 0.1
    attention: bool = False
    sets: str = "hand"
    full_every: int = 0
    look_ahead: int = 3
    batch: int = 32
    length: int = 160
    learning_rate: float = 3e-3
    weight_decay: float = 0.02
    ema_decay: float = 0.999
    ctc_weights: tuple[float, float] = (0.01, 0.3)
    seed: int = 1
    without: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        known = (*NAMES, *CAMERA_EFFECTS, *DATA_PARTS)
        if unknown := [name for name in self.without if name not in known]:
            raise ValueError(f"no part {unknown[0]!r} to leave out: there are {', '.join(known)}")

    def model(self, symbols: int) -> Model:
        return get_model(
            self.dim, *self.blocks, self.kernels, self.per_block, self.dropout,
            sets=SETS[self.sets], symbols=symbols, attention=self.attention,
        )  # fmt: skip

    def size_differences(self, other: TrainingConfig) -> str:
        """What makes the network of ``other`` another one, for people; empty: nothing does."""
        names = ("sets", "dim", "blocks", "kernels", "per_block", "attention")
        pairs = [(name, getattr(other, name), getattr(self, name)) for name in names]
        return ", ".join(f"{name} {a} is not {b}" for name, a, b in pairs if a != b)

    def augment(self) -> Augment:
        return Augment().without(*(name for name in self.without if name in NAMES))

    def camera(self) -> Camera:
        off: dict[str, Any] = {name: 0.0 for name in self.without if name in CAMERA_EFFECTS}
        if "rates" in off:
            off["rates"] = False
        return replace(TRAINING_VIEW, **off)

    def learning_rate_at(self, done: float, step: int) -> float:
        """Learning rate at the share ``done`` of the run: 200 steps of warm-up, then a cosine."""
        warm = min(1.0, (step + 1) / 200)
        return self.learning_rate * warm * (0.5 + 0.5 * math.cos(math.pi * min(1.0, done))) + 1e-6

    def ctc_weight(self, done: float) -> float:
        """Weight of the CTC loss when the share ``done`` of the run is over."""
        first, last = self.ctc_weights
        return float(first * (last / first) ** min(1.0, done))

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> TrainingConfig:
        """The configuration that `to_dict` gave, also after a round trip through JSON."""
        return cls(**{k: tuple(v) if isinstance(v, list) else v for k, v in values.items()})
