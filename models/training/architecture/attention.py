"""What mixes ticks that lie far apart: attention, or a long convolution where there is none."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from models.training.architecture.layers import Act, Depthwise, Pointwise
from models.training.architecture.time import Time


class Heads(nn.Module):
    """softmax(q k + b[distance]) v, what stays float when the rest of a model is int8.

    The scale 1 / sqrt(d) of "Attention Is All You Need" (arXiv:1706.03762) is what the norm of q
    begins with; the bias is that of T5 (arXiv:1910.10683, 2.1), one for each tick up to
    ``reach`` on either side, the same for all beyond.
    """

    def __init__(self, heads: int, reach: int) -> None:
        super().__init__()
        self.reach = reach
        # From the most distant past on, so that the streaming form needs its first half as it is.
        self.bias = nn.Parameter(torch.zeros(heads, 2 * reach - 1))

    def forward(self, query: Tensor, key: Tensor, value: Tensor, time: Time) -> Tensor:
        """``query`` [B, heads, T, D], ``key`` and ``value`` [B, heads, K, D]: as the query."""
        scores = query @ key.transpose(2, 3) + self._bias(time) + time.hidden(self.reach)
        return scores.softmax(3) @ value

    def _bias(self, time: Time) -> Tensor:
        """[heads, T, K]."""
        away = time.distances(self.reach)
        if away.shape == (1, self.reach):  # a tick and its past: no need to look each one up
            return self.bias[:, None, : self.reach]
        return self.bias[:, self.reach - 1 - away.clamp(1 - self.reach, self.reach - 1)]


class Attention(nn.Module):
    """Multi-head attention, residual."""

    def __init__(self, dim: int, heads: int, reach: int, dropout: float) -> None:
        super().__init__()
        self.query = Pointwise(dim, dim, scale=(dim // heads) ** -0.5)
        self.key = Pointwise(dim, dim)
        self.value = Pointwise(dim, dim)
        self.split = heads
        self.heads = Heads(heads, reach)
        self.leave = Pointwise(dim, dim)
        self.drop = nn.Dropout2d(dropout)

    def forward(self, x: Tensor, time: Time) -> Tensor:
        query = self._split(self.query(x, time))
        key = time.recall(self._split(self.key(x, time)), self.heads.reach)
        value = time.recall(self._split(self.value(x, time)), self.heads.reach)
        mixed = self.heads(query, key, value, time).transpose(2, 3).reshape(x.shape)
        y: Tensor = self.drop(self.leave(mixed, time))
        return x + y

    def _split(self, x: Tensor) -> Tensor:
        """[B, C, 1, T] to [B, heads, T, C / heads]."""
        return x.reshape(len(x), self.split, -1, x.shape[3]).transpose(2, 3)


class LongConvolution(nn.Module):
    """What stands for an attention where there is none: a long depthwise convolution, residual."""

    def __init__(self, dim: int, reach: int, act: Act, dropout: float) -> None:
        super().__init__()
        self.enter = Pointwise(dim, dim, act)
        self.time = Depthwise(dim, reach)
        self.act = act
        self.leave = Pointwise(dim, dim)
        self.drop = nn.Dropout2d(dropout)

    def forward(self, x: Tensor, time: Time) -> Tensor:
        y = self.act(self.time(self.time.see(self.enter(x, time), time), time))
        out: Tensor = self.drop(self.leave(y, time))
        return x + out
