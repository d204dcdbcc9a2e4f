"""From a daemon's texts to keys, until it is stopped."""

from __future__ import annotations

import logging
from typing import Protocol

from edge.client import Client, Final

log = logging.getLogger(__name__)

ENDS = {"space": " ", "enter": "\n", "none": ""}
"""What follows each text."""
MAX_CHARS = 200
"""Of a text that is typed; the rest is left out."""


class Keys(Protocol):
    """What types."""

    def type(self, text: str) -> None: ...


class Typist:
    """Types each final once. A second reading of one is not typed: the first is there already."""

    def __init__(self, keys: Keys, end: str = "space") -> None:
        """``end``: one of `ENDS`."""
        self._keys = keys
        self._end = ENDS[end]

    def follow(self, ishara: Client) -> None:
        """Type what comes, until the iteration ends."""
        for event in ishara:
            if isinstance(event, Final):
                self.type(event.text)

    def type(self, text: str) -> None:
        """Type one text, in lower case: only letters, digits and spaces, never another key."""
        spelled = "".join(c for c in text.lower() if c == " " or (c.isascii() and c.isalnum()))
        if len(spelled) > MAX_CHARS:
            log.warning("a text of %d characters is cut at %d", len(spelled), MAX_CHARS)
        if spelled.strip():
            self._keys.type(spelled[:MAX_CHARS] + self._end)
