"""Three real phrases and five real sequences, read by a model of ten points.

``aslfr_three.npz`` and ``aslfr_five.npz`` are never trained on, and nothing is stopped or averaged
by them. A model of ten points without depth (`models.training.synthesis.ten_points`) reads both:
the first has no other points, and the second, recovered from plots, no depth.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch

from edge.hand import INDEX_BASE, LITTLE_BASE, WRIST
from edge.recognize.hand_features import RATE
from edge.recognize.resample import MAX_GAP_S
from models.training.architecture import Form, Model
from models.training.aslfr.characters import ALPHABET
from models.training.data.hands import Floats
from models.training.evaluation.greedy import greedy
from models.training.evaluation.metrics import Reading
from models.training.synthesis.ten_points import POINTS, scaled

_ASPECT = 1.898
"""Height / width of the phones' pictures, by the notes on the data."""
_ASPECT_OF_FIVE = 1.8
"""The same; the notes say 1.7 to 1.9, and not which phone."""
_NEEDED = (WRIST, *POINTS)


@dataclass(frozen=True, slots=True)
class Sequence:
    """A real sequence of which something is missing.

    Attributes:
        text: what is spelled.
        features: float32 [T, 21].
        frames: with a hand, all.
        filled: share of the points used that were not drawn in frames with a hand.
    """

    text: str
    features: Floats
    frames: tuple[int, int]
    filled: float


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


def five(data: Path) -> list[Sequence]:
    """Those of ``real/aslfr_five.npz``, every hand made a right one.

    A point that was not drawn lies on the line between where it was before and after. Gaps of the
    whole hand are bridged likewise where live ones would be (`MAX_GAP_S`); longer ones stay empty.
    """
    out = []
    with np.load(data / "real" / "aslfr_five.npz") as z:
        for n in range(5):
            points = np.asarray(z[f"xy{n}"], dtype=np.float32) * (1, _ASPECT_OF_FIVE)
            out.append(_sequence(str(z[f"phrase{n}"]), points))
    return out


def _sequence(text: str, points: Floats) -> Sequence:
    """Of points [T, 21, 2] in square units, NaN where one is missing."""
    drawn = np.isfinite(points).all(-1)
    hand = drawn.any(1)
    seen = np.flatnonzero(hand)
    # The thumb of a canonical hand is at the larger x.
    if np.nanmedian(points[:, INDEX_BASE, 0] - points[:, LITTLE_BASE, 0]) < 0:
        points = points * (-1, 1)
    ticks = np.arange(len(points))
    whole = np.zeros((len(points), len(_NEEDED), 2))
    for place, point in enumerate(_NEEDED):
        known = np.flatnonzero(drawn[:, point])
        for axis in range(2):
            whole[:, place, axis] = np.interp(ticks, known, points[known, point, axis])
    gap = np.zeros(len(points), dtype=int)  # frames from the hand before to the hand after
    for before, after in pairwise(seen):
        gap[before + 1 : after] = after - before
    present = hand | ((gap > 0) & (gap < MAX_GAP_S * RATE))
    features = scaled(np.asarray(whole[:, 1:] - whole[:, :1], np.float32), present)
    filled = 1 - float(drawn[hand][:, _NEEDED].mean())
    return Sequence(text, features, (int(hand.sum()), len(points)), filled)


def read(model: Model, data: Path, form: Form = Form.STREAMING) -> list[Reading]:
    """The three phrases, greedy."""
    return _read(model, phrases(data), form)


def read_five(model: Model, data: Path, form: Form = Form.STREAMING) -> list[Reading]:
    """The five sequences, greedy."""
    return _read(model, [(s.text, s.features) for s in five(data)], form)


def _read(model: Model, texts: Iterable[tuple[str, Floats]], form: Form) -> list[Reading]:
    model.eval()
    readings = []
    for text, features in texts:
        with torch.no_grad():
            logits = model(torch.from_numpy(features)[None], form=form).numpy()
        readings.append(Reading(text, greedy(logits, ALPHABET)[0].strip()))
    return readings


def unspaced(readings: list[Reading]) -> list[Reading]:
    """The same without spaces: fluent signers hardly mark them."""
    return [Reading(r.truth.replace(" ", ""), r.read.replace(" ", "")) for r in readings]
