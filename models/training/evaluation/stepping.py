"""A decoder stepped through a whole sequence as the recogniser steps it live."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from edge.hand import HAND_POINTS
from edge.recognize.contracts import Decoder
from edge.recognize.hand_features import RATE, WIDTH, HandFeatures, wrist_steps
from edge.recognize.resample import Tick
from edge.recognize.travel import Travel
from models.training.data.hands import Floats

LOOK_AHEAD = 3
"""Ticks by which the answers of the models here are late."""


def stepped(
    decoder: Decoder, log_probs: Floats, features: Floats, look_ahead: int = LOOK_AHEAD
) -> Iterator[int]:
    """Reset ``decoder``, then give it every tick; yields the number of each once it is done.

    Args:
        log_probs: [T, symbols].
        features: [T or fewer, WIDTH], from which ``log_probs`` were predicted; nothing is seen
            after their end. Of features that are not those of one hand it is not known how far
            anything moved: then it always has.
    """
    decoder.reset()
    known = features.shape[-1] == WIDTH
    travel, hands = Travel(HandFeatures()), shown(features) if known else features[:0]
    for n, tick in enumerate(log_probs):
        at = n - look_ahead
        if 0 <= at < len(hands):
            travel.see(Tick(n / RATE, hands[at], bool(features[at, -1])))
        decoder.step(tick, n / RATE, travel.until(n / RATE))
        yield n


def shown(features: Floats) -> Floats:
    """Hands [T, 21, 3] in palm lengths that have the ``features`` [T, WIDTH], the first wrist
    at 0."""
    hands = np.zeros((len(features), HAND_POINTS, 3), np.float32)
    hands[:, 1:] = features[:, :-3].reshape(-1, HAND_POINTS - 1, 3)
    hands[:, :, :2] += np.cumsum(wrist_steps(features), 0)[:, None]
    return hands
