"""Folds of signers: each model of the first round has never seen those of its own fold."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable


def folds_of(signers: Iterable[str], folds: int) -> dict[str, int]:
    """The fold of each signer, of nearly equal size.

    Their order is that of a SHA-256, so the same signers are always dealt alike.
    """
    order = sorted(set(signers), key=lambda name: hashlib.sha256(name.encode()).digest())
    return {name: place % folds for place, name in enumerate(order)}
