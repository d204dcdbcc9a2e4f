"""The splits: fixed, by signer."""

from __future__ import annotations

import hashlib
from typing import Literal, get_args

Split = Literal["train", "development", "validation"]
SPLITS: tuple[Split, ...] = get_args(Split)
_SALT = "ishara aslfr 1 "


def split(participant: int) -> Split:
    """Where the signer ``participant`` belongs: about 80, 10 and 10 of 100.

    Settings are chosen on ``development``; ``validation`` is used once, at the end. The first eight
    bytes of a SHA-256 decide, so neither other signers nor the order of rows can move anyone, and
    a signer is in the same split in both halves of the data set.
    """
    digest = hashlib.sha256(f"{_SALT}{participant}".encode()).digest()
    share = int.from_bytes(digest[:8], "big") / 2**64
    return "train" if share < 0.8 else "development" if share < 0.9 else "validation"
