"""What each tick should emit: a letter for as long as it stands, blank while the hand moves."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, inf

import numpy as np
from numpy.typing import NDArray

IGNORE = -1
_DELAY_TICKS = {"i": 3.0, "d": 2.0}
"""From the start of a hold to its target: an I may become a J, a D a Z."""
_MARGIN = 0.3
"""Share of a way in which the letter at its end may be emitted already, or still: the hand is
almost there."""
_MAX_MARGIN_TICKS = 6.0
_DRAWN = "jz"
_MAX_AFTER_DRAWN_TICKS = 15.0
"""After a J or a Z the hand stands in a shape that another letter may have."""
_SPACE_TICKS = 8
"""A hand that rests is a space at first; how long it rests says nothing more."""


def frame_targets(
    text: Sequence[tuple[str, float, float]], ticks: int, alphabet: str
) -> NDArray[np.int64]:
    """The symbol of each of ``ticks`` ticks: 0 blank, 1 + its place in ``alphabet``, or `IGNORE`.

    A letter is wanted in every tick of its hold, so that one that was missed on arrival can still
    be emitted. Between two equal letters at least one tick is blank.

    Args:
        text: the characters with the span in which each is held, in ticks, in order.
    """
    out = np.zeros(ticks, dtype=np.int64)
    edges = [-inf, *(end for _, _, end in text)], [*(start for _, start, _ in text), inf]
    spoken = []
    for n, (letter, start, end) in enumerate(text):
        before, after = start - edges[0][n], edges[1][n + 1] - end
        doubled = n > 0 and text[n - 1][0] == letter
        first = ceil(start + min(_DELAY_TICKS.get(letter, 0.0), end - start))
        last = max(first + 1, floor(end) + 1)
        lead = min(_MARGIN * before, _MAX_MARGIN_TICKS)
        trail = min(_MARGIN * after, _MAX_MARGIN_TICKS)
        if letter == " ":
            trail = max(trail, last - first - _SPACE_TICKS)
            last = min(last, first + _SPACE_TICKS)
        elif letter in _DRAWN:
            trail = max(trail, min(after - 2, _MAX_AFTER_DRAWN_TICKS))
        spoken.append((alphabet.index(letter) + 1, first, last, doubled))
        out[max(first - 1 - round(lead), 0) : max(last + 1 + round(trail), 0)] = IGNORE
    blank_from = 0
    for symbol, first, last, doubled in spoken:
        out[max(first, 0) : max(last, 0)] = symbol
        if doubled:
            middle = (blank_from + first) // 2
            out[max(min(middle, first - 1), 0)] = 0
        blank_from = last
    return out
