"""Where the files that are no code lie: bundles, the list of landmark weights, the weights."""

from __future__ import annotations

import sys
from pathlib import Path

_CHECKOUT = Path(__file__).resolve().parent.parent / "models"
_INSTALLED = Path(sys.prefix) / "share" / "ishara"


def models() -> Path:
    """The folder with ``landmarks.toml`` and ``bundles/`` of the checkout, else installed."""
    return _CHECKOUT if (_CHECKOUT / "landmarks.toml").is_file() else _INSTALLED


def weights() -> Path:
    """The folder the landmark weights are fetched into, inside the (virtual) environment."""
    return _INSTALLED / "landmarks"
