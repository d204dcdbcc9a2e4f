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
from models.training.learning.feed import Synthesis
from models.training.learning.judge import Judge
from models.training.learning.loop import Budget, Place, Run
from models.training.learning.recipe import SETS, Recipe


def arguments(given: list[str]) -> argparse.Namespace:
    recipe = Recipe()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--aslfr", type=Path, metavar="FOLDER", help="the competition's data")
    parser.add_argument("--cache", type=Path, default=Path(".runs/aslfr"), help="for --aslfr")
    parser.add_argument("--out", type=Path, default=Path(".runs/stream"))
    parser.add_argument("--minutes", type=float, default=0)
    parser.add_argument("--steps", type=int, default=0)
    parser.add_argument("--resume", action="store_true", help="go on with the run in --out")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1, help="processes that make batches")
    parser.add_argument("--dim", type=int, default=recipe.dim)
    parser.add_argument("--blocks", type=int, nargs=2, default=recipe.blocks)
    parser.add_argument("--dropout", type=float, default=recipe.dropout)
    parser.add_argument("--attention", action="store_true")
    parser.add_argument("--sets", choices=tuple(SETS), default=recipe.sets)
    parser.add_argument("--full-every", type=int, default=recipe.full_every)
    parser.add_argument("--look-ahead", type=int, default=recipe.look_ahead)
    parser.add_argument("--batch", type=int, default=recipe.batch)
    parser.add_argument("--peak", type=float, default=recipe.peak)
    parser.add_argument("--seed", type=int, default=recipe.seed)
    parser.add_argument("--without", nargs="+", default=(), metavar="PART")
    options = parser.parse_args(given)
    if not options.minutes and not options.steps:
        parser.error("say how long: --minutes or --steps")
    return options


def recipe_of(options: argparse.Namespace) -> Recipe:
    return Recipe(
        dim=options.dim, blocks=tuple(options.blocks), dropout=options.dropout,
        attention=options.attention, sets=options.sets, full_every=options.full_every,
        look_ahead=options.look_ahead, batch=options.batch, peak=options.peak, seed=options.seed,
        without=tuple(options.without),
    )  # fmt: skip


def told(given: list[str]) -> str:
    """The command, to be kept with the weights: without the folders of this machine."""
    kept: list[str] = []
    skip = False
    for word in given:
        skip, here = False, skip
        if word in ("--data", "--out", "--cache", "--aslfr"):
            skip = True
        elif not here and word != "--resume":
            kept.append(word)
    return shlex.join(["python", "-m", "models.training.train", *kept])


def main(given: list[str] | None = None) -> None:
    given = sys.argv[1:] if given is None else given
    options = arguments(given)
    torch.set_num_threads(options.threads)
    recipe, place = recipe_of(options), Place.found()
    budget = Budget(options.steps, options.minutes)
    try:
        run = Run(options.out, recipe, ALPHABET, budget, told(given), place, options.resume)
        if options.aslfr:
            on_real_phrases(run, options)
        else:
            on_synthesis(run, options)
    except UserError as refusal:
        sys.exit(f"train: {refusal}")


def on_synthesis(run: Run, options: argparse.Namespace) -> None:
    place = run.place
    judge = Judge(options.data, run.recipe)
    feed = Synthesis(options.data, run.recipe, run.step, place.rank, place.world, options.workers)
    try:
        run.go(iter(feed), judge)
    finally:
        feed.close()


def on_real_phrases(run: Run, options: argparse.Namespace) -> None:
    from models.training.aslfr.feed import Feed
    from models.training.aslfr.reader import Progress

    recipe, place = run.recipe, run.place
    feed = Feed(
        options.aslfr, options.cache, recipe.sets, size=recipe.batch, seed=recipe.seed,
        start=run.step, rank=place.rank, world=place.world, augment=recipe.augment(),
        partial=True, say=print if place.rank == 0 else None,
    )  # fmt: skip
    print(f"{feed.counts}, {feed.per_epoch} batches an epoch", flush=True)
    run.go(iter(feed), Progress(feed.cache, full=recipe.full_every > 0))


if __name__ == "__main__":
    main()
