"""Attention with rotary positions, and what encoder and decoder share; all on [B, T, C]."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

HIDDEN = -1e4
"""Added to the score of what must not be attended to; exp of it is 0."""
_SLOWEST = 1000.0


def rotation(positions: Tensor, dim: int) -> tuple[Tensor, Tensor]:
    """Cosine and sine [T, dim / 2] by which `rotate` turns vectors at ``positions`` [T].

    RoFormer (Su et al., arXiv:2104.09864), its slowest turn shortened to the length of a segment.
    """
    steps = torch.arange(dim // 2, device=positions.device, dtype=torch.float32)
    angles = positions[:, None] * _SLOWEST ** (-2 * steps / dim)
    return angles.cos(), angles.sin()


def rotate(x: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
    """``x`` [..., T, D] turned by `rotation`: products then depend on distances alone."""
    cos, sin = (part.to(x.dtype) for part in turn)
    one, two = x.chunk(2, -1)
    return torch.cat([one * cos - two * sin, two * cos + one * sin], -1)


def places(frames: int, dim: int) -> Tensor:
    """Where each of ``frames`` stands, [frames, dim], for a decoder that looks for the next one."""
    cos, sin = rotation(torch.arange(frames, dtype=torch.float32), dim)
    return torch.cat([cos, sin], -1)


def split(x: Tensor, heads: int) -> Tensor:
    """[B, T, C] to [B, heads, T, C / heads]."""
    return x.reshape(x.shape[0], x.shape[1], heads, -1).transpose(1, 2)


def mixed(query: Tensor, key: Tensor, value: Tensor, bias: Tensor) -> Tensor:
    """softmax(q k + bias) v, the heads joined: [B, T, C] of [B, heads, T, D]."""
    scores = query @ key.transpose(2, 3) * query.shape[-1] ** -0.5 + bias
    out = (scores.softmax(-1) @ value).transpose(1, 2)
    return out.reshape(out.shape[0], out.shape[1], -1)


class FeedForward(nn.Module):
    def __init__(self, dim: int, wider: int, dropout: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.wide = nn.Linear(dim, wider * dim)
        self.back = nn.Linear(wider * dim, dim)
        self.drop = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        y = self.drop(functional.silu(self.wide(self.norm(x))))
        out: Tensor = x + self.drop(self.back(y))
        return out
