"""An exponential moving average of a network (Polyak averaging), its statistics included."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class EMA:
    """Follows a network; the decay is lower at first, to forget the initial weights soon.

    Attributes:
        state: as `torch.nn.Module.state_dict`.
    """

    def __init__(self, net: nn.Module, decay: float = 0.999) -> None:
        self.decay, self.steps = decay, 0
        self.state: dict[str, Tensor] = {k: v.detach().clone() for k, v in net.state_dict().items()}

    def load(self, state: dict[str, Tensor], steps: int) -> None:
        """Continue from the ``state`` after ``steps``; it may lie on another device."""
        for name, value in state.items():
            self.state[name].copy_(value)
        self.steps = steps

    def update(self, net: nn.Module) -> None:
        self.steps += 1
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        with torch.no_grad():
            for name, value in net.state_dict().items():
                if value.is_floating_point():
                    self.state[name].lerp_(value, 1 - decay)
                else:
                    self.state[name].copy_(value)
