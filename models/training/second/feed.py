"""Endless batches; number n is the same whoever makes it and when, so that a run can go on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any, Protocol, cast

import numpy as np
from torch.utils.data import DataLoader, Dataset

from models.training.aslfr.feed import Feed
from models.training.aslfr.folder import Row
from models.training.aslfr.prepare import Sets
from models.training.augment import NONE, apply
from models.training.data.hands import Floats, training
from models.training.learning.config import TrainingConfig
from models.training.second import batches, segments
from models.training.second.batches import Segments
from models.training.second.config import Config
from models.training.second.folds import folds_of
from models.training.synthesis.k_and_p import with_k_as_p
from models.training.synthesis.pose_library import PoseLibrary, build_library
from models.training.synthesis.texts import Texts

Scores = dict[int, Floats]
"""Of each row of synthesised batches, by number; of phrases (of one row each), by sequence."""
SCORED_EVERY = 4
"""Of so many synthesised batches one is scored: the others are new ones each time."""
Signers = tuple[str, ...]


class Source(Protocol):
    """What batches are made of."""

    def signers(self) -> Signers:
        """All that may be trained on."""

    def batch(self, number: int) -> Segments:
        """Batch ``number`` of the training."""


@dataclass(frozen=True)
class Synthetic:
    """Synthesised segments.

    Args:
        only: these signers; None: all that are trained on.
        scores: of the batches that are scored, which recur.
    """

    data: Path
    config: Config
    only: Signers | None = None
    scores: Scores | None = None

    def signers(self) -> Signers:
        return tuple(sorted({source.name for source in training(self.data)}))

    @cached_property
    def library(self) -> PoseLibrary:
        """Nothing of other signers is in it, not even a letter that one lends another."""
        sources = training(self.data)
        if self.only is not None:
            sources = [source for source in sources if source.name in self.only]
        made = build_library(sources, self.data, self.config.seed)
        return with_k_as_p(made, np.random.default_rng(self.config.seed))

    @cached_property
    def _texts(self) -> Texts:
        return Texts(self.data)

    def batch(self, number: int) -> Segments:
        if self.scores and number % SCORED_EVERY == 0:
            known = (number // SCORED_EVERY) % len(self.scores)
            return replace(self.scored(known), scores=self.scores[known])
        return self._made(number, self.config.seed)

    def scored(self, number: int) -> Segments:
        """Batch ``number`` of those whose readings are scored."""
        return self._made(number, self.config.seed + (1 << 20))

    def _made(self, number: int, seed: int) -> Segments:
        rng = np.random.default_rng((seed, number, 3))
        length = segments.length_of(number, seed)
        rows = max(1, self.config.batch_ticks // length)
        timelines = segments.written(self.library, self._texts, length, rows, rng)
        view = TrainingConfig().camera()
        sequences = segments.filmed(timelines, self.library, rng, view)
        return batches.of(apply(sequences, self.config.augment(), rng, length))


@dataclass(frozen=True)
class Phrases:
    """The competition's folder, or another in its layout.

    Args:
        only: these signers; None: all that are trained on.
        scores: of the phrases.
    """

    folder: Path
    cache: Path
    config: Config
    only: Signers | None = None
    scores: Scores | None = None

    def signers(self) -> Signers:
        return tuple(sorted({str(row.participant) for row in self.feed.rows}))

    @cached_property
    def feed(self) -> Feed:
        return self._opened(self.config)

    def _opened(self, config: Config) -> Feed:
        keep: Callable[[Row], bool] | None = None
        if self.only is not None:
            chosen = set(self.only)
            keep = lambda row: str(row.participant) in chosen  # noqa: E731
        return Feed(
            self.folder, self.cache, cast(Sets, config.sets), size=config.batch,
            seed=config.seed, augment=config.augment(), only=keep, partial=True,
        )  # fmt: skip

    def batch(self, number: int) -> Segments:
        feed = self.feed
        rows = feed.order(number // feed.per_epoch)[number % feed.per_epoch]
        made = batches.of(feed.sequences(number, rows))
        if not self.scores:
            return made
        unknown = np.full(1, np.nan, np.float32)
        known = [self.scores.get(feed.rows[n].sequence_id, unknown) for n in rows]
        return replace(made, scores=np.concatenate(known))

    def plain(self) -> Iterator[tuple[list[int], Segments]]:
        """All phrases once as they are, with their sequences."""
        feed = self._opened(replace(self.config, without=tuple(vars(NONE))))
        order = np.argsort([feed.cache.ticks(row) for row in feed.rows], kind="stable")
        for start in range(0, len(order), self.config.batch):
            rows = order[start : start + self.config.batch]
            ids = [feed.rows[n].sequence_id for n in rows]
            yield ids, batches.of(feed.sequences(0, rows))


class _Numbered(Dataset[Segments]):
    def __init__(self, source: Source) -> None:
        self.source = source

    def __getitem__(self, number: int) -> Segments:
        return self.source.batch(number)


class _From:
    """The numbers from ``first`` on, as a sampler."""

    def __init__(self, first: int) -> None:
        self.first = first

    def __iter__(self) -> Iterator[int]:
        return count(self.first)


@contextmanager
def stream(source: Source, first: int, workers: int) -> Iterator[Iterator[Segments]]:
    """The batches from number ``first`` on; ``workers`` processes make them, 0: this one."""
    options: dict[str, Any] = {}
    if workers:
        options = {"multiprocessing_context": "spawn", "prefetch_factor": 4}
    numbers = cast(Iterable[int], _From(first))
    loader = DataLoader(
        _Numbered(source), batch_size=None, sampler=numbers, num_workers=workers, **options
    )
    made = iter(loader)
    try:
        yield made
    finally:
        del made  # ends the processes


def without_fold(source: Source, fold: int, folds: int) -> Signers:
    """The signers of all other folds; of one fold alone all of them."""
    known = folds_of(source.signers(), folds)
    return tuple(sorted(name for name in known if folds == 1 or known[name] != fold))
