"""All that decides what a training run makes, apart from the data."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from models.training.architecture import HAND, HOLISTIC, LandmarkSet, Model, get_model
from models.training.augment import NAMES, Augment
from models.training.synthesis.camera import Camera
from models.training.synthesis.ten import TEN

SETS: dict[str, tuple[LandmarkSet, ...]] = {"hand": HAND, "ten": TEN, "holistic": HOLISTIC}
PARTS = ("clips", "recorded", "motion", "others")
"""Parts of the data that can be left out: letters of live clips, recorded rows, J and Z in motion,
other signs."""
OF_CAMERA = (
    "turn", "yaw", "about", "depth", "lens", "bias", "jitter", "drift", "slip", "wobble", "drop",
    "swap", "variety", "lag", "smear", "steady", "rates",
)  # fmt: skip


@dataclass(frozen=True)
class Recipe:
    """Attributes:
    sets: which landmarks: a key of `SETS`.
    full_every: every so manieth step trains the full-context form, 0 none.
    look_ahead: ticks by which targets come later than what they name.
    average: how much of the moving average is kept at a step.
    frames: weight of the loss of single ticks, at the beginning and at the end.
    without: augmentations (`NAMES`), disturbances (`OF_CAMERA`) and parts of the data (`PARTS`)
        that are left out.
    """

    dim: int = 128
    blocks: tuple[int, int] = (2, 2)
    kernels: tuple[int, ...] = (11, 5, 3)
    per_block: int = 3
    dropout: float = 0.1
    attention: bool = False
    sets: str = "hand"
    full_every: int = 4
    look_ahead: int = 3
    batch: int = 32
    length: int = 160
    peak: float = 3e-3
    decay: float = 0.02
    average: float = 0.999
    frames: tuple[float, float] = (1.5, 0.5)
    seed: int = 1
    without: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        known = (*NAMES, *OF_CAMERA, *PARTS)
        if unknown := [name for name in self.without if name not in known]:
            raise ValueError(f"no part {unknown[0]!r} to leave out: there are {', '.join(known)}")

    def model(self, symbols: int) -> Model:
        return get_model(
            self.dim, *self.blocks, self.kernels, self.per_block, self.dropout,
            sets=SETS[self.sets], symbols=symbols, attention=self.attention,
        )  # fmt: skip

    def augment(self) -> Augment:
        return Augment().without(*(name for name in self.without if name in NAMES))

    def camera(self) -> Camera:
        off: dict[str, Any] = {name: 0.0 for name in self.without if name in OF_CAMERA}
        if "rates" in off:
            off["rates"] = False
        return replace(Camera(), **off)

    def rate(self, done: float, step: int) -> float:
        """Learning rate: 200 steps of warm-up, then a cosine."""
        warm = min(1.0, (step + 1) / 200)
        return self.peak * warm * (0.5 + 0.5 * math.cos(math.pi * min(1.0, done))) + 1e-6

    def weight(self, done: float) -> float:
        """Of the frame loss."""
        first, last = self.frames
        return first + (last - first) * min(1.0, done)

    def told(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, told: dict[str, Any]) -> Recipe:
        """What `told` gave, be it by way of JSON."""
        return cls(**{k: tuple(v) if isinstance(v, list) else v for k, v in told.items()})
