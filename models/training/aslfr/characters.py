"""The 59 characters of the competition, and which of them are read here."""

from __future__ import annotations

import string
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.errors import ConfigError
from models.training.aslfr import _json

FILE = "character_to_prediction_index.json"
COMPETITION = " !#$%&'()*+,-./0123456789:;=?@[_abcdefghijklmnopqrstuvwxyz~"
"""The competition's table: character n is ``COMPETITION[n]``; no blank, no end, no padding."""
ALPHABET = string.ascii_lowercase + " " + string.digits
"""What is read."""
UNSUPPORTED = "".join(char for char in COMPETITION if char not in ALPHABET)
"""The other 22: they keep their places in the table, and no model here emits them."""


@dataclass(frozen=True, slots=True)
class Characters:
    """A table from ``character_to_prediction_index.json``: character n is ``table[n]``."""

    table: str = COMPETITION

    @classmethod
    def load(cls, file: Path) -> Characters:
        """The table in ``file``, which may also be that of a competition bundle.

        Raises:
            ConfigError: it is missing, or not a table from single characters to 0, 1, 2, ...
        """
        content = _json.load(file)
        if not isinstance(content, dict) or not all(len(char) == 1 for char in content):
            raise ConfigError(f"{file} is not a table of single characters: download it again")
        if not all(type(n) is int for n in content.values()):
            raise ConfigError(f"{file} does not number every character: download it again")
        if sorted(content.values()) != list(range(len(content))):
            raise ConfigError(
                f"{file} does not number its characters 0-{len(content) - 1}, once each"
            )
        return cls("".join(sorted(content, key=lambda char: int(content[char]))))

    def unknown(self, text: str) -> str:
        """The characters of ``text`` that are not in the table."""
        return "".join(sorted(set(text) - set(self.table)))

    def encode(self, text: str) -> NDArray[np.int64]:
        """The place of each character [len(text)].

        Raises:
            ValueError: one is not in the table.
        """
        if unknown := self.unknown(text):
            raise ValueError(f"{unknown!r} is not in the table")
        return np.array([self.table.index(char) for char in text], dtype=np.int64)

    def decode(self, places: Iterable[int]) -> str:
        """The text of ``places``; what is outside the table is left out (as in the contest)."""
        return "".join(self.table[n] for n in places if 0 <= n < len(self.table))


def readable(text: str) -> str:
    """``text`` as it is to be read: without what is unsupported, single spaces, none at the ends.

    A model that is trained on it learns to say nothing at the signs for the other characters.
    """
    return " ".join("".join(char for char in text if char in ALPHABET).split())


def supported(text: str) -> bool:
    """Whether all of ``text`` is in `ALPHABET`."""
    return not set(text) - set(ALPHABET)
