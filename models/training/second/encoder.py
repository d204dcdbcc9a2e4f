"""The encoder: a stem for each landmark set, then Squeezeformer blocks that see the whole segment.

Layer norm stands before each module and not after it, as the Squeezeformer has it: it then trains
without a long warm-up. What mixes ticks is kept from seeing the padding, so that a segment gives
the same in a batch of longer ones.
"""

from __future__ import annotations

from itertools import accumulate

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.training.architecture.shape import LandmarkSet
from models.training.second.layers import HIDDEN, FeedForward, mixed, rotate, rotation, split
from models.training.second.size import REDUCTION, Size


class Depthwise(nn.Module):
    """Convolution over time of each channel, centred, blind to the padding."""

    def __init__(self, dim: int, kernel: int) -> None:
        super().__init__()
        self.conv = nn.Conv1d(dim, dim, kernel, padding=kernel // 2, groups=dim)

    def forward(self, x: Tensor, inside: Tensor) -> Tensor:
        y: Tensor = self.conv((x * inside[..., None]).transpose(1, 2)).transpose(1, 2)
        return y


class Stem(nn.Module):
    """One landmark set on its own. Of an absent set all is zero: its biases are what it says."""

    def __init__(self, landmarks: LandmarkSet, dim: int) -> None:
        super().__init__()
        self.enter = nn.Linear(landmarks.width, dim)
        self.leave = nn.Linear(dim, dim)
        self.near = Depthwise(dim, 5)

    def forward(self, x: Tensor, inside: Tensor) -> Tensor:
        y = functional.silu(self.enter(x))
        y = y + functional.silu(self.near(y, inside))
        out: Tensor = self.leave(y)
        return out


class SqueezeBlock(nn.Module):
    """Attention, feed-forward, convolution, feed-forward (arXiv:2206.00888, figure 2)."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        dim, self.heads = size.dim, size.heads
        self.attend = nn.LayerNorm(dim)
        self.query, self.key = nn.Linear(dim, dim), nn.Linear(dim, dim)
        self.value, self.join = nn.Linear(dim, dim), nn.Linear(dim, dim)
        self.first = FeedForward(dim, size.wider, size.dropout)
        self.convolve = nn.LayerNorm(dim)
        self.enter, self.leave = nn.Linear(dim, dim), nn.Linear(dim, dim)
        self.time = Depthwise(dim, size.kernel)
        self.settle = nn.LayerNorm(dim)
        self.second = FeedForward(dim, size.wider, size.dropout)
        self.drop = nn.Dropout(size.dropout)

    def forward(
        self, x: Tensor, inside: Tensor, bias: Tensor, turn: tuple[Tensor, Tensor]
    ) -> Tensor:
        y = self.attend(x)
        query = rotate(split(self.query(y), self.heads), turn)
        key = rotate(split(self.key(y), self.heads), turn)
        x = x + self.drop(self.join(mixed(query, key, split(self.value(y), self.heads), bias)))
        x = self.first(x)
        y = functional.silu(self.enter(self.convolve(x)))
        y = functional.silu(self.settle(self.time(y, inside)))
        x = x + self.drop(self.leave(y))
        out: Tensor = self.second(x)
        return out


class Encoder(nn.Module):
    def __init__(self, size: Size) -> None:
        super().__init__()
        each = 8 * -(-size.dim // len(size.sets) // 8)
        ends = list(accumulate(s.width for s in size.sets))
        self.columns = [slice(end - s.width, end) for end, s in zip(ends, size.sets, strict=True)]
        self.stems = nn.ModuleList(Stem(s, each) for s in size.sets)
        self.reduce = nn.Linear(REDUCTION * each * len(size.sets), size.dim)
        self.blocks = nn.ModuleList(SqueezeBlock(size) for _ in range(size.blocks))
        self.norm = nn.LayerNorm(size.dim)
        self.each = size.dim // size.heads

    def forward(self, features: Tensor, inside: Tensor) -> tuple[Tensor, Tensor]:
        """(frames [B, T / `REDUCTION`, dim], which of them are no padding).

        Args:
            features: [B, T, width], the sets one after the other; T a multiple of `REDUCTION`.
            inside: [B, T], 1 for a tick, 0 for padding, which is at the end.
        """
        parts = [features[..., where] for where in self.columns]
        stems = [stem(part, inside) for stem, part in zip(self.stems, parts, strict=True)]
        x = torch.cat(stems, -1) * inside[..., None]
        frames = x.shape[1] // REDUCTION
        x = self.reduce(x.reshape(x.shape[0], frames, -1))
        # A frame is one if its first tick is.
        inside = inside.reshape(-1, frames, REDUCTION)[..., 0]
        bias = (1 - inside)[:, None, None] * HIDDEN
        turn = rotation(torch.arange(frames, device=x.device, dtype=torch.float32), self.each)
        for block in self.blocks:
            x = block(x, inside, bias, turn)
        return self.norm(x), inside
