"""A checkpoint into a bundle: the step graph in int8, the language model and the provenance.

python -m models.training.export .runs/stream/checkpoint.pt --language-model language_model.npz
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from edge.recognize import STREAMING_CTC
from edge.recognize.bundle import FILE, FORMAT
from edge.recognize.decode import DecoderCosts
from edge.recognize.hand_features import FEATURES, RATE
from models.training import selftest, toml
from models.training.architecture import Model
from models.training.architecture.export import convert, operators, ports, quantise
from models.training.aslfr.characters import COMPETITION
from models.training.data.hands import Floats
from models.training.data.manifest import hashes
from models.training.learning.checkpoint import Checkpoint
from models.training.learning.config import TrainingConfig
from models.training.learning.feed import synthesised, training_library
from models.training.synthesis.texts import Texts

BUNDLE = Path(__file__).parents[1] / "bundles" / "ishara-stream"
FLOAT = "step_float.tflite"
"""The float graph, left beside the checkpoint to be measured."""
_WINDOWS = 64
_CALIBRATION = 1 << 40
"""Number of the first batch for calibration, which no training reaches."""
_LICENCES = {
    "letters_images, letters_static, letter_clips": "landmarks of photos and clips from public"
    " repositories; MIT: borisgraudt, Techyrushi; GPL-3: AmanRana10, Umanginigam,"
    " LakshmiBhavaniNekkanti; the other repositories state no licence",
    "other_signs, phrase_frames": "CC BY 4.0 at their origin (asl-signs, ASLFR)",
}


@dataclass(frozen=True)
class Trained:
    """The averaged weights of a checkpoint, and how they were trained."""

    net: Model
    config: TrainingConfig
    alphabet: str
    command: str
    step: int
    minutes: float
    revision: str

    @property
    def look_ahead(self) -> int:
        return self.config.look_ahead


def restore(file: Path) -> Trained:
    """
    Raises:
        ConfigError: there is no checkpoint, or it is not of this program.
    """
    saved = Checkpoint.load(file)
    net = saved.config.model(1 + len(saved.alphabet))
    net.load_state_dict(saved.ema)
    return Trained(
        net.eval(), saved.config, saved.alphabet, saved.command, saved.step, saved.elapsed_s / 60,
        saved.revision,
    )  # fmt: skip


def calibration(trained: Trained, data: Path) -> Floats:
    """Windows [N, T, width] of training signers, made as in training."""
    library, texts = training_library(data, trained.config), Texts(data)
    batches = range(_CALIBRATION, _CALIBRATION - (-_WINDOWS // trained.config.batch))
    made = [synthesised(library, texts, trained.config, number).features for number in batches]
    return np.concatenate(made)


def write(
    folder: Path,
    model: bytes,
    trained: Trained,
    data: Path,
    language_model: tuple[Path, float] | None,
    costs: DecoderCosts,
) -> None:
    """``model.tflite``, ``language_model.npz`` and ``bundle.toml``.

    Args:
        language_model: its file and weight, or None.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.tflite").write_bytes(model)
    names = ports(model)
    lines = toml.table({
        "format": FORMAT, "name": folder.name, "kind": STREAMING_CTC, "model": "model.tflite",
        "sha256": hashlib.sha256(model).hexdigest(), "features": FEATURES,
        "width": trained.net.shape.width, "rate": RATE, "alphabet": trained.alphabet,
        "unsupported": "".join(c for c in COMPETITION if c not in trained.alphabet),
        "look_ahead": trained.look_ahead,
    })  # fmt: skip
    states = [list(pair) for pair in names.states]
    tensors = {"features": names.features, "scores": names.scores, "states": states}
    lines += toml.table(tensors, "tensors")
    lines += toml.table(costs.probabilities(), "decoding")
    if language_model:
        file, weight = language_model
        shutil.copyfile(file, folder / "language_model.npz")
        sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
        table = {"file": "language_model.npz", "sha256": sha256, "weight": weight}
        lines += toml.table(table, "language_model")
    lines += toml.table(_provenance(model, trained), "provenance")
    lines += toml.table(hashes(data), "provenance.data")
    lines += toml.table(_LICENCES, "provenance.licences")
    (folder / FILE).write_text("\n".join(lines) + "\n", encoding="utf-8")


def _provenance(model: bytes, trained: Trained) -> dict[str, Any]:
    return {
        "command": trained.command, "revision": trained.revision, "seed": trained.config.seed,
        "steps": trained.step, "minutes": round(trained.minutes, 1),
        "parameters": sum(p.numel() for p in trained.net.parameters()),
        "sees_ticks": trained.net.shape.sees, "operators": operators(model),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, default=BUNDLE)
    parser.add_argument(
        "--language-model", type=Path, help="made by models.training.language_model"
    )
    parser.add_argument("--language-model-weight", type=float, default=0.3)
    for name, chance in DecoderCosts().probabilities().items():
        parser.add_argument(
            f"--{name}", type=float, default=chance, metavar="0-1",
            help="as in edge.recognize.decode.DecoderCosts",
        )  # fmt: skip
    args = parser.parse_args()
    costs = DecoderCosts.of({name: getattr(args, name) for name in DecoderCosts().probabilities()})
    torch.set_num_threads(1)
    trained = restore(args.checkpoint)
    graph = convert(trained.net)
    (args.checkpoint.parent / FLOAT).write_bytes(graph)
    small = quantise(graph, calibration(trained, args.data))
    language_model = None
    if args.language_model:
        language_model = (args.language_model, args.language_model_weight)
    write(args.out, small, trained, args.data, language_model, costs)
    print(f"{args.out}: {len(small)} bytes, {operators(small)}")
    try:
        selftest.record(args.out)
    except ValueError as misread:
        print(f"no self-test: {misread}")


if __name__ == "__main__":
    main()
