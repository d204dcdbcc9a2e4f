"""The Squeezeformer block (Kim et al., arXiv:2206.00888, figure 2)."""

from __future__ import annotations

from torch import Tensor, nn

from models.training.architecture.attention import Attention, LongConvolution
from models.training.architecture.layers import Act, Convolution, FeedForward
from models.training.architecture.shape import Shape
from models.training.architecture.time import Time


class SqueezeBlock(nn.Module):
    """Attention, feed-forward, convolution, feed-forward; residuals, one activation throughout.

    Its time reduction is left out: at 30 ticks a second a fast letter lasts four, and a step that
    computes every other tick would come late.
    """

    def __init__(self, shape: Shape, act: Act) -> None:
        super().__init__()
        dim, drop = shape.dim, shape.dropout_rate
        self.far: nn.Module = (
            Attention(dim, shape.heads, shape.reach, drop)
            if shape.attention
            else LongConvolution(dim, shape.reach, act, drop)
        )
        self.first = FeedForward(dim, act, drop)
        self.near = Convolution(dim, shape.block_kernel, act, False, drop)
        self.second = FeedForward(dim, act, drop)

    def forward(self, x: Tensor, time: Time) -> Tensor:
        y: Tensor = self.first(self.far(x, time), time)
        return self.second(self.near(y, time), time)  # type: ignore[no-any-return]
