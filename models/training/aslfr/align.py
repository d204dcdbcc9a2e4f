"""When each letter of a phrase is spelled: the likeliest CTC path (Viterbi).

A trained model and the text give the times of the letters, which CutMix needs::

    python -m models.training.aslfr align CHECKPOINT FOLDER --out spans.json
    Feed(..., spans=load(Path("spans.json")))
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.errors import ConfigError
from models.training.aslfr.cache import Cache
from models.training.aslfr.characters import ALPHABET, readable
from models.training.aslfr.evaluation import Predictor
from models.training.aslfr.feed import pad_together, to_batch
from models.training.aslfr.folder import Row
from models.training.aslfr.prepare import SETS_OF
from models.training.augment import Span
from models.training.augment.sets import Floats


def align(log_probs: Floats, symbols: Sequence[int]) -> list[tuple[int, int]] | None:
    """First and last tick of each symbol on the likeliest path that spells ``symbols``.

    The path of Graves et al., "Connectionist Temporal Classification" (2006), section 4.1, with
    the maximum in place of the sum.

    Args:
        log_probs: [T, symbols], the blank first.
        symbols: from 1, what is spelled.

    Returns:
        None where T ticks cannot spell it.
    """
    states = np.zeros(2 * len(symbols) + 1, dtype=np.int64)
    states[1::2] = symbols
    skips = np.zeros(len(states), dtype=bool)
    skips[3::2] = states[3::2] != states[1:-2:2]
    emitted = np.asarray(log_probs, dtype=np.float64)[:, states]
    best = np.full(len(states), -np.inf)
    best[:2] = emitted[0, :2]
    back = np.zeros(emitted.shape, dtype=np.int64)
    for tick in range(1, len(emitted)):
        steps = np.full((3, len(states)), -np.inf)
        steps[0], steps[1, 1:] = best, best[:-1]
        steps[2, 2:] = np.where(skips[2:], best[:-2], -np.inf)
        back[tick] = steps.argmax(0)
        best = steps.max(0) + emitted[tick]
    state = len(states) - 1
    if len(symbols) and best[-2] > best[-1]:
        state -= 1
    if not np.isfinite(best[state]):
        return None
    path = np.zeros(len(emitted), dtype=np.int64)
    for tick in range(len(emitted) - 1, -1, -1):
        path[tick] = state
        state -= back[tick, state]
    ticks = [np.flatnonzero(path == 2 * n + 1) for n in range(len(symbols))]
    return [(int(at[0]), int(at[-1])) for at in ticks]


def align_rows(
    read: Predictor, cache: Cache, rows: Sequence[Row], delay: int, size: int = 32
) -> dict[int, list[Span]]:
    """The spans of ``rows`` by sequence; those that cannot be aligned are left out.

    Args:
        delay: ticks from the time a letter is held until the model emits it; spans are shifted
            back by it.
            A small streaming model trained by CTC alone, on synthesised phrases whose times are
            known, wanted 4: then 95 % of the cuts of CutMix fell between the letters they part.
    """
    found = {}
    rows = sorted((row for row in rows if cache.ticks(row)), key=cache.ticks)
    for at in range(0, len(rows), size):
        part = rows[at : at + size]
        sequences = pad_together(
            part, [cache.load(row) for row in part], [None] * len(part), SETS_OF[cache.sets]
        )
        batch = to_batch(sequences)
        for n, logits in enumerate(read(batch.features, batch.lengths)):
            text = readable(part[n].text)
            log_probs = _log_softmax(np.asarray(logits[: batch.lengths[n]], dtype=np.float64))
            times = align(log_probs, [ALPHABET.index(char) + 1 for char in text])
            if times is not None:
                last = float(sequences.lengths[n] - 1)
                early = np.clip(np.array(times, dtype=float).reshape(-1, 2) - delay, 0, last)
                found[part[n].sequence_id] = [
                    (char, start, end)
                    for char, (start, end) in zip(text, early.tolist(), strict=True)
                ]
    return found


def save(spans: Mapping[int, list[Span]], file: Path) -> None:
    """Write ``spans`` as JSON."""
    file.write_text(json.dumps(dict(spans)), encoding="utf-8")


def load(file: Path) -> dict[int, list[Span]]:
    """What `save` wrote.

    Raises:
        ConfigError: it is missing or something else.
    """
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        return {
            int(number): [(str(char), float(start), float(end)) for char, start, end in spans]
            for number, spans in content.items()
        }
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise ConfigError(f"{file} holds no spans ({error}): align the phrases again") from error


def _log_softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    top = logits - logits.max(-1, keepdims=True)
    shifted: NDArray[np.float64] = top - np.log(np.exp(top).sum(-1, keepdims=True))
    return shifted
