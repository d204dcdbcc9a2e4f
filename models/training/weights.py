"""The averaged weights of a checkpoint into a file that is small enough to be kept.

    python -m models.training.weights .runs/stream/checkpoint.pt models/weights/fitted-motion.pt

Another run begins with them (``train --from``), and `models.training.export` exports them.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from edge.errors import UserError
from models.training.learning.checkpoint import Checkpoint


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("file", type=Path)
    args = parser.parse_args()
    try:
        saved = Checkpoint.load(args.checkpoint)
    except UserError as error:
        sys.exit(f"weights: {error}")
    args.file.parent.mkdir(parents=True, exist_ok=True)
    saved.save_weights(args.file)
    print(f"{args.file}: {args.file.stat().st_size / 1e6:.1f} MB, {saved.step} steps")


if __name__ == "__main__":
    main()
