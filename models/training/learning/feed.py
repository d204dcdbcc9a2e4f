"""Batches, made by processes of their own and handed over in a bounded queue, in order."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from multiprocessing.process import BaseProcess
from multiprocessing.queues import Queue
from pathlib import Path
from queue import Empty, Full

import numpy as np

from edge.recognize.hand_features import encode as encode_hand
from models.training.aslfr.characters import ALPHABET
from models.training.data.hands import Floats, training
from models.training.learning.config import TrainingConfig
from models.training.synthesis import ten_points
from models.training.synthesis.batches import Batch, batch
from models.training.synthesis.k_and_p import with_k_as_p
from models.training.synthesis.pose_library import PoseLibrary, build_library
from models.training.synthesis.texts import Texts
from models.training.synthesis.training_script import TrainingWriter

_QUEUED = 4
"""Batches that wait per worker."""


def training_library(data: Path, config: TrainingConfig) -> PoseLibrary:
    """The training signers, less what the config leaves out."""
    left = {"clips": "letter_clips", "recorded": "letters_static"}
    files = [file for part, file in left.items() if part in config.without]
    sources = [s for s in training(data) if not s.file.startswith(tuple(files) or ("-",))]
    made = build_library(sources, data, config.seed)
    if "motion" in config.without:
        made.moving.update(j=[], z=[])
    if "others" in config.without:
        made.others.clear()
    return with_k_as_p(made, np.random.default_rng(config.seed))


def encoder(config: TrainingConfig) -> Callable[[Floats, Floats], Floats]:
    """Hands [..., T, 21, 3] and presence [..., T] to the features the config's model reads."""
    return ten_points.encode if config.sets == "ten" else encode_hand


class SyntheticFeed:
    """Endless batches of synthesised phrases; number n is the same whoever makes it and when.

    Args:
        start: number of the first batch.
        rank, world: this reader takes every ``world``-th batch, from ``rank`` on.
        workers: processes that make batches.
    """

    def __init__(
        self,
        data: Path,
        config: TrainingConfig,
        start: int = 0,
        rank: int = 0,
        world: int = 1,
        workers: int = 1,
    ) -> None:
        self._first = start * world + rank
        context = multiprocessing.get_context("spawn")
        self._queues: list[Queue[Batch]] = [context.Queue(_QUEUED) for _ in range(workers)]
        self._workers: list[BaseProcess] = []
        for n, queue in enumerate(self._queues):
            numbers = (self._first + n * world, workers * world)
            worker = context.Process(
                target=_produce, args=(queue, data, config, *numbers), daemon=True
            )
            worker.start()
            self._workers.append(worker)

    def __iter__(self) -> Iterator[Batch]:
        while True:
            for queue, worker in zip(self._queues, self._workers, strict=True):
                yield _received(queue, worker)

    def close(self) -> None:
        for worker in self._workers:
            worker.terminate()


def _received(queue: Queue[Batch], worker: BaseProcess) -> Batch:
    while True:
        try:
            return queue.get(timeout=5)
        except Empty:
            if not worker.is_alive():
                raise RuntimeError("the process that makes batches has died") from None


def _produce(
    queue: Queue[Batch], data: Path, config: TrainingConfig, first: int, stride: int
) -> None:
    """Batches ``first``, ``first + stride``, ... while the parent lives."""
    library, texts = training_library(data, config), Texts(data)
    number = first
    while True:
        made = synthesised(library, texts, config, number)
        while True:
            try:
                queue.put(made, timeout=5)
                break
            except Full:
                parent = multiprocessing.parent_process()
                if parent is not None and not parent.is_alive():
                    queue.cancel_join_thread()  # it waits for a reader, and there is none
                    return
        number += stride


def synthesised(library: PoseLibrary, texts: Texts, config: TrainingConfig, number: int) -> Batch:
    """Batch ``number`` of ``config``, from a seed of its own."""
    rng = np.random.default_rng((config.seed, number))
    writer = TrainingWriter(library, texts, config.length, rng)
    return batch(
        writer.draw_many(config.batch), library, ALPHABET, config.look_ahead, rng,
        config.camera(), config.augment(), encoder(config),
    )  # fmt: skip
