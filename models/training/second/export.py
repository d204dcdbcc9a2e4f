"""A checkpoint of the second reader into a bundle.

python -m models.training.second export .runs/second/two/checkpoint.pt --out my-second
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any, get_args

import numpy as np
import torch

from edge.errors import UserError
from edge.recognize import SECOND_READER, bundle, registry
from edge.recognize.hand_features import FEATURES, RATE
from edge.recognize.second_model import TABLE, SecondModel
from edge.recognize.second_reader import SecondReader
from models.training import toml
from models.training.aslfr.characters import COMPETITION
from models.training.data.hands import Floats
from models.training.data.manifest import hashes
from models.training.second.batches import Segments
from models.training.second.checkpoint import Checkpoint
from models.training.second.graphs import Limits, Precision, convert, quantise
from models.training.second.size import REDUCTION
from models.training.second.validation import development

_WEIGHTS = {"forward": 0.5, "reversed": 0.3, "ctc": 0.2}
_STIFFNESS = 0.1
"""Ridge of the logistic regression: there are few segments."""


class Witness(SecondReader):
    """A reader that keeps what its confidence is made of: (of the model, of the text)."""

    signals = (0.0, 0.0)

    def _confidence(self, total: float, sure: float) -> float:
        self.signals = sure, total
        return super()._confidence(total, sure)


def write(folder: Path, model: bytes, saved: Checkpoint, limits: Limits, data: Path | None,
          sure: tuple[float, ...] = ()) -> None:  # fmt: skip
    """``model.tflite`` and ``bundle.toml``."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.tflite").write_bytes(model)
    size = saved.config.size()
    weights = dict(_WEIGHTS)
    if "reversed" in saved.config.without:
        weights["reversed"] = 0.0
    second: dict[str, Any] = {
        "windows": list(limits.windows), "reduction": REDUCTION, "beams": limits.beams,
        "characters": limits.characters, "layers": size.layers, **weights,
    }  # fmt: skip
    if sure:
        second["sure"] = [round(x, 4) for x in sure]
    lines = toml.table({
        "format": bundle.FORMAT, "name": folder.name, "kind": SECOND_READER,
        "model": "model.tflite", "sha256": hashlib.sha256(model).hexdigest(),
        "features": FEATURES, "width": size.width, "rate": RATE, "alphabet": saved.alphabet,
        "unsupported": "".join(c for c in COMPETITION if c not in saved.alphabet),
        "look_ahead": 0,
    })  # fmt: skip
    lines += toml.table(second, TABLE)
    lines += toml.table({
        "command": saved.command, "revision": saved.revision, "seed": saved.config.seed,
        "steps": saved.step, "minutes": round(saved.elapsed_s / 60, 1),
        "parameters": sum(t.numel() for t in saved.ema.values()),
        "rounds": 2 if saved.scored else 1, "configuration": str(asdict(saved.config)),
    }, "provenance")  # fmt: skip
    if data is not None:
        lines += toml.table(hashes(data), "provenance.data")
    (folder / bundle.FILE).write_text("\n".join(lines) + "\n", encoding="utf-8")


def signals(folder: Path, made: list[Segments]) -> tuple[Floats, Floats]:
    """What confidence is made of [N, 2] of every segment that is read, and whether all of its
    text is right [N]."""
    loaded = bundle.load(folder)
    reader = Witness(SecondModel(loaded), registry.features(loaded.features))
    rows, right = [], []
    for one in made:
        for features, length, truth in zip(one.features, one.lengths, one.texts, strict=True):
            times = (np.arange(length) / RATE).tolist()
            if (found := reader.read_features(features[:length], times)) is not None:
                rows.append(reader.signals)
                right.append(float(found.text == truth))
    return np.array(rows).reshape(-1, 2), np.array(right)


def calibrated(found: Floats, right: Floats, scored: bool) -> tuple[float, float, float]:
    """`edge.recognize.second_model.Sizes.sure`, by logistic regression.

    Args:
        scored: the model was taught how sure to be; else what it says of itself is left out.
    """
    x = np.concatenate([np.ones((len(found), 1)), found * [float(scored), 1.0]], 1)
    w = np.zeros(3)
    ridge = _STIFFNESS * np.eye(3)
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(x @ w, -30, 30)))
        slope = x.T @ (right - p) - ridge @ w
        w += np.linalg.solve((x * (p * (1 - p))[:, None]).T @ x + ridge, slope)
    return float(w[0]), float(w[1]), float(w[2])


def main(given: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m models.training.second export")
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--weights", choices=get_args(Precision), default="dynamic")
    parser.add_argument("--calibrate", action="store_true",
                        help="fit confidence on the development signers")  # fmt: skip
    options = parser.parse_args(given)
    torch.set_num_threads(1)
    try:
        saved, limits = Checkpoint.load(options.checkpoint), Limits()
        if saved.config.sets != "hand":
            raise UserError("the daemon sees one hand: export a model of it, or `competition`")
        graph = quantise(convert(saved.model(), limits), options.weights)
        write(options.out, graph, saved, limits, options.data)
        if options.calibrate:
            found, right = signals(options.out, development(options.data))
            sure = calibrated(found, right, saved.scored)
            write(options.out, graph, saved, limits, options.data, sure)
            print(f"confidence from {len(right)} segments, {right.mean():.1%} of them right")
    except UserError as error:
        sys.exit(f"export: {error}")
    millions = saved.config.size().macs(150, 8) / 1e6
    print(f"{options.out}: {len(graph)} bytes, {millions:.0f} M multiplications for 5 s, 8 letters")
