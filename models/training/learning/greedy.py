"""The simplest decoder of CTC."""

from __future__ import annotations

from torch import Tensor


def greedy(logits: Tensor, alphabet: str) -> list[str]:
    """Texts of logits [B, T, symbols]: the likeliest of each tick, without repeats and blanks."""
    out = []
    for row in logits.argmax(-1).tolist():
        said = [s for s, before in zip(row, [0, *row[:-1]], strict=True) if s and s != before]
        out.append("".join(alphabet[s - 1] for s in said))
    return out
