"""How well models read the signers they have never seen: what confidence is taught by."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch

from models.training.data.hands import Floats
from models.training.evaluation.metrics import distance
from models.training.second.batches import Segments, text_of
from models.training.second.feed import Phrases, Scores, Synthetic
from models.training.second.model import Model, Reading

FILE = "scores.npz"
SAVE_EVERY = 50
"""Batches, what is lost of a run that is killed."""


def score(truth: str, read: str) -> float:
    """The share of a text that was read: 1 - its distance / its length, 0 at worst.

    Of nothing to be read: whether nothing was.
    """
    if not truth:
        return float(not read)
    return max(0.0, 1 - distance(truth, read) / len(truth))


def read(model: Model, made: Segments) -> list[Reading]:
    """What ``model`` greedily makes of a batch."""
    return model.read(torch.from_numpy(made.features), torch.from_numpy(made.lengths))


def _scored(models: list[Model], folds: dict[str, int], made: Segments) -> Floats:
    """Each row read by the model that has never seen its signer."""
    out = np.full(len(made), np.nan, dtype=np.float32)
    whose = np.array([folds[signer] for signer in made.signers])
    for fold, model in enumerate(models):
        rows = np.flatnonzero(whose == fold)
        if len(rows):
            part = Segments(
                made.features[rows], made.lengths[rows], [made.texts[n] for n in rows],
                [made.signers[n] for n in rows], made.frames[rows], made.scores[rows],
            )  # fmt: skip
            texts = [text_of(reading.symbols) for reading in read(model, part)]
            out[rows] = [score(a, b) for a, b in zip(part.texts, texts, strict=True)]
    return out


def of_synthesis(
    models: list[Model], folds: dict[str, int], source: Synthetic, batches: int, file: Path,
    report: Callable[[str], None] = print,
) -> Scores:  # fmt: skip
    """The scores of ``batches`` batches; those in ``file`` are not made again."""
    known = load(file)
    for number in range(batches):
        if number not in known:
            known[number] = _scored(models, folds, source.scored(number))
            if number % SAVE_EVERY == SAVE_EVERY - 1:
                save(known, file)
                report(f"scored {number + 1} of {batches} batches, mean {_mean(known):.3f}")
    save(known, file)
    return {number: known[number] for number in range(batches)}


def of_phrases(
    models: list[Model], folds: dict[str, int], source: Phrases, file: Path,
    report: Callable[[str], None] = print,
) -> Scores:  # fmt: skip
    """The score of every phrase; those in ``file`` are not made again."""
    known = load(file)
    for count, (ids, made) in enumerate(_missing(source, known)):
        rows = _scored(models, folds, made)
        known |= {number: row[None] for number, row in zip(ids, rows, strict=True)}
        if count % SAVE_EVERY == SAVE_EVERY - 1:
            save(known, file)
            report(f"scored {len(known)} of {len(source.feed.rows)} phrases")
    save(known, file)
    return known


def _missing(source: Phrases, known: Scores) -> Iterator[tuple[list[int], Segments]]:
    return ((ids, made) for ids, made in source.plain() if not set(ids) <= known.keys())


def _mean(scores: Scores) -> float:
    return float(np.concatenate(list(scores.values())).mean())


def save(scores: Scores, file: Path) -> None:
    """Replace ``file``; never leaves half of it."""
    rows = list(scores.values())
    part = file.with_name(f"{file.name}.part")
    with part.open("wb") as opened:
        np.savez(
            opened, number=np.array(list(scores), np.int64),
            count=np.array([len(row) for row in rows], np.int64),
            score=np.concatenate(rows) if rows else np.zeros(0, np.float32),
        )  # fmt: skip
        opened.flush()
        os.fsync(opened.fileno())
    part.replace(file)


def load(file: Path) -> Scores:
    """What `save` wrote; nothing where there is no file."""
    if not file.is_file():
        return {}
    with np.load(file) as stored:
        ends = np.cumsum(stored["count"])
        rows = np.split(stored["score"], ends[:-1])
        return dict(zip(stored["number"].tolist(), rows, strict=True))
