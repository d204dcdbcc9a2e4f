"""Batches of real phrases to train on, for CTC alone: the times of the letters are unknown.

::

    feed = Feed(Path("asl-fingerspelling"), Path(".cache/aslfr"))
    for batch in feed: ...                           # endless

Characters that are not read are left out of the targets, their phrases stay: telephone numbers and
URLs, which are half of ``train.csv``, all have some. A phrase of nothing else is left out.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count, pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.errors import ConfigError
from models.training.architecture.shape import LandmarkSet
from models.training.aslfr.cache import Cache, open_folder
from models.training.aslfr.characters import ALPHABET, readable
from models.training.aslfr.folder import Row
from models.training.aslfr.prepare import SETS_OF, Ready, Sets, encode
from models.training.augment import Augment, HandSequences, Span, apply
from models.training.synthesis.batches import IGNORE, Batch

MAX_TICKS = 384
"""Longer phrases are left out: a batch is as long as its longest."""
TAIL = 8
"""Ticks without a hand after each phrase, in which a model with look-ahead emits its last letter;
live, silence follows a phrase too."""
_BUCKET = 32
"""Ticks by which the phrases of one batch differ, about."""
_AHEAD = 4
"""Batches that wait, so that an accelerator does not."""
_CHUNK = 64
"""Batches that are sorted by length together."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many phrases of a split are used, and why others are not.

    Attributes:
        kept: are trained on.
        long: have more than the allowed ticks.
        short: have too few ticks with a hand for CTC to spell the text, or none.
        unread: have no supported character.
    """

    kept: int
    long: int
    short: int
    unread: int


class Feed:
    """Endless batches of the training signers' phrases, the same for the same arguments.

    An epoch is every phrase once; the last batches are filled up with the first phrases of the
    epoch. The phrases of a batch are about equally long, and, where there are enough, a signer is
    in it more than once, as CutMix needs it. Everything random comes from ``seed`` and the number
    of the batch, so a feed that starts at a number continues like any other.

    Args:
        folder: the unpacked data set; its supplement is read if it is here.
        cache: a folder of its own for prepared phrases (`models.training.aslfr.cache`), some 5 GB
            for ``hand``, 23 GB for ``holistic``.
        size: phrases in a batch.
        start: number of the first batch.
        rank, world: this is process ``rank`` of ``world``; together they see an epoch once.
        spans: characters with their times in ticks, by sequence, where an alignment has found them
            (`models.training.aslfr.align`); CutMix needs them.
        only: the phrases to train on, of those of the training signers; None: all.
        partial: take the landmark files that are here.
        report: called with a line about what is being prepared.

    Attributes:
        cache: the prepared phrases, of all splits.
        alphabet: character n is symbol n + 1.
        shape_sets: for `models.training.architecture.Shape`.
        counts: how many phrases there are, and why others are left out.
        rows: those that are trained on; `order` has their places.
        per_epoch: batches of this process in one epoch.

    Raises:
        ConfigError: as `Folder` and `Cache`, there are no such sets, or nothing is left to
                train on.
    """

    alphabet = ALPHABET

    def __init__(
        self,
        folder: Path,
        cache: Path,
        sets: Sets = "hand",
        *,
        size: int = 32,
        seed: int = 1,
        start: int = 0,
        rank: int = 0,
        world: int = 1,
        max_ticks: int = MAX_TICKS,
        augment: Augment | None = None,
        spans: Mapping[int, list[Span]] | None = None,
        only: Callable[[Row], bool] | None = None,
        partial: bool = False,
        report: Callable[[str], None] | None = None,
    ) -> None:
        if sets not in SETS_OF:
            raise ConfigError(f"these phrases are not read as {sets}: give {' or '.join(SETS_OF)}")
        if size < 1 or not 0 <= rank < world:
            raise ValueError(f"batches of {size} for process {rank} of {world}")
        self.shape_sets: tuple[LandmarkSet, ...] = SETS_OF[sets]
        self.start, self._size, self._seed = start, size, seed
        self._rank, self._world, self._max = rank, world, max_ticks
        self._augment = Augment() if augment is None else augment
        self._spans = spans or {}
        self.cache = Cache(open_folder(folder, sets, partial), cache, sets, report)
        self.rows, self.counts = _usable(self.cache, max_ticks, only)
        if not self.rows:
            raise ConfigError(
                f"{folder} has no phrase of a training signer to train on: download more"
            )
        self._ticks = np.array([self.cache.ticks(row) for row in self.rows])
        self._signers = np.array([row.participant for row in self.rows])
        self.per_epoch = -(-len(self.rows) // (size * world))

    def __iter__(self) -> Iterator[Batch]:
        """The batches from number `start` on; a thread makes some in advance."""
        batches = self._batches()
        with ThreadPoolExecutor(1) as thread:
            waiting = deque(thread.submit(next, batches) for _ in range(_AHEAD))
            while True:
                waiting.append(thread.submit(next, batches))
                yield waiting.popleft().result()

    def _batches(self) -> Iterator[Batch]:
        epoch, order = -1, np.zeros(0, np.int64)
        for number in count(self.start):
            if number // self.per_epoch != epoch:
                epoch = number // self.per_epoch
                order = self.order(epoch)
            yield self.batch(number, order[number % self.per_epoch])

    def order(self, epoch: int) -> NDArray[np.int64]:
        """Which phrases [per_epoch, size] are this process's batches of ``epoch``."""
        rng = np.random.default_rng((self._seed, epoch))
        step = self._size * self._world
        every = np.resize(rng.permutation(len(self.rows)), self.per_epoch * step)
        neighbours = rng.permutation(self._signers.max() + 1)  # other ones in each epoch
        for begin in range(0, len(every), step * _CHUNK):
            part = every[begin : begin + step * _CHUNK]
            keys = neighbours[self._signers[part]], self._ticks[part] // _BUCKET
            every[begin : begin + step * _CHUNK] = part[np.lexsort(keys)]
        # All processes are at one length at one time; none waits for another.
        steps = every.reshape(self.per_epoch, self._world, self._size)
        mixed: NDArray[np.int64] = steps[rng.permutation(self.per_epoch), self._rank]
        return mixed

    def batch(self, number: int, rows: Sequence[int] | NDArray[np.int64]) -> Batch:
        """Batch ``number``, of the phrases ``rows``."""
        return to_batch(self.sequences(number, rows))

    def sequences(self, number: int, rows: Sequence[int] | NDArray[np.int64]) -> HandSequences:
        """The augmented phrases of batch ``number``, before they become features."""
        chosen = [self.rows[n] for n in rows]
        rng = np.random.default_rng((self._seed, number, self._rank, 1))
        ready = [self.cache.load(row) for row in chosen]
        known = [self._known(row) for row in chosen]
        return apply(
            pad_together(chosen, ready, known, self.shape_sets), self._augment, rng, self._max
        )

    def _known(self, row: Row) -> list[Span] | None:
        """The spans, unless they are of another text."""
        spans = self._spans.get(row.sequence_id)
        spelled = "".join(char for char, _, _ in spans or ())
        return spans if spelled == readable(row.text) else None


def _usable(
    cache: Cache, max_ticks: int, only: Callable[[Row], bool] | None
) -> tuple[list[Row], Counts]:
    rows, left_out = [], {"long": 0, "short": 0, "unread": 0}
    for row in filter(only, cache.rows_of("train")):
        text, ticks = readable(row.text), cache.ticks(row)
        twice = sum(a == b for a, b in pairwise(text))
        if not text:
            left_out["unread"] += 1
        elif cache.seen(row) < len(text) + twice:
            left_out["short"] += 1
        elif ticks > max_ticks:
            left_out["long"] += 1
        else:
            rows.append(row)
    return rows, Counts(len(rows), **left_out)


def pad_together(
    rows: Sequence[Row],
    ready: Sequence[Ready],
    spans: Sequence[list[Span] | None],
    sets: tuple[LandmarkSet, ...],
) -> HandSequences:
    """Phrases in one batch, padded to the longest."""
    lengths = np.array([len(one.points) for one in ready])
    width, joints = max(1, int(lengths.max())), sum(s.points for s in sets)
    points = np.zeros((len(rows), width, joints, 3), dtype=np.float32)
    present = np.zeros((len(rows), width, len(sets)), dtype=bool)
    for n, one in enumerate(ready):
        points[n, : lengths[n]], present[n, : lengths[n]] = one.points, one.present
    texts = [readable(row.text) for row in rows]
    signers = [str(row.participant) for row in rows]
    return HandSequences(points, present, lengths, texts, list(spans), signers, sets)


def to_batch(sequences: HandSequences) -> Batch:
    """The features of ``sequences`` with `TAIL`, and their texts as targets.

    All frames are `IGNORE`: the times of the letters are unknown.
    """
    width = int(sequences.lengths.max())
    features = np.pad(encode(sequences)[:, :width], ((0, 0), (0, TAIL), (0, 0)))
    symbols = [[ALPHABET.index(char) + 1 for char in text] for text in sequences.texts]
    return Batch(
        features=features,
        lengths=sequences.lengths + TAIL,
        targets=np.array([s for row in symbols for s in row], dtype=np.int64),
        sizes=np.array([len(row) for row in symbols], dtype=np.int64),
        frames=np.full(features.shape[:2], IGNORE, dtype=np.int64),
        spans=[spans or [] for spans in sequences.spans],
    )
