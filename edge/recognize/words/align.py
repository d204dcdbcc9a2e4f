"""When each character of a word was seen: its likeliest alignment (Viterbi)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def align(answers: NDArray[np.float32], classes: Sequence[int]) -> list[tuple[int, int, float]]:
    """(first tick, last tick, log-probability at its clearest) of each character.

    Args:
        answers: log-probabilities [T, 1 + characters], finite; as many ticks as characters.
        classes: of the characters, at least one.
    """
    states = np.zeros(2 * len(classes) + 1, np.int64)  # blanks around and between them
    states[1::2] = classes
    skips = np.zeros(len(states), bool)
    skips[3::2] = states[3::2] != states[1:-2:2]
    scores = np.full(len(states), -np.inf)
    scores[0] = 0.0
    steps = np.zeros((len(answers), len(states)), np.int8)
    for step, answer in zip(steps, answers, strict=True):
        options = np.full((3, len(states)), -np.inf)
        options[0] = scores
        options[1, 1:] = scores[:-1]
        options[2, 2:] = np.where(skips[2:], scores[:-2], -np.inf)
        step[:] = options.argmax(0)
        scores = options.max(0) + answer[states]
    at = len(states) - 1 - int(scores[-2] > scores[-1])
    spans = [(-1, -1, -np.inf) for _ in classes]
    for tick in range(len(answers) - 1, -1, -1):
        if at % 2:
            _, last, best = spans[at // 2]
            p = float(answers[tick, states[at]])
            spans[at // 2] = (tick, last if last >= 0 else tick, max(p, best))
        at -= int(steps[tick, at])
    return spans
