"""What is expected to be spelled: letters, digits, or either.

A telephone number has no letters and a name has no digits. Who knows which it will be says so, and
what is not expected is not read. Some digits have the handshape of a letter; the model has to guess
which of the two it sees, and an expectation settles it.
"""

from __future__ import annotations

import numpy as np

from edge.config import Expect
from edge.errors import ConfigError
from edge.recognize.contracts import Floats

TWINS = {"0": "o", "2": "v", "6": "w", "9": "f"}
"""Digits that in American fingerspelling have the handshape of a letter."""


def check(expect: Expect, alphabet: str) -> None:
    """
    Raises:
        ConfigError: a model over ``alphabet`` reads nothing of what is expected.
    """
    named = [char for char in alphabet if char.isalpha() or char.isdigit()]
    if expect != "any" and not any(expected(expect, char) for char in named):
        raise ConfigError(
            f'the bundle reads no {expect}: expect "any", or name a bundle whose alphabet has them'
        )


class Expectation:
    """Maps what a model answers to what it says of the characters that are expected.

    A digit and its twin letter count as the one of them that is expected. Other letters or digits
    that are not expected drop out; what remains is not scaled up, so that a confidence stays what
    the model said. Characters that are neither, such as the space, always remain.
    """

    def __init__(self, expect: Expect, alphabet: str) -> None:
        """
        Args:
            alphabet: the character of class i + 1 is alphabet[i]; class 0 is blank.
        """
        self.expect = expect
        classes = {char: k for k, char in enumerate(alphabet, 1)}
        twins = TWINS | {letter: digit for digit, letter in TWINS.items()}
        dropped = [char for char in alphabet if not expected(expect, char)]
        moved = [char for char in dropped if twins.get(char) in classes]
        self._dropped = [classes[char] for char in dropped]
        self._from = [classes[char] for char in moved]
        self._to = [classes[twins[char]] for char in moved]

    def __call__(self, log_probs: Floats) -> Floats:
        """Log-probabilities [1 + len(alphabet)] of ``log_probs``, which are left as they are; -inf
        for what is not expected."""
        if not self._dropped:
            return log_probs
        mapped = log_probs.copy()
        mapped[self._to] = np.logaddexp(log_probs[self._to], log_probs[self._from])
        mapped[self._dropped] = -np.inf
        return mapped


def expected(expect: Expect, char: str) -> bool:
    """Whether ``char`` may be read."""
    if expect == "digits":
        return not char.isalpha()
    return expect == "any" or not char.isdigit()
