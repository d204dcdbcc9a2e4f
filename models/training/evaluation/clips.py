"""Real clips that are not trained on: J and Z in motion, and digits."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from edge.recognize.hand_features import encode, palm
from models.training.data.hands import DIGITS, Floats
from models.training.evaluation.samples import AFTER, BEFORE, Sample

MOVING = {
    ("kevinjosethomas", "j"): (-1, 1, 640),
    ("kevinjosethomas", "z"): (-1, 1, 640),
    ("CryingBaker", "j"): (1, 4 / 3, 1),
    ("Yumenin", "z"): (1, 1, 1),
}
"""Signers and letters, and the scale of x, y and z that makes them square and right-handed; those
of kevinjosethomas are in pixels, but for z. Other letters of CryingBaker and Yumenin are trained
on, nothing of kevinjosethomas."""
DIGITS_OF = "grp1605"
"""Right hands in square pictures; 0-5 show the back of the hand. None of them is trained on."""


def moving(data: Path) -> list[Sample]:
    """The J and Z of `MOVING`, as they were recorded, with nothing before and after.

    Clips in which the tip that draws hardly moves are left out. Most were cut out of a longer
    recording, so a motion may begin or end outside its clip.
    """
    out = []
    for (name, letter), scale in MOVING.items():
        for hands in _clips(data, name, letter):
            hands = hands * np.array(scale, np.float32)
            there = _there(hands)
            if there.sum() >= BEFORE and _moves(hands[there], letter):
                out.append(_sample(hands, there, letter, name))
    return out


def digits(data: Path) -> list[Sample]:
    """The digits of `DIGITS_OF`, each a photo tracked for a second, nothing before and after."""
    return [
        _sample(hands, _there(hands), digit, DIGITS_OF)
        for digit in DIGITS
        for hands in _clips(data, DIGITS_OF, digit)
    ]


def _clips(data: Path, name: str, letter: str) -> Floats:
    """[N, 30, 21, 3] of one signer and letter."""
    with np.load(data / "letter_clips.train.npz") as z:
        names = np.array([str(name).split("+")[0] for name in z["source_names"]])
        mine = names[z["source"]] == name
        alike = np.char.lower(z["letter"].astype(str)) == letter
        return np.asarray(z["xyz"][mine & alike], dtype=np.float32)


def _there(hands: Floats) -> Floats:
    return np.isfinite(hands).all((1, 2)) & (hands != 0).any((1, 2))


def _moves(hands: Floats, letter: str) -> bool:
    tip = hands[:, 20 if letter == "j" else 8, :2]
    pace = np.linalg.norm(np.diff(tip, axis=0), axis=1) / np.median(palm(hands))
    return int((pace > 0.12).sum()) >= 5


def _sample(hands: Floats, there: Floats, letter: str, signer: str) -> Sample:
    hands = np.where(there[:, None, None], hands, np.float32(0))
    hands = np.pad(hands, ((BEFORE, BEFORE + AFTER), (0, 0), (0, 0)))
    seen = np.pad(there, (BEFORE, BEFORE + AFTER))
    first, last = (float(n) for n in np.flatnonzero(seen)[[0, -1]])
    span = (letter, first, last)
    return Sample(letter, signer, math.nan, "clip", encode(hands, seen), (span,))
