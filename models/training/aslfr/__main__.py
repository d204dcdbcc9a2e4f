"""Commands on the data set of the competition; a training run is `models.training.train`.

python -m models.training.aslfr prepare FOLDER [--sets hand|holistic]
python -m models.training.aslfr evaluate FOLDER CHECKPOINT [--split development]
python -m models.training.aslfr align FOLDER CHECKPOINT --out spans.json
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import get_args

from edge.errors import ConfigError
from models.training.aslfr.align import align_rows, save
from models.training.aslfr.cache import Cache, open_folder
from models.training.aslfr.evaluation import evaluate
from models.training.aslfr.prepare import Sets
from models.training.aslfr.splits import SPLITS


def arguments(given: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m models.training.aslfr")
    commands = parser.add_subparsers(dest="command", required=True)
    commands_help = {
        "prepare": "keep on disk what training reads of the landmark files",
        "evaluate": "how well a model reads the phrases of a split",
        "align": "when each letter of the training phrases is spelled, for CutMix",
    }
    for name, text in commands_help.items():
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("folder", type=Path, help="the unpacked asl-fingerspelling folder")
        command.add_argument("--cache", type=Path, default=Path(".runs/aslfr"))
        command.add_argument("--partial", action="store_true", help="take the files that are here")
        if name == "prepare":
            command.add_argument("--sets", choices=get_args(Sets), default="hand")
        else:
            command.add_argument("checkpoint", type=Path)
        if name == "evaluate":
            command.add_argument("--split", choices=SPLITS, default="development")
            command.add_argument("--full", action="store_true", help="full context, not as live")
        if name == "align":
            command.add_argument("--out", type=Path, required=True)
            command.add_argument(
                "--delay", type=int, default=4, help="ticks by which letters are emitted late"
            )
    return parser.parse_args(given)


def run(options: argparse.Namespace) -> None:
    """What a command does.

    Raises:
        ConfigError: the folder, the cache or the checkpoint is not as it should be.
    """
    if options.command == "prepare":
        folder = open_folder(options.folder, options.sets, options.partial)
        cache = Cache(folder, options.cache, options.sets, print)
        for split in SPLITS:
            rows = cache.rows_of(split)
            signers = len({row.participant for row in rows})
            print(f"{split}: {len(rows)} phrases of {signers} signers")
        return
    from models.training.aslfr.inference import load_predictor  # needs torch

    read, sets = load_predictor(options.checkpoint, options.command == "evaluate" and options.full)
    cache = Cache(open_folder(options.folder, sets, options.partial), options.cache, sets, print)
    if options.command == "evaluate":
        print(evaluate(read, cache, options.split))
        return
    rows = cache.rows_of("train")
    spans = align_rows(read, cache, rows, options.delay)
    save(spans, options.out)
    print(f"{len(spans)} of {len(rows)} phrases aligned: {options.out}")


def main() -> None:
    try:
        run(arguments(sys.argv[1:]))
    except ConfigError as error:
        print(error, file=sys.stderr)
        raise SystemExit(error.exit_code) from error


if __name__ == "__main__":
    main()
