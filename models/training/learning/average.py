"""An exponential moving average of a network (Polyak averaging), its statistics included."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Average:
    """Follows a network; early on it forgets faster, so that it does not drag its beginning along.

    Attributes:
        state: as `torch.nn.Module.state_dict`.
    """

    def __init__(self, net: nn.Module, keep: float = 0.999) -> None:
        self.keep, self.steps = keep, 0
        self.state: dict[str, Tensor] = {k: v.detach().clone() for k, v in net.state_dict().items()}

    def update(self, net: nn.Module) -> None:
        self.steps += 1
        keep = min(self.keep, (1 + self.steps) / (10 + self.steps))
        with torch.no_grad():
            for name, value in net.state_dict().items():
                if value.is_floating_point():
                    self.state[name].lerp_(value, 1 - keep)
                else:
                    self.state[name].copy_(value)
