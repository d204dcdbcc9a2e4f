"""Trains, measures and exports the second reader. See `models.training.second`.

python -m models.training.second one --data ../shared/data --minutes 240
python -m models.training.second two --data ../shared/data --minutes 240
python -m models.training.second one --aslfr asl-fingerspelling --sets holistic --minutes 600
"""

from __future__ import annotations

import argparse
import shlex
import sys
from dataclasses import fields
from pathlib import Path

import torch

from edge.errors import UserError
from models.training.learning.loop import Budget
from models.training.learning.precision import CHOICES
from models.training.second import rounds
from models.training.second.config import SETS, Config
from models.training.second.feed import Phrases, Synthetic

_PLACES = ("--data", "--out", "--cache", "--aslfr")
"""Not kept with the weights: folders of this machine."""
_NUMBERS = ("dim", "blocks", "dropout", "batch_ticks", "batch", "learning_rate", "seed")
"""Of `Config`, that can be given."""


def arguments(given: list[str]) -> argparse.Namespace:
    config = Config()
    parser = argparse.ArgumentParser(prog="python -m models.training.second")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in {
        "one": "the first round: one model a fold of signers",
        "two": "the second round: scores, then the final model",
    }.items():
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("--data", type=Path, default=Path("../shared/data"))
        command.add_argument("--aslfr", type=Path, metavar="FOLDER", help="real phrases instead")
        command.add_argument("--cache", type=Path, default=Path(".runs/aslfr"), help="for --aslfr")
        command.add_argument("--out", type=Path, default=Path(".runs/second"))
        command.add_argument("--minutes", type=float, default=0, help="of the whole round")
        command.add_argument("--steps", type=int, default=0)
        command.add_argument("--sets", choices=tuple(SETS), default=config.sets)
        for field in fields(config):
            if field.name in _NUMBERS:
                value = getattr(config, field.name)
                flag = f"--{field.name.replace('_', '-')}"
                command.add_argument(flag, type=type(value), default=value)
        command.add_argument("--without", nargs="+", default=(), metavar="PART")
        command.add_argument("--precision", choices=CHOICES, default="auto")
        command.add_argument("--threads", type=int, default=1)
        command.add_argument("--workers", type=int, default=1, help="processes that make batches")
        if name == "one":
            command.add_argument("--folds", type=int, default=3, help="1: one model, of all")
            command.add_argument("--fold", type=int, help="train this one alone")
        else:
            command.add_argument("--scored", type=int, default=1000, help="synthesised batches")
            command.add_argument("--from", dest="start", type=Path, metavar="CHECKPOINT",
                                 help="begin with the averaged weights of another")  # fmt: skip
    options = parser.parse_args(given)
    if not options.minutes and not options.steps:
        parser.error("give --minutes or --steps")
    if options.sets != "hand" and not options.aslfr:
        parser.error("--sets holistic needs --aslfr: only the hand is synthesised")
    return options


def source_of(options: argparse.Namespace) -> rounds.Source:
    numbers = {name: getattr(options, name) for name in _NUMBERS}
    config = Config(sets=options.sets, without=tuple(options.without), **numbers)
    if options.aslfr:
        return Phrases(options.aslfr, options.cache, config)
    return Synthetic(options.data, config)


def recorded(given: list[str]) -> str:
    """The command, to be kept with the weights."""
    pairs = zip(["", *given], given, strict=False)
    kept = [word for before, word in pairs if before not in _PLACES and word not in _PLACES]
    return shlex.join(["python", "-m", "models.training.second", *kept])


def main(given: list[str] | None = None) -> None:
    given = sys.argv[1:] if given is None else given
    if given and given[0] in ("evaluate", "export", "competition"):
        from models.training.second import competition, evaluate, export

        others = {"evaluate": evaluate, "export": export, "competition": competition}
        others[given[0]].main(given[1:])
        return
    options = arguments(given)
    torch.set_num_threads(options.threads)
    budget, command = Budget(options.steps, options.minutes), recorded(given)
    shared = {"workers": options.workers, "precision": options.precision}
    try:
        source = source_of(options)
        if options.command == "one":
            rounds.one(source, options.out, options.folds, budget, command, options.fold, **shared)
        else:
            rounds.two(
                source, options.out, budget, command, options.scored, options.start, **shared
            )
    except (UserError, ValueError) as error:
        sys.exit(f"second: {error}")


if __name__ == "__main__":
    main()
