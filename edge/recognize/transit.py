"""A hand in transit says nothing.

What a hand passes through while it comes, goes or is carried elsewhere often looks like a letter (a
loose hand like an M or a Q), and the model says so. Letters are spelled by a hand whose wrist
hardly moves: in real single letters at half and at full speed it makes at most half a palm length a
second while the letter stands, and 2 to 16 in what is read before and after. J and Z are drawn by
moving, and doubled letters may slide, so the last of them is believed where the hand arrives.
"""

from __future__ import annotations

import numpy as np

from edge.recognize.contracts import Floats

SLOW, FAST = 1.0, 3.0
"""Palm lengths a second at which doubt begins, and is complete. Chosen on drawn words and real
letters, of which other values between 0.6 and 4 read about as many."""
_MOST = 0.999
"""The share of a letter's probability that is given to blank."""
_TRAVELLING = "jz "


class Transit:
    """Maps what a model answers to what can be believed of it at the speed of the hand."""

    def __init__(self, alphabet: str) -> None:
        """
        Args:
            alphabet: the character of class i + 1 is alphabet[i]; class 0 is blank.
        """
        doubted = [k for k, char in enumerate(alphabet, 1) if char not in _TRAVELLING]
        self._doubted = np.array(doubted, np.int64)

    def __call__(self, log_probs: Floats, speed: float) -> Floats:
        """Log-probabilities [1 + len(alphabet)] of ``log_probs``, which are left as they are.

        Args:
            speed: of the wrist in the picture, palm lengths a second.
        """
        share = min(_MOST, (speed - SLOW) / (FAST - SLOW))
        if share <= 0:
            return log_probs
        believed = log_probs.copy()
        letters = log_probs[self._doubted]
        believed[self._doubted] = letters + np.float32(np.log1p(-share))
        given = np.logaddexp.reduce(letters, initial=-np.inf) + np.float32(np.log(share))
        believed[0] = np.logaddexp(log_probs[0], given)
        return believed
