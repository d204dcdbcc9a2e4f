"""A decoder stepped through a whole sequence as the recogniser steps it live."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from edge.hand import HAND_POINTS
from edge.recognize.decode import BeamDecoder
from edge.recognize.hand_features import RATE, WIDTH, HandFeatures, wrist_steps
from edge.recognize.resample import Tick
from edge.recognize.transit import Transit
from edge.recognize.travel import Travel
from models.training.data.hands import Floats

LOOK_AHEAD = 3
"""Ticks by which the answers of the models here are late."""


def stepped(
    decoder: BeamDecoder, log_probs: Floats, features: Floats, look_ahead: int = LOOK_AHEAD
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
    transit = Transit(decoder.alphabet)
    for n, tick in enumerate(log_probs):
        now = n / RATE
        if n < len(hands):
            travel.see(Tick(now + look_ahead / RATE, hands[n], bool(features[n, -1])))
        decoder.step(transit(tick, travel.speed(now)), now, travel.until(now))
        yield n


def shown(features: Floats) -> Floats:
    """Hands [T, 21, 3] in palm lengths that have the ``features`` [T, WIDTH], the first wrist
    at 0."""
    hands = np.zeros((len(features), HAND_POINTS, 3), np.float32)
    hands[:, 1:] = features[:, :-3].reshape(-1, HAND_POINTS - 1, 3)
    hands[:, :, :2] += np.cumsum(wrist_steps(features), 0)[:, None]
    return hands
