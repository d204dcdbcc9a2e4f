"""What is learned: both texts, the symbol of every tick, CTC, and how sure to be."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from models.training.second.batches import Segments, Targets, symbols
from models.training.second.config import Config
from models.training.second.model import Answer
from models.training.synthesis.targets import IGNORE


def losses(answer: Answer, made: Segments, targets: Targets, config: Config) -> dict[str, Tensor]:
    """By name; ``total`` is what to minimise."""
    device = answer.ticks.device
    wanted = torch.from_numpy(targets.wanted).to(device)
    found = {"forward": _text(answer.forward, wanted[0], config.smoothing)}
    total = found["forward"]
    if "reversed" not in config.without:
        found["reversed"] = _text(answer.backward, wanted[1], config.smoothing)
        total = (total + found["reversed"]) / 2
    chances = answer.ticks.float().log_softmax(-1)
    if "frames" not in config.without:
        frames = torch.from_numpy(made.frames).to(device)
        known = (frames != IGNORE).sum().clamp(min=1)
        found["frames"] = (
            functional.nll_loss(
                chances.flatten(0, 1), frames.flatten(), ignore_index=IGNORE, reduction="sum"
            )
            / known
        )
        total = total + found["frames"]
    if "ctc" not in config.without:
        found["ctc"] = _ctc(chances, made)
        total = total + config.ctc_weight * found["ctc"]
    scores = torch.from_numpy(made.scores).to(device)
    known = scores.isfinite()
    if "confidence" not in config.without and known.any():
        found["confidence"] = functional.binary_cross_entropy_with_logits(
            answer.confidence.float()[known], scores[known]
        )
        total = total + config.confidence_weight * found["confidence"]
    return found | {"total": total}


def _text(logits: Tensor, wanted: Tensor, smoothing: float) -> Tensor:
    return functional.cross_entropy(
        logits.float().flatten(0, 1), wanted.flatten(), ignore_index=IGNORE,
        label_smoothing=smoothing,
    )  # fmt: skip


def _ctc(chances: Tensor, made: Segments) -> Tensor:
    rows = [symbols(text) for text in made.texts]
    flat = [symbol for row in rows for symbol in row]
    loss = functional.ctc_loss(
        chances.transpose(0, 1), torch.tensor(flat, dtype=torch.long),
        torch.from_numpy(made.lengths), torch.tensor([len(row) for row in rows]),
        reduction="sum", zero_infinity=True,
    )  # fmt: skip
    return loss / max(1, len(flat))
