"""Real hands from the data folder, every one canonical, palm-scaled and wrist-centred."""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.recognize.features import palm

LETTERS = "abcdefghijklmnopqrstuvwxyz"
SOURCES = Path(__file__).with_name("sources.csv")
"""What was decided about each source, by `models.training.data.clean`."""
CHOOSING = ("mannan-123", "saivardhan26123")
"""Training signers kept out of training, to choose things by."""

Floats = NDArray[Any]


@dataclass(frozen=True)
class Source:
    """The frames of about one signer.

    Attributes:
        name: account of the repository they come from.
        file: name of the data file, without ``.npz``.
        hands: float32 [N, 21, 3], canonical, wrist at 0, palm length 1.
        letters: [N] lower-case letters.
    """

    name: str
    file: str
    hands: Floats
    letters: NDArray[np.str_]


def normal(hands: Floats) -> Floats:
    """Wrist at 0, palm length 1."""
    hands = np.asarray(hands, dtype=np.float32)
    hands = hands - hands[..., :1, :]
    return hands / np.maximum(palm(hands), 1e-6)[..., None, None]


def images(data: Path, split: str) -> list[Source]:
    """The photos of ``letters_images.SPLIT``, one `Source` a signer; letters only."""
    file = f"letters_images.{split}"
    z = np.load(data / f"{file}.npz")
    # MediaPipe's own handedness supposes a mirrored picture: its "Right" is a left hand here.
    sign = np.where(z["mp_handedness"] == "Right", -1, 1)[:, None, None]
    hands = normal(z["xyz_px"] * np.concatenate([sign, np.ones_like(sign)[:, :, [0, 0]]], -1))
    return _split(z, file, hands)


def recorded(
    data: Path, split: str, decided: dict[str, tuple[float, float]] | None = None
) -> list[Source]:
    """The rows of ``letters_static.SPLIT``.

    ``decided`` gives (sign of x, height / width) of the sources to take; without it, all are taken
    as they are.
    """
    file = f"letters_static.{split}"
    z = np.load(data / f"{file}.npz")
    out = []
    for source in _split(z, file, np.nan_to_num(z["xyz"])):
        if decided is None or source.name in decided:
            sign, aspect = (decided or {}).get(source.name, (1.0, 1.0))
            scale = np.array([sign, aspect, 1], dtype=np.float32)
            out.append(Source(source.name, file, normal(source.hands * scale), source.letters))
    return out


def _split(z: Any, file: str, hands: Floats) -> list[Source]:
    letters = np.char.lower(z["letter"].astype(str))
    whose = z["source"]
    size = np.ptp(hands[..., :2], axis=(1, 2))
    good = np.isin(letters, list(LETTERS)) & np.isfinite(hands).all((1, 2)) & (size > 0)
    out = []
    for number, name in enumerate(z["source_names"]):
        mine = good & (whose == number)
        if mine.any():
            short = str(name).split("+")[0]
            if "__p" in str(name):  # one account, several people
                short += str(name)[str(name).index("__p") + 1 :]
            out.append(Source(short, file, hands[mine].astype(np.float32), letters[mine]))
    return out


def training(data: Path, choosing: bool = False) -> list[Source]:
    """The cleaned training signers, or the `CHOOSING` ones, as ``sources.csv`` decided."""
    with SOURCES.open(newline="") as text:
        rows = [row for row in csv.DictReader(text) if row["use"] == "1"]
    drop = {(row["file"], row["source"]): row["dropped"] for row in rows}
    static = {
        row["source"]: (float(row["sign"]), float(row["aspect"]))
        for row in rows
        if row["file"] == "letters_static.train"
    }
    out = []
    for source in [*images(data, "train"), *recorded(data, "train", static)]:
        bad = drop.get((source.file, source.name))
        if bad is None or (source.name in CHOOSING) != choosing:
            continue
        keep = ~np.isin(source.letters, list(bad))
        out.append(Source(source.name, source.file, source.hands[keep], source.letters[keep]))
    return out


def kept_out_signs(participant: int) -> bool:
    """Whether this signer of ``other_signs`` is kept for measuring: about a third of them.

    A SHA-256 decides, so neither other signers nor the order of rows can move anyone.
    """
    digest = hashlib.sha256(f"ishara signs 1 {participant}".encode()).hexdigest()
    return int(digest[:8], 16) % 3 == 0
