"""What each augmentation and each part of the synthesis is worth: small models, one part left out.

    python -m models.training.ablate --data ../shared/data
    python -m models.training.ablate --table

Every variant trains for the same number of steps from the same seed; the full configuration is
trained from several seeds, which shows how much is due to chance alone. All are evaluated on the
same windows of the development signers; models of ten points on the three real phrases too.
These are short runs of small models: what only keeps a long run from overfitting looks worse here
than it is. Resumes where it stopped.
"""

from __future__ import annotations

import argparse
import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from models.training.aslfr.characters import ALPHABET
from models.training.evaluation import real_phrases
from models.training.evaluation.metrics import total
from models.training.learning.config import TrainingConfig
from models.training.learning.feed import SyntheticFeed
from models.training.learning.loop import Budget, DistributedEnv, Run
from models.training.learning.validation import Validator

_SMALL = TrainingConfig(dim=64, blocks=(1, 1), full_every=0)
_VARIANTS: dict[str, tuple[str, ...]] = {
    "CutMix": ("cut_mix",),
    "TimeStretch": ("time_stretch",),
    "affine": ("affine",),
    "noise": ("noise",),
    "FingerDropout": ("finger_dropout",),
    "spatial mask": ("spatial_mask",),
    "temporal mask": ("temporal_mask",),
    "fingers in their own time": ("lag",),
    "smeared speed": ("smear",),
    "a palm that keeps still": ("steady",),
    "the tracker's noise and slips": ("jitter", "drift", "bias", "slip"),
    "viewpoint, depth and lens": ("pitch_roll", "yaw", "depth", "lens"),
    "variety of handshapes": ("variety",),
    "the other side of the hand": ("other_side",),
    "frame rates": ("rates",),
    "lost frames, wrong hand": ("drop", "swap"),
    "letters of live clips": ("clips",),
    "recorded rows": ("recorded",),
    "J and Z in motion": ("motion",),
    "other signs": ("others",),
}
_SEEDS = (1, 2)
_MOTION_VARIANTS = (
    "a palm that keeps still", "fingers in their own time", "smeared speed",
    "the tracker's noise and slips",
    "viewpoint, depth and lens", "variety of handshapes", "TimeStretch",
    "lost frames, wrong hand", "letters of live clips", "recorded rows",
)  # fmt: skip
"""What may bring synthetic motion nearer to real motion: also tried with ten points."""
_FIELDS = (
    "sets", "variant", "seed", "steps", "development_cer", "development_static",
    "real_cer", "real_cer_unspaced", "real_read",
)  # fmt: skip


def variants() -> list[tuple[str, TrainingConfig]]:
    """(name, config), the most informative ones first."""
    out = []
    for sets in ("ten", "hand"):
        small = replace(_SMALL, sets=sets)
        out += [("full configuration", replace(small, seed=seed)) for seed in _SEEDS]
        names = _MOTION_VARIANTS if sets == "ten" else _VARIANTS
        out += [(f"without {n}", replace(small, without=_VARIANTS[n])) for n in names]
        out += [("attention", replace(small, attention=True))]
        out += [("look-ahead 0", replace(small, look_ahead=0))]
    return out


def trained(name: str, config: TrainingConfig, steps: int, data: Path, out: Path) -> dict[str, Any]:
    """The row of one variant."""
    validate = Validator(data, config)
    run = Run(
        out / "run",
        config,
        ALPHABET,
        Budget(steps),
        name,
        DistributedEnv.detect(),
        validate_every_s=1e9,
    )
    feed = SyntheticFeed(data, config)
    try:
        figures: dict[str, Any] = run.fit(iter(feed), validate)
    finally:
        feed.close()
    row = {"sets": config.sets, "variant": name, "seed": config.seed, "steps": steps, **figures}
    if config.sets == "ten":
        readings = real_phrases.read(run.ema_model, data)
        row["real_cer"] = round(total(readings).cer, 4)
        row["real_cer_unspaced"] = round(total(real_phrases.unspaced(readings)).cer, 4)
        row["real_read"] = " | ".join(r.read for r in readings)
    return row


def table(rows: list[dict[str, str]]) -> str:
    """Markdown, one table for each set of landmarks, in percent."""
    lines = []
    for sets in dict.fromkeys(row["sets"] for row in rows):
        names = _FIELDS[4:8] if sets == "ten" else _FIELDS[4:6]
        lines += ["", f"| {sets} | seed | " + " | ".join(names) + " |"]
        lines += ["|" + "---|" * (2 + len(names))]
        for row in (r for r in rows if r["sets"] == sets):
            cells = [f"{100 * float(row[n]):.1f}" if row[n] else "" for n in names]
            lines.append(f"| {row['variant']} | {row['seed']} | " + " | ".join(cells) + " |")
    return "\n".join(lines[1:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, default=Path(".runs/ablation"))
    parser.add_argument("--steps", type=int, default=1200)
    parser.add_argument("--table", action="store_true", help="print the results so far and exit")
    options = parser.parse_args()
    torch.set_num_threads(1)
    options.out.mkdir(parents=True, exist_ok=True)
    file = options.out / "results.csv"
    rows = list(csv.DictReader(file.open(newline=""))) if file.is_file() else []
    if not options.table:
        done = {(row["sets"], row["variant"], row["seed"], row["steps"]) for row in rows}
        left = [
            (name, config)
            for name, config in variants()
            if (config.sets, name, str(config.seed), str(options.steps)) not in done
        ]
        with file.open("a", newline="") as text:
            writer = csv.DictWriter(text, _FIELDS, extrasaction="ignore")
            if not rows:
                writer.writeheader()
            for n, (name, config) in enumerate(left):
                print(f"{n + 1} of {len(left)}: {config.sets}, {name}", flush=True)
                writer.writerow(trained(name, config, options.steps, options.data, options.out))
                text.flush()
        rows = list(csv.DictReader(file.open(newline="")))
    print(table(rows))


if __name__ == "__main__":
    main()
