"""The Conformer block (Gulati et al., arXiv:2005.08100, figure 1)."""

from __future__ import annotations

from torch import Tensor, nn

from models.training.architecture.attention import Attention, LongConvolution
from models.training.architecture.layers import Act, Convolution, FeedForward
from models.training.architecture.shape import Shape
from models.training.architecture.time import Time


class ConformBlock(nn.Module):
    """Half a feed-forward, attention, gated convolution, half a feed-forward; residuals."""

    def __init__(self, shape: Shape, act: Act) -> None:
        super().__init__()
        dim, drop = shape.dim, shape.dropout_rate
        self.first = FeedForward(dim, act, drop, scale=0.5)
        self.far: nn.Module = (
            Attention(dim, shape.heads, shape.reach, drop)
            if shape.attention
            else LongConvolution(dim, shape.reach, act, drop)
        )
        self.near = Convolution(dim, shape.block_kernel, act, shape.attention, drop)
        self.second = FeedForward(dim, act, drop, scale=0.5)

    def forward(self, x: Tensor, time: Time) -> Tensor:
        y: Tensor = self.far(self.first(x, time), time)
        return self.second(self.near(y, time), time)  # type: ignore[no-any-return]
