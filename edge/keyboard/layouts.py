"""Which key makes which character: a keyboard sends keys, and the desktop's layout says the rest.

Codes are those of linux/input-event-codes.h, which names keys by what they make on an American
keyboard.
"""

from __future__ import annotations

from collections.abc import Mapping

Key = tuple[int, bool]
"""The code of a key, and whether shift is held."""

SHIFT, ENTER, SPACE = 42, 28, 57
_ROWS = {2: "1234567890", 16: "qwertyuiop", 30: "asdfghjkl;", 44: "zxcvbnm"}
"""By the code of the first key of each row."""
_CODES = {c: first + at for first, row in _ROWS.items() for at, c in enumerate(row)}


def _layout(moved: str = "", to: str = "", shifted: str = "") -> dict[str, Key]:
    """The American one, but with the characters ``moved`` on the keys ``to``, and shift held for
    those of ``shifted``."""
    places = dict(zip(moved, to, strict=True))
    keys = {
        c: (_CODES[places.get(c, c)], c in shifted) for c in "abcdefghijklmnopqrstuvwxyz0123456789"
    }
    return {**keys, " ": (SPACE, False), "\n": (ENTER, False)}


LAYOUTS: Mapping[str, Mapping[str, Key]] = {
    "us": _layout(),
    "de": _layout("yz", "zy"),
    "fr": _layout("aqzwm", "qawz;", shifted="0123456789"),
}
"""Letters and digits lie as on ``us`` on most others too: British, Spanish, Italian, Nordic."""
