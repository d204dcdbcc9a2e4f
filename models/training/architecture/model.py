"""The whole model, as a window in either form and as a step."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from models.training.architecture.conformer import ConformBlock
from models.training.architecture.layers import Act
from models.training.architecture.shape import Shape
from models.training.architecture.squeezeformer import SqueezeBlock
from models.training.architecture.stem import ConvBlock, Embedding
from models.training.architecture.time import Form, Live, State, Time, Window


class Model(nn.Module):
    """Landmark features to CTC logits. See `models.training.architecture.get_model`."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        act = Act.SILU if shape.attention else Act.RELU6
        self.embed = Embedding(shape.sets, shape.dim, act)
        blocks: list[nn.Module] = []
        for stage in range(shape.stages):
            blocks += [
                ConvBlock(shape.dim, kernel, act, shape.attention, shape.dropout_rate)
                for kernel in shape.kernels
            ]
            squeeze = stage < shape.num_conv_squeeze_blocks
            blocks.append((SqueezeBlock if squeeze else ConformBlock)(shape, act))
        self.blocks = nn.ModuleList(blocks)
        self.head = nn.Conv2d(shape.dim, shape.symbols, 1)
        widths = torch.tensor([s.width for s in shape.sets])
        self.register_buffer("_widths", widths, persistent=False)
        self._widths: Tensor

    def forward(
        self, features: Tensor, lengths: Tensor | None = None, form: Form = Form.STREAMING
    ) -> Tensor:
        """Logits [B, T, symbols] of sequences that begin after silence.

        Args:
            features: [B, T, width], the sets one after the other; what stands in an absent set
                does not matter, be it NaN.
            lengths: [B], ticks before the padding; all T without it.
        """
        x = self.blank(features).transpose(1, 2).unsqueeze(2)
        time = Window(form, features.shape[1], lengths, features.device)
        return self.run(x, time).squeeze(2).transpose(1, 2)

    def step(self, tick: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Logits [B, symbols] and the state after a tick [B, width]; no state before the first.

        It gives what the window gives in eval mode.
        """
        live = Live(None if state is None else state.tensors, tick.device)
        logits = self.run(self.blank(tick)[:, :, None, None], live)
        return logits[:, :, 0, 0], State(tuple(live.after), tuple(live.images))

    def run(self, x: Tensor, time: Time) -> Tensor:
        """Logits [B, symbols, 1, T] of ``x`` [B, width, 1, T], absent sets all zero."""
        x = self.embed(x, time)
        for block in self.blocks:
            x = block(x, time)
        logits: Tensor = self.head(x)
        return logits

    def blank(self, features: Tensor) -> Tensor:
        """``features`` [..., width] with absent sets all zero."""
        seen = features[..., self._widths.cumsum(0) - 1] > 0.5
        return features.where(seen.repeat_interleave(self._widths, dim=-1), 0.0)

    def silence(self) -> State:
        """The state before the first tick, of a batch of one."""
        tick = self.head.weight.new_zeros(1, self.shape.width, 1, 1)
        live, training = Live(None, tick.device), self.training
        self.eval()  # norms cannot learn from one tick, and must not
        with torch.no_grad():
            self.run(tick, live)
        self.train(training)
        return State(tuple(live.silence), tuple(live.images))


class Step(nn.Module):
    """The live graph: one tick [1, width, 1, 1] and the state in, logits and the state out.

    Unlike `Model.step` it takes absent sets for zero as they are, as
    `edge.recognize.hand_features.encode` makes them.
    """

    def __init__(self, model: Model) -> None:
        super().__init__()
        self.model = model

    def forward(self, tick: Tensor, *state: Tensor) -> tuple[Tensor, ...]:
        live = Live(state)
        return (self.model.run(tick, live), *live.after)


class Whole(nn.Module):
    """The graph of a window: [1, width, 1, T] to logits [1, symbols, 1, T]."""

    def __init__(self, model: Model, form: Form) -> None:
        super().__init__()
        self.model, self.form = model, form

    def forward(self, x: Tensor) -> Tensor:
        return self.model.run(x, Window(self.form, x.shape[3]))
