"""What a model is made of: the landmark sets it reads and the sizes of its blocks."""

from __future__ import annotations

from dataclasses import dataclass

from edge.recognize.hand_features import WIDTH


@dataclass(frozen=True)
class LandmarkSet:
    """Landmarks that are seen, or missed, together.

    Attributes:
        width: features per tick; the last one is 1 where the set is present, else 0.
    """

    name: str
    points: int
    width: int

    def __post_init__(self) -> None:
        if self.width < 2:
            raise ValueError(f"landmark set {self.name}: no room for a feature and its presence")


HAND = (LandmarkSet("hand", 21, WIDTH),)
"""The features `edge.recognize.hand_features` makes."""

HOLISTIC = (
    LandmarkSet("left_hand", 21, 3 * 21 + 1),
    LandmarkSet("right_hand", 21, 3 * 21 + 1),
    LandmarkSet("face", 40, 3 * 40 + 1),
    LandmarkSet("pose", 10, 3 * 10 + 1),
)
"""The sets Ishara reads, with x, y, z of each point."""


LONGEST = 25
"""Taps of a depthwise convolution that XNNPACK runs fast in int8; a step with four of 32 takes
seven times as long."""


@dataclass(frozen=True)
class Shape:
    """Sizes of a model; the first six of them are the arguments of `get_model`.

    Attributes:
        kernel_sizes: of the Conv1D blocks of a stage in turn, in ticks of the past.
        symbols: blank included.
        heads: of each attention.
        reach: ticks that the streaming form attends to, the current one included; without
            attention the kernel of the long convolution that stands in its place, at most
            `LONGEST`.
        block_kernel: of the convolution modules in the Squeezeformer and Conformer blocks.
        attention: False is the variant for the Edge TPU: no attention, no gates, ReLU6.
    """

    dim: int
    num_conv_squeeze_blocks: int
    num_conv_conform_blocks: int
    kernel_sizes: tuple[int, ...]
    num_conv_per_block: int
    dropout_rate: float
    sets: tuple[LandmarkSet, ...] = HAND
    symbols: int = 28
    heads: int = 4
    reach: int = 25
    block_kernel: int = 15
    attention: bool = True

    def __post_init__(self) -> None:
        if self.dim % self.heads:
            raise ValueError(f"dim {self.dim} is no multiple of {self.heads} heads")
        if min((*self.kernel_sizes, self.block_kernel, self.reach)) < 2:
            raise ValueError("a kernel or a reach below 2 ticks sees no time")
        if (
            not self.attention
            and max((*self.kernel_sizes, self.block_kernel, self.reach)) > LONGEST
        ):
            raise ValueError(f"a kernel above {LONGEST} ticks is slow in int8")
        if len({s.name for s in self.sets}) != len(self.sets) or not self.sets:
            raise ValueError("landmark sets must be named, each once")

    @property
    def width(self) -> int:
        """Features per tick."""
        return sum(s.width for s in self.sets)

    @property
    def kernels(self) -> tuple[int, ...]:
        """Kernels of the Conv1D blocks of one stage."""
        return tuple(
            self.kernel_sizes[n % len(self.kernel_sizes)] for n in range(self.num_conv_per_block)
        )

    @property
    def stages(self) -> int:
        return self.num_conv_squeeze_blocks + self.num_conv_conform_blocks

    @property
    def sees(self) -> int:
        """Receptive field of the streaming form in ticks, all of it past."""
        stage = sum(k - 1 for k in self.kernels) + self.block_kernel - 1 + self.reach - 1
        return 1 + self.stages * stage
