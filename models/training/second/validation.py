"""Readings of the development signers: of synthesised segments, or of real phrases."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from models.training.aslfr.characters import readable
from models.training.aslfr.feed import pad_together
from models.training.aslfr.prepare import SETS_OF
from models.training.aslfr.splits import Split
from models.training.data.hands import training
from models.training.evaluation.metrics import Reading, total
from models.training.evaluation.samples import OWN
from models.training.second import batches, scores, segments
from models.training.second.batches import Segments, text_of
from models.training.second.feed import Phrases
from models.training.second.model import Model
from models.training.synthesis.pose_library import build_library
from models.training.synthesis.texts import Texts

_PHRASES = 512


def development(data: Path, count: int = 2) -> list[Segments]:
    """Segments of the development signers and texts that are never trained on; always the same.

    Args:
        count: batches of each length.
    """
    library = build_library(training(data, development=True), data, 0, training_clips=False)
    texts = Texts(data, "held-out", digits=False)
    made = []
    for length in segments.LENGTHS:
        for number in range(count):
            rng = np.random.default_rng((11, length, number))
            timelines = segments.written(library, texts, length, 5120 // length, rng)
            made.append(batches.of(segments.filmed(timelines, library, rng, OWN)))
    return made


def readings(model: Model, made: list[Segments]) -> list[Reading]:
    """What ``model`` greedily reads."""
    return [
        Reading(truth, text_of(reading.symbols), signer)
        for one in made
        for truth, signer, reading in zip(
            one.texts, one.signers, scores.read(model, one), strict=True
        )
    ]


def phrases(source: Phrases, split: Split = "development", most: int = _PHRASES) -> list[Segments]:
    """Real phrases of ``split``, at most so many, always the same; 0: all."""
    cache = source.feed.cache
    rows = [row for row in cache.rows_of(split) if cache.ticks(row)]
    if 0 < most < len(rows):
        rows = [rows[n] for n in np.random.default_rng(0).permutation(len(rows))[:most]]
    rows = sorted(rows, key=cache.ticks)
    size, sets = source.config.batch, SETS_OF[cache.sets]
    made = []
    for start in range(0, len(rows), size):
        part = rows[start : start + size]
        ready = [cache.load(row) for row in part]
        one = batches.of(pad_together(part, ready, [None] * len(part), sets))
        assert one.texts == [readable(row.text) for row in part]
        made.append(one)
    return made


class Validator:
    """The character error rate of segments that are always the same."""

    def __init__(self, made: list[Segments]) -> None:
        self._made = made

    def __call__(self, model: Model) -> float:
        return total(readings(model, self._made)).cer if self._made else float("nan")
