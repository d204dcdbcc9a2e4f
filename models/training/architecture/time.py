"""How a layer sees the ticks around the current one.

Every layer is written once, over a `Time`. `Window` is a whole sequence, in either form; `Live`
is one tick with the past as state tensors. A layer asks for the ticks before it and gets them
padded with silence or joined from the state, so that a step gives what the window gives.

The two forms share their weights (dual-mode training, Yu et al., arXiv:2010.06030): the streaming
form sees no future and attends `reach` ticks back; the full form adds taps on the right of each
convolution and attends to everything. The streaming form needs no look-ahead of its own: trained
on targets that come some ticks late, every one of its layers sees that far ahead of what it names.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional

_HIDDEN = -1e4
"""Added to the score of a key that must not be attended to; exp of it is 0."""


class Form(Enum):
    STREAMING = "streaming"
    FULL = "full"


class Time(Protocol):
    form: Form

    def taps(self, x: Tensor, past: int, future: int) -> Tensor:
        """``x`` [B, C, 1, T] with what a convolution sees around it; zeros where nothing is."""

    def recall(self, x: Tensor, reach: int) -> Tensor:
        """Keys or values [B, H, T, D] with those of the past in front: [B, H, K, D]."""

    def distances(self, reach: int) -> Tensor:
        """Ticks from key to query, [T, K], negative towards the future."""

    def hidden(self, reach: int) -> Tensor:
        """What is added to the scores, [1 or B, 1, T, K]: 0 for a key that may be attended to."""


class Window:
    """A batch of whole sequences of ``ticks`` ticks that begin after silence.

    Args:
        lengths: [B], ticks of each that are not padding; the padding is at the end. The
            streaming form cannot see it; in the full form it is kept out.
    """

    def __init__(
        self,
        form: Form,
        ticks: int,
        lengths: Tensor | None = None,
        device: torch.device | None = None,
    ) -> None:
        self.form = form
        self._ticks = torch.arange(ticks, device=device)
        self._inside: Tensor | None = None
        if lengths is not None and form is Form.FULL:
            self._inside = self._ticks < lengths[:, None]

    def taps(self, x: Tensor, past: int, future: int) -> Tensor:
        if self._inside is not None:
            x = x * self._inside[:, None, None]
        return functional.pad(x, (past, future if self.form is Form.FULL else 0))

    def recall(self, x: Tensor, reach: int) -> Tensor:
        return x if self.form is Form.FULL else functional.pad(x, (0, 0, reach - 1, 0))

    def distances(self, reach: int) -> Tensor:
        return self._ticks[:, None] - self._keys(reach)

    def hidden(self, reach: int) -> Tensor:
        away = self.distances(reach)
        if self.form is Form.STREAMING:
            bad = ((away < 0) | (away >= reach) | (self._keys(reach) < 0))[None, None]
        elif self._inside is not None:
            bad = ~self._inside[:, None, None]
        else:
            bad = torch.zeros_like(away[None, None], dtype=torch.bool)
        return bad * _HIDDEN

    def _keys(self, reach: int) -> Tensor:
        past = 0 if self.form is Form.FULL else reach - 1
        return torch.arange(-past, len(self._ticks), device=self._ticks.device)


@dataclass(frozen=True)
class State:
    """What the streaming form remembers between two ticks.

    Attributes:
        tensors: in the order the layers ask for them, all zero before the first tick. The inputs
            of convolutions are [B, C, 1, T], cached keys and values [B, heads, T, D]; one [1, 1,
            1, T] for all caches says which of their ticks are real, 1, and which were never.
        images: numbers of the inputs of convolutions.
    """

    tensors: tuple[Tensor, ...]
    images: tuple[int, ...]


class Live:
    """One tick after those in ``before``, or the first one of all.

    Attributes:
        after: the state after the tick, complete when all layers have run.
    """

    form = Form.STREAMING

    def __init__(
        self, before: tuple[Tensor, ...] | None = None, device: torch.device | None = None
    ) -> None:
        self._before: Iterator[Tensor] | None = None if before is None else iter(before)
        self._device = device
        self._hidden: Tensor | None = None
        self.after: list[Tensor] = []
        self.images: list[int] = []
        self.silence: list[Tensor] = []

    def taps(self, x: Tensor, past: int, future: int) -> Tensor:
        self.images.append(len(self.after))
        return self._join(x, past, 3)

    def recall(self, x: Tensor, reach: int) -> Tensor:
        return self._join(x, reach - 1, 2)

    def distances(self, reach: int) -> Tensor:
        return torch.arange(reach - 1, -1, -1, device=self._device)[None]

    def hidden(self, reach: int) -> Tensor:
        if self._hidden is None:  # the first layer that attends asks for all
            known = self._join(torch.ones(1, 1, 1, 1, device=self._device), reach - 1, 3)
            self._hidden = (known - 1) * -_HIDDEN
        return self._hidden

    def _join(self, x: Tensor, past: int, axis: int) -> Tensor:
        if self._before is None:
            before = x.new_zeros([past if n == axis else size for n, size in enumerate(x.shape)])
            self.silence.append(before)
        else:
            before = next(self._before)
        seen = torch.cat([before, x], axis)
        self.after.append(seen.narrow(axis, 1, past))
        return seen
