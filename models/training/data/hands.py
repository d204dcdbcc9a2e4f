"""Real hands from the data folder, every one canonical, palm-scaled and wrist-centred."""

from __future__ import annotations

import csv
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.recognize.hand_features import palm

LETTERS = "abcdefghijklmnopqrstuvwxyz"
DIGITS = "0123456789"
TWINS = {"0": "o", "2": "v", "6": "w", "9": "f"}
"""Digits that in American fingerspelling have the handshape of a letter."""
SOURCES = Path(__file__).with_name("sources.csv")
"""What was decided about each source, by `models.training.data.clean`."""
DEVELOPMENT_SIGNERS = ("mannan-123", "saivardhan26123", "Delisha-Manuel")
"""The development split: signers kept out of training, by whom settings are chosen."""
EVALUATION_ONLY = ("kevinjosethomas",)
"""Only evaluated on: one of the few who show J and Z in motion."""

Floats = NDArray[Any]
_STATIC_FRAMES = np.arange(8, 30, 4)
"""Frames of a clip in which its letter stands: the first ones are the hand being found."""


@dataclass(frozen=True)
class Source:
    """The frames of about one signer.

    Attributes:
        name: account of the repository they come from.
        file: name of the data file, without ``.npz``.
        hands: float32 [N, 21, 3], canonical, wrist at 0, palm length 1.
        letters: [N] lower-case letters and digits.
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


def chirality(hands: Floats) -> Floats:
    """Above 0 where ``hands`` [..., 21, 3] have the geometry of a right hand, below of a left one.

    Fingers curl towards the palm, and across x up of a right hand points out of it; of a flat hand
    or one without depth this says little or nothing.
    """
    up = hands[..., (5, 9, 13, 17), :].mean(-2) - hands[..., 0, :]
    out = np.cross(hands[..., 5, :] - hands[..., 17, :], up)
    curl = (hands[..., (12, 16, 20), :] - hands[..., (9, 13, 17), :]).sum(-2)
    return np.einsum("...i,...i->...", curl, out)


def images(data: Path, split: str) -> list[Source]:
    """The photos of ``letters_images.SPLIT``, one `Source` a signer; letters only."""
    file = f"letters_images.{split}"
    z = np.load(data / f"{file}.npz")
    # MediaPipe's own handedness supposes a mirrored picture: its "Right" is a left hand here.
    sign = np.where(z["mp_handedness"] == "Right", -1, 1)[:, None, None]
    hands = normal(z["xyz_px"] * np.concatenate([sign, np.ones_like(sign)[:, :, [0, 0]]], -1))
    return _split(z, file, hands)


def recorded(
    data: Path, split: str, geometry: dict[str, tuple[float, float]] | None = None
) -> list[Source]:
    """The rows of ``letters_static.SPLIT``.

    ``geometry`` gives (sign of x, height / width) of the sources to take; without it, all are taken
    as they are. See `turned_right`.
    """
    file = f"letters_static.{split}"
    z = np.load(data / f"{file}.npz")
    return _scaled(_split(z, file, np.nan_to_num(z["xyz"])), geometry)


def clips(
    data: Path, split: str, geometry: dict[str, tuple[float, float]] | None = None
) -> list[Source]:
    """Frames of the ``letter_clips.SPLIT`` in which a live camera saw a letter held.

    J and Z are left out: their frames are a motion. ``geometry`` is as in `recorded`.
    """
    file = f"letter_clips.{split}"
    z = np.load(data / f"{file}.npz")
    letters = np.char.lower(z["letter"].astype(str))
    taken = np.flatnonzero(z["moving"] & ~np.isin(letters, ["j", "z"]))
    frames = z["xyz"][taken][:, _STATIC_FRAMES].astype(np.float32)
    each = frames.shape[1]
    arrays = {
        "letter": np.repeat(letters[taken], each),
        "source": np.repeat(z["source"][taken], each),
        "source_names": z["source_names"],
    }
    return _scaled(_split(arrays, file, frames.reshape(-1, 21, 3)), geometry)


def _scaled(sources: list[Source], geometry: dict[str, tuple[float, float]] | None) -> list[Source]:
    if geometry is None:
        return [turned_right(source, 1, 1) for source in sources]
    return [turned_right(s, *geometry[s.name]) for s in sources if s.name in geometry]


def turned_right(source: Source, sign: float, aspect: float) -> Source:
    """``source`` with x times ``sign`` and y times ``aspect``.

    Sign 0: both hands are among the rows, and each is mirrored as its `chirality` says.
    """
    hands = source.hands * np.array([1, aspect, 1], dtype=np.float32)
    which = np.where(chirality(hands) < 0, -1, 1) if sign == 0 else np.full(len(hands), sign)
    hands[..., 0] *= which[:, None]
    return Source(source.name, source.file, normal(hands), source.letters)


def _split(z: Any, file: str, hands: Floats) -> list[Source]:
    letters = np.char.lower(z["letter"].astype(str))
    whose = z["source"]
    size = np.ptp(hands[..., :2], axis=(1, 2))
    good = np.isin(letters, list(LETTERS + DIGITS)) & np.isfinite(hands).all((1, 2)) & (size > 0)
    out = []
    for number, name in enumerate(z["source_names"]):
        mine = good & (whose == number)
        if mine.any():
            short = str(name).split("+")[0]
            if re.search(r"__p\d+$", str(name)):  # one account, several people
                short += str(name)[str(name).index("__p") + 1 :]
            out.append(Source(short, file, hands[mine].astype(np.float32), letters[mine]))
    return out


def training(
    data: Path, development: bool = False, rows: list[dict[str, str]] | None = None
) -> list[Source]:
    """The cleaned training signers, or the `DEVELOPMENT_SIGNERS`.

    Args:
        rows: of ``sources.csv``; None: of that file.
    """
    if rows is None:
        with SOURCES.open(newline="") as text:
            rows = list(csv.DictReader(text))
    rows = [row for row in rows if row["use"] == "1"]
    drop = {(row["file"], row["source"]): row["dropped"] for row in rows}

    def geometry(file: str) -> dict[str, tuple[float, float]]:
        return {
            row["source"]: (float(row["sign"]), float(row["aspect"]))
            for row in rows
            if row["file"] == file
        }

    out = []
    for source in [
        *images(data, "train"),
        *recorded(data, "train", geometry("letters_static.train")),
        *clips(data, "train", geometry("letter_clips.train")),
    ]:
        bad = drop.get((source.file, source.name))
        if (
            bad is None
            or source.name in EVALUATION_ONLY
            or (source.name in DEVELOPMENT_SIGNERS) != development
        ):
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
