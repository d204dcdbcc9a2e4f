"""The first recogniser: causal convolutions only, all 4-D, so that everything folds to int8.

A window and a step are two forms of the same weights. Block: depthwise over the last `kernel`
ticks, 1x1 wider, BatchNorm, ReLU6, 1x1 back, BatchNorm, residual. Its state is the last
``kernel - 1`` ticks of its input; zeros stand for the time before the beginning in both forms.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional


@dataclass(frozen=True)
class Shape:
    width: int
    symbols: int
    """Blank included."""
    dim: int = 160
    blocks: int = 7
    kernel: int = 9
    wider: int = 2
    dropout: float = 0.1

    @property
    def sees(self) -> int:
        """Receptive field in ticks, all of it past."""
        return 1 + self.blocks * (self.kernel - 1)


class Block(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        d = shape.dim
        self.before = shape.kernel - 1
        self.time = nn.Conv2d(d, d, (1, shape.kernel), groups=d)
        self.wide = nn.Conv2d(d, shape.wider * d, 1, bias=False)
        self.wide_norm = nn.BatchNorm2d(shape.wider * d)
        self.back = nn.Conv2d(shape.wider * d, d, 1, bias=False)
        self.back_norm = nn.BatchNorm2d(d)
        self.drop = nn.Dropout2d(shape.dropout)

    def forward(self, x: Tensor) -> Tensor:
        """[B, dim, 1, T] to the same."""
        y: Tensor = self._mix(functional.pad(x, (self.before, 0)))
        return x + self.drop(y)

    def step(self, x: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """One tick [1, dim, 1, 1] with the state [1, dim, 1, kernel - 1]."""
        seen = torch.cat([state, x], 3)
        return x + self._mix(seen), seen[:, :, :, 1:]

    def _mix(self, seen: Tensor) -> Tensor:
        y = functional.relu6(self.wide_norm(self.wide(self.time(seen))))
        out: Tensor = self.back_norm(self.back(y))
        return out


class Net(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.stem = nn.Conv2d(shape.width, shape.dim, 1, bias=False)
        self.stem_norm = nn.BatchNorm2d(shape.dim)
        self.blocks = nn.ModuleList(Block(shape) for _ in range(shape.blocks))
        self.head = nn.Conv2d(shape.dim, shape.symbols, 1)

    def forward(self, features: Tensor) -> Tensor:
        """Logits [B, T, symbols] of a window [B, T, width] that begins after silence."""
        x = features.transpose(1, 2).unsqueeze(2)
        x = functional.relu6(self.stem_norm(self.stem(x)))
        for block in self.blocks:
            x = block(x)
        out: Tensor = self.head(x).squeeze(2).transpose(1, 2)
        return out


class Step(nn.Module):
    """The live form: one tick and the states in, logits and the states out. All NCHW."""

    def __init__(self, net: Net) -> None:
        super().__init__()
        self.net = net

    def forward(self, tick: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        """``tick`` [1, width, 1, 1]; states as `silence` gives them."""
        net = self.net
        x = functional.relu6(net.stem_norm(net.stem(tick)))
        after = []
        for block, state in zip(net.blocks, states, strict=True):
            x, state = block.step(x, state)  # type: ignore[operator]
            after.append(state)
        return (net.head(x), *after)

    def silence(self) -> tuple[Tensor, ...]:
        """The states before the first tick."""
        shape = self.net.shape
        return tuple(torch.zeros(1, shape.dim, 1, shape.kernel - 1) for _ in range(shape.blocks))


def greedy(logits: Tensor, alphabet: str) -> list[str]:
    """CTC texts of logits [B, T, symbols], the likeliest symbol of each tick."""
    out = []
    for row in logits.argmax(-1).tolist():
        said = [s for s, before in zip(row, [0, *row[:-1]], strict=True) if s and s != before]
        out.append("".join(alphabet[s - 1] for s in said))
    return out
