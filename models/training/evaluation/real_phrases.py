"""Three real phrases, read by a model of ten points: a check of the synthesis.

``aslfr_three.npz`` is never trained on, and nothing is stopped or averaged by it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from models.training.architecture import Form, Model
from models.training.aslfr.characters import ALPHABET
from models.training.data.hands import Floats
from models.training.evaluation.greedy import greedy
from models.training.evaluation.metrics import Reading
from models.training.synthesis.ten_points import scaled

_ASPECT = 1.898
"""Height / width of the phones' pictures, by the notes on the data."""


def phrases(data: Path) -> list[tuple[str, Floats]]:
    """(text, features float32 [T, 21]) of each; frames without a hand are not in the data."""
    z = np.load(data / "aslfr_three.npz")
    out = []
    for n in range(3):
        points = np.asarray(z[f"seq{n}"], dtype=np.float32)
        # The data's y points up and its right hands have the thumb on the left, as in a selfie;
        # canonical ones have y down and the thumb on the right.
        flat = np.stack([-points[:, :10], -_ASPECT * points[:, 10:]], -1)
        out.append((str(z[f"text{n}"]), scaled(flat, np.ones(len(flat), dtype=bool))))
    return out


def read(model: Model, data: Path, form: Form = Form.STREAMING) -> list[Reading]:
    """The three phrases, greedy."""
    model.eval()
    readings = []
    for text, features in phrases(data):
        with torch.no_grad():
            logits = model(torch.from_numpy(features)[None], form=form).numpy()
        readings.append(Reading(text, greedy(logits, ALPHABET)[0].strip()))
    return readings


def unspaced(readings: list[Reading]) -> list[Reading]:
    """The same without spaces: fluent signers hardly mark them."""
    return [Reading(r.truth.replace(" ", ""), r.read.replace(" ", "")) for r in readings]
