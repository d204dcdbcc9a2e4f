"""The simplest decoder of CTC."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def greedy(
    logits: NDArray[Any], alphabet: str, lengths: NDArray[np.int64] | None = None
) -> list[str]:
    """Texts of logits [B, T, symbols]: the likeliest of each tick, without repeats and blanks.

    Args:
        lengths: [B], ticks of each that are not padding; all T without it.
    """
    texts = []
    for n, row in enumerate(np.asarray(logits).argmax(-1)):
        best = row if lengths is None else row[: lengths[n]]
        new = best[(best != np.append(0, best[:-1])) & (best > 0)]
        texts.append("".join(alphabet[symbol - 1] for symbol in new))
    return texts
