"""Layers all blocks are made of, on [B, C, 1, T]: in this layout every norm folds when exported.

BatchNorm after each convolution and none on the residual stream, as in LeViT (Graham et al.,
arXiv:2104.01136): nothing is left of it at run time, in float or int8. The half steps of the
Conformer and the scales of the Squeezeformer are initial values of the last norm of a branch,
which learns them. Each form has norms of its own, since a layer that sees the future has other
statistics (switchable BatchNorm: Yu et al., arXiv:1812.08928).

Dropout drops whole channels of a sequence: neighbouring ticks are so alike that a tick dropped on
its own is read from the next one.
"""

from __future__ import annotations

import math
from enum import Enum

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.training.architecture.time import Form, Time


class Act(Enum):
    NONE = "none"
    SILU = "silu"
    RELU6 = "relu6"

    def __call__(self, x: Tensor) -> Tensor:
        if self is Act.SILU:
            return functional.silu(x)
        return functional.relu6(x) if self is Act.RELU6 else x


class Norm(nn.Module):
    def __init__(self, dim: int, scale: float = 1.0) -> None:
        super().__init__()
        self.streaming = nn.BatchNorm2d(dim)
        self.full = nn.BatchNorm2d(dim)
        nn.init.constant_(self.streaming.weight, scale)
        nn.init.constant_(self.full.weight, scale)

    def forward(self, x: Tensor, form: Form) -> Tensor:
        y: Tensor = self.streaming(x) if form is Form.STREAMING else self.full(x)
        return y


class Pointwise(nn.Module):
    """1x1 convolution, norm, activation; ``scale`` is what the norm begins with."""

    def __init__(self, dim: int, out: int, act: Act = Act.NONE, scale: float = 1.0) -> None:
        super().__init__()
        self.conv = nn.Conv2d(dim, out, 1, bias=False)
        self.norm = Norm(out, scale)
        self.act = act

    def forward(self, x: Tensor, time: Time) -> Tensor:
        return self.act(self.norm(self.conv(x), time.form))


class Depthwise(nn.Module):
    """Convolution over time of each channel, and norm.

    Both forms share the taps of the past ``kernel`` ticks; ``ahead`` are the taps of the full
    form on the next ``kernel // 2``. They begin at zero: at first both forms are the same.
    """

    def __init__(self, dim: int, kernel: int) -> None:
        super().__init__()
        self.past, self.future = kernel - 1, kernel // 2
        bound = 1 / math.sqrt(kernel)
        self.weight = nn.Parameter(torch.empty(dim, 1, 1, kernel).uniform_(-bound, bound))
        self.ahead = nn.Parameter(torch.zeros(dim, 1, 1, self.future))
        self.norm = Norm(dim)

    def see(self, x: Tensor, time: Time) -> Tensor:
        """``x`` with the ticks around it that `forward` needs."""
        return time.taps(x, self.past, self.future)

    def forward(self, seen: Tensor, time: Time) -> Tensor:
        weight: Tensor = self.weight
        if time.form is Form.FULL:
            weight = torch.cat([weight, self.ahead], 3)
        y: Tensor = self.norm(functional.conv2d(seen, weight, groups=len(weight)), time.form)
        return y


class FeedForward(nn.Module):
    """Four times wider and back."""

    def __init__(self, dim: int, act: Act, dropout: float, scale: float = 1.0) -> None:
        super().__init__()
        self.wide = Pointwise(dim, 4 * dim, act)
        self.back = Pointwise(4 * dim, dim, scale=scale)
        self.drop = nn.Dropout2d(dropout)

    def forward(self, x: Tensor, time: Time) -> Tensor:
        y: Tensor = self.drop(self.back(self.drop(self.wide(x, time)), time))
        return x + y


class Convolution(nn.Module):
    """The convolution module of both block kinds.

    Args:
        gated: a gated linear unit before the depthwise convolution, as the Conformer has it
            (arXiv:2005.08100, 2.2); else the activation, as the Squeezeformer (arXiv:2206.00888,
            3.2).
    """

    def __init__(self, dim: int, kernel: int, act: Act, gated: bool, dropout: float) -> None:
        super().__init__()
        self.enter = Pointwise(dim, dim, Act.NONE if gated else act)
        self.gate = Pointwise(dim, dim) if gated else None
        self.time = Depthwise(dim, kernel)
        self.act = act
        self.leave = Pointwise(dim, dim)
        self.drop = nn.Dropout2d(dropout)

    def forward(self, x: Tensor, time: Time) -> Tensor:
        y = self.enter(x, time)
        if self.gate is not None:
            y = y * torch.sigmoid(self.gate(x, time))
        y = self.act(self.time(self.time.see(y, time), time))
        out: Tensor = self.drop(self.leave(y, time))
        return x + out
