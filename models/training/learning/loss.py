"""The loss: CTC over the window, and the cross entropy of the ticks whose target is known."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from models.training.synthesis.batches import Batch
from models.training.synthesis.targets import IGNORE


def losses(logits: Tensor, made: Batch) -> tuple[Tensor, Tensor]:
    """(CTC, frame cross entropy) of logits [B, T, symbols], per symbol and per tick.

    A batch of real phrases has no targets for single ticks: its frame loss is 0.
    """
    chances = functional.log_softmax(logits.float(), -1)
    ctc = functional.ctc_loss(
        chances.transpose(0, 1),
        torch.from_numpy(made.targets),
        torch.from_numpy(made.lengths),
        torch.from_numpy(made.sizes),
        reduction="sum",
        zero_infinity=True,
    ) / max(1, len(made.targets))
    frames = functional.nll_loss(
        chances.flatten(0, 1),
        torch.from_numpy(made.frames).flatten().to(chances.device),
        ignore_index=IGNORE,
        reduction="sum",
    ) / max(1, int((made.frames != IGNORE).sum()))
    return ctc, frames
