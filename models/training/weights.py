"""The averaged weights of a checkpoint into a file that is small enough to be kept.

    python -m models.training.weights .runs/stream/checkpoint.pt models/weights/fitted-motion.pt
    python -m models.training.weights b.pt mean.pt --mean-with a.pt --share 0.75

The second is the mean of a run and of the one that it began with, which may read more than both
(Wortsman et al., "Model soups", 2022). Another run begins with these files (``train --from``), and
`models.training.export` exports them.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import torch

from edge.errors import UserError
from models.training.learning.checkpoint import Checkpoint


def mean(one: Checkpoint, other: Checkpoint, share: float) -> Checkpoint:
    """``one`` with the mean of both weights, of which its own have this ``share``.

    Raises:
        UserError: they are of two models.
    """
    shapes = [{name: t.shape for name, t in each.ema.items()} for each in (one, other)]
    if shapes[0] != shapes[1]:
        raise UserError("the checkpoints are of two models: no mean")
    weights = {
        name: torch.lerp(other.ema[name].float(), t.float(), share).to(t.dtype)
        for name, t in one.ema.items()
    }
    command = (
        f"{one.command} && python -m models.training.weights --mean-with ... --share {share:g}"
    )
    return replace(one, ema=weights, command=command)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("file", type=Path)
    parser.add_argument("--mean-with", type=Path, help="another checkpoint")
    parser.add_argument("--share", type=float, default=0.5, help="of the first one in the mean")
    args = parser.parse_args()
    try:
        saved = Checkpoint.load(args.checkpoint)
        if args.mean_with:
            saved = mean(saved, Checkpoint.load(args.mean_with), args.share)
    except UserError as error:
        sys.exit(f"weights: {error}")
    args.file.parent.mkdir(parents=True, exist_ok=True)
    saved.save_weights(args.file)
    print(f"{args.file}: {args.file.stat().st_size / 1e6:.1f} MB, {saved.step} steps")


if __name__ == "__main__":
    main()
