"""The way in: an embedding for each landmark set, and Conv1D blocks with channel attention."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.training.architecture.layers import Act, Depthwise, Norm, Pointwise
from models.training.architecture.shape import LandmarkSet
from models.training.architecture.time import Time


class Embedding(nn.Module):
    """Features of all sets, each embedded on its own, then mixed.

    The features of an absent set are zero, its presence too: what is left is the bias, the
    learned embedding of an absent set. One convolution whose weights between different sets are
    held at zero does them all, so that no graph needs to slice its input.
    """

    def __init__(self, sets: tuple[LandmarkSet, ...], dim: int, act: Act) -> None:
        super().__init__()
        each = 8 * math.ceil(dim / len(sets) / 8)
        wide = each * len(sets)
        own = torch.zeros(wide, sum(s.width for s in sets), 1, 1)
        weight = torch.zeros_like(own)
        row = column = 0
        for s in sets:
            part = slice(row, row + each), slice(column, column + s.width)
            bound = 1 / math.sqrt(s.width)
            own[part] = 1
            weight[part] = torch.empty(each, s.width, 1, 1).uniform_(-bound, bound)
            row, column = row + each, column + s.width
        self.weight = nn.Parameter(weight)
        self.register_buffer("own", own, persistent=False)
        self.own: Tensor
        self.norm = Norm(wide)
        self.act = act
        self.mix = Pointwise(wide, dim, act)

    def forward(self, x: Tensor, time: Time) -> Tensor:
        """[B, width, 1, T] to [B, dim, 1, T]."""
        y = self.norm(functional.conv2d(x, self.weight * self.own), time.form)
        out: Tensor = self.mix(self.act(y), time)
        return out


def eca_kernel(channels: int) -> int:
    """Channels that an efficient channel attention joins: ECA-Net, arXiv:1910.03151, equation 12
    with gamma 2 and b 1."""
    near = int((math.log2(channels) + 1) / 2)
    return near if near % 2 else near + 1


class ChannelAttention(nn.Module):
    """Efficient channel attention (ECA-Net, arXiv:1910.03151) with a pool that streams.

    The pool is the mean over the ticks that the block's depthwise convolution sees. The mean over
    the whole sequence would need the future, and the mean over all the past a count that grows
    with the phrase and a running sum that int8 cannot hold; this one costs no state of its own.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        kernel = eca_kernel(channels)
        self.conv = nn.Conv2d(1, 1, (kernel, 1), padding=(kernel // 2, 0))

    def forward(self, seen: Tensor, ticks: int) -> Tensor:
        """Gates [B, C, 1, T] of ``seen`` [B, C, 1, ticks - 1 + T]."""
        mean = functional.avg_pool2d(seen, (1, ticks), 1)
        near: Tensor = self.conv(mean.transpose(1, 2)).transpose(1, 2)
        return torch.sigmoid(near)


class ConvBlock(nn.Module):
    """Twice wider, depthwise over time, channel attention, back, residual."""

    def __init__(self, dim: int, kernel: int, act: Act, gated: bool, dropout: float) -> None:
        super().__init__()
        self.wide = Pointwise(dim, 2 * dim, act)
        self.time = Depthwise(2 * dim, kernel)
        self.attend = ChannelAttention(2 * dim) if gated else None
        self.act = act
        self.back = Pointwise(2 * dim, dim)
        self.drop = nn.Dropout2d(dropout)

    def forward(self, x: Tensor, time: Time) -> Tensor:
        seen = self.time.see(self.wide(x, time), time)
        y = self.time(seen, time)
        if self.attend is None:
            y = self.act(y)
        else:
            y = y * self.attend(seen, seen.shape[3] - x.shape[3] + 1)
        out: Tensor = self.drop(self.back(y, time))
        return x + out
