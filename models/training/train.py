"""Trains a recogniser. See README.md.

python -m models.training.train --data ../shared/data --minutes 90
python -m models.training.train --aslfr asl-fingerspelling --minutes 600
torchrun --nproc-per-node 4 -m models.training.train ...
"""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path

import torch

from edge.errors import UserError
from models.training.aslfr.characters import ALPHABET
from models.training.learning.config import SETS, TrainingConfig
from models.training.learning.feed import SyntheticFeed
from models.training.learning.loop import Budget, DistributedEnv, Run
from models.training.learning.precision import CHOICES
from models.training.learning.validation import Validator


def arguments(given: list[str]) -> argparse.Namespace:
    config = TrainingConfig()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--aslfr", type=Path, metavar="FOLDER", help="the competition's data")
    parser.add_argument("--cache", type=Path, default=Path(".runs/aslfr"), help="for --aslfr")
    parser.add_argument("--out", type=Path, default=Path(".runs/stream"))
    parser.add_argument("--minutes", type=float, default=0)
    parser.add_argument("--steps", type=int, default=0)
    parser.add_argument("--resume", action="store_true", help="resume the run in --out")
    parser.add_argument("--from", dest="start", type=Path, metavar="CHECKPOINT",
                        help="begin a new run with the averaged weights of another")  # fmt: skip
    parser.add_argument("--precision", choices=CHOICES, default="auto")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1, help="processes that make batches")
    parser.add_argument("--dim", type=int, default=config.dim)
    parser.add_argument("--blocks", type=int, nargs=2, default=config.blocks)
    parser.add_argument("--dropout", type=float, default=config.dropout)
    parser.add_argument("--attention", action="store_true")
    parser.add_argument("--sets", choices=tuple(SETS), default=config.sets)
    parser.add_argument("--full-every", type=int, default=config.full_every)
    parser.add_argument("--look-ahead", type=int, default=config.look_ahead)
    parser.add_argument("--batch", type=int, default=config.batch)
    parser.add_argument("--learning-rate", type=float, default=config.learning_rate)
    parser.add_argument("--ctc-weights", type=float, nargs=2, default=config.ctc_weights)
    parser.add_argument("--seed", type=int, default=config.seed)
    parser.add_argument("--without", nargs="+", default=(), metavar="PART")
    options = parser.parse_args(given)
    if not options.minutes and not options.steps:
        parser.error("give --minutes or --steps")
    return options


def config_of(options: argparse.Namespace) -> TrainingConfig:
    return TrainingConfig(
        dim=options.dim, blocks=tuple(options.blocks), dropout=options.dropout,
        attention=options.attention, sets=options.sets, full_every=options.full_every,
        look_ahead=options.look_ahead, batch=options.batch,
        learning_rate=options.learning_rate, ctc_weights=tuple(options.ctc_weights),
        seed=options.seed, without=tuple(options.without),
    )  # fmt: skip


def recorded_command(given: list[str]) -> str:
    """The command, to be kept with the weights: without the folders of this machine."""
    kept: list[str] = []
    skip = False
    for before, word in zip(["", *given], given, strict=False):
        skip, here = False, skip
        if before == "--from":
            kept.append(Path(word).name)
        elif word in ("--data", "--out", "--cache", "--aslfr"):
            skip = True
        elif not here and word != "--resume":
            kept.append(word)
    return shlex.join(["python", "-m", "models.training.train", *kept])


def main(given: list[str] | None = None) -> None:
    given = sys.argv[1:] if given is None else given
    options = arguments(given)
    torch.set_num_threads(options.threads)
    config, env = config_of(options), DistributedEnv.detect()
    budget = Budget(options.steps, options.minutes)
    try:
        run = Run(
            options.out, config, ALPHABET, budget, recorded_command(given), env, options.resume,
            start=options.start, precision=options.precision,
        )  # fmt: skip
        if env.rank == 0:
            begins = f"from step {run.step}, " if run.step else ""
            print(f"{begins}{run.precision.name}: {run.precision.reason}", flush=True)
        if options.aslfr:
            on_real_phrases(run, options)
        else:
            on_synthesis(run, options)
    except UserError as error:
        sys.exit(f"train: {error}")


def on_synthesis(run: Run, options: argparse.Namespace) -> None:
    env = run.env
    validate = Validator(options.data, run.config, options.precision)
    feed = SyntheticFeed(options.data, run.config, run.step, env.rank, env.world, options.workers)
    try:
        run.fit(iter(feed), validate)
    finally:
        feed.close()


def on_real_phrases(run: Run, options: argparse.Namespace) -> None:
    from models.training.aslfr.feed import Feed
    from models.training.aslfr.inference import PhraseValidator

    config, env = run.config, run.env
    feed = Feed(
        options.aslfr, options.cache, config.sets, size=config.batch, seed=config.seed,
        start=run.step, rank=env.rank, world=env.world, augment=config.augment(),
        partial=True, report=print if env.rank == 0 else None,
    )  # fmt: skip
    print(f"{feed.counts}, {feed.per_epoch} batches an epoch", flush=True)
    run.fit(iter(feed), PhraseValidator(feed.cache, full=config.full_every > 0))


if __name__ == "__main__":
    main()
