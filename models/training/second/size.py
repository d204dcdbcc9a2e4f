"""What the second reader's model is made of, and the symbols its decoder takes and gives."""

from __future__ import annotations

from dataclasses import dataclass

from models.training.architecture.shape import HAND, LandmarkSet

END = 0
"""Symbol n is character n - 1 of the alphabet; 0 ends a text, and is CTC's blank."""
REDUCTION = 2
"""Ticks that the encoder joins into one frame."""


@dataclass(frozen=True)
class Size:
    """Attributes:
    sets: the landmarks it reads; each gets a stem of its own.
    dim: channels of encoder and decoder.
    blocks: Squeezeformer blocks.
    kernel: of their convolutions, in frames, odd.
    layers: of the decoder.
    wider: how much wider the feed-forward modules are.
    characters: of the alphabet.
    """

    sets: tuple[LandmarkSet, ...] = HAND
    dim: int = 128
    blocks: int = 4
    heads: int = 4
    kernel: int = 15
    layers: int = 2
    wider: int = 4
    dropout: float = 0.1
    characters: int = 37

    def __post_init__(self) -> None:
        if self.dim % (2 * self.heads):
            raise ValueError(f"dim {self.dim} is no multiple of two times {self.heads} heads")
        if self.kernel % 2 == 0:
            raise ValueError(f"a kernel of {self.kernel} frames has no middle: give an odd one")
        if len({s.name for s in self.sets}) != len(self.sets) or not self.sets:
            raise ValueError("landmark sets must be named, each once")

    @property
    def width(self) -> int:
        """Features per tick."""
        return sum(s.width for s in self.sets)

    @property
    def forward_start(self) -> int:
        """What the decoder takes before the first character of a text."""
        return self.characters + 1

    @property
    def reversed_start(self) -> int:
        """The same for a text that is to be read from its end."""
        return self.characters + 2

    @property
    def unknown(self) -> int:
        """What stands for a character that is masked in training."""
        return self.characters + 3

    @property
    def symbols(self) -> int:
        """That the decoder gives."""
        return self.characters + 1

    def macs(self, ticks: int, characters: int) -> int:
        """Multiplications of a reading of ``ticks`` with ``characters``, one beam."""
        d, frames = self.dim, -(-ticks // REDUCTION)
        stem = sum(s.width * self._each + self._each**2 for s in self.sets) + 5 * self._joined
        block = d * d * (4 + 4 * self.wider + 2) + d * self.kernel + 2 * frames * d
        encoder = ticks * stem + frames * (REDUCTION * self._joined * d + self.blocks * block)
        keys = frames * self.layers * 2 * d * d
        heads = frames * REDUCTION * d * self.symbols
        layer = d * d * (6 + 2 * self.wider) + 2 * d * (characters + frames)
        decoder = (characters + 1) * (self.layers * layer + d * self.symbols)
        return encoder + keys + heads + decoder

    @property
    def _each(self) -> int:
        """Channels of one stem."""
        return 8 * -(-self.dim // len(self.sets) // 8)

    @property
    def _joined(self) -> int:
        return self._each * len(self.sets)
