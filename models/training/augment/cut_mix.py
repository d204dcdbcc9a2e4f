"""CutMix for CTC: the beginning of one sequence, joined to the end of another between letters."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.training.augment.hand_sequences import HandSequences, Span, chosen
from models.training.augment.sets import Floats, origins, set_of

_CANDIDATES = 8
"""Joints that are compared."""
_HALF = 2
"""Ticks before and after the joint in which one blends into the other."""
_UNLIKE = 10.0
"""Palm lengths between a hand and none."""


@dataclass(frozen=True)
class _Joint:
    """``count`` letters up to tick ``at``, then ``other`` from its letter ``skip``, tick ``of``."""

    count: int
    at: int
    other: int
    skip: int
    of: int


def cut_mix(
    sequences: HandSequences, probability: float, rng: np.random.Generator
) -> HandSequences:
    """Sequences continue as another one of the same signer; texts, spans and lengths follow.

    Of a few places between two letters in both, the one where the hands are most alike is taken;
    there the other sequence is moved to where this one is, and blended in. Two equal letters never
    meet: a doubled letter is not spelled like that. A sequence stays as it is where its signer has
    no other one in the batch, where spans are not known, or where no joint fits the batch's ticks.
    """
    rows = chosen(len(sequences), probability, rng)
    points, present = sequences.points, sequences.present
    lengths, texts, spans = sequences.lengths.copy(), list(sequences.texts), list(sequences.spans)
    mixed = False
    for row in rows.tolist():
        joint = _joint(sequences, row, rng)
        if joint is None:
            continue
        if not mixed:
            points, present, mixed = points.copy(), present.copy(), True
        length = joint.at + int(sequences.lengths[joint.other]) - joint.of
        points[row, :length], present[row, :length] = _joined(sequences, row, joint, length)
        present[row, length:] = False
        there = (sequences.spans[row] or [])[: joint.count] + [
            (char, start + joint.at - joint.of, end + joint.at - joint.of)
            for char, start, end in (sequences.spans[joint.other] or [])[joint.skip :]
        ]
        lengths[row], spans[row] = length, there
        texts[row] = "".join(char for char, _, _ in there)
    if not mixed:
        return sequences
    return replace(
        sequences, points=points, present=present, lengths=lengths, texts=texts, spans=spans
    )


def _between(spans: list[Span]) -> NDArray[np.int64]:
    """The ticks halfway from each letter to the next; cut ``n`` has ``n + 1`` letters before it."""
    times = np.array([(start, end) for _, start, end in spans])
    middles: NDArray[np.int64] = np.rint((times[:-1, 1] + times[1:, 0]) / 2).astype(np.int64)
    return middles


def _joint(sequences: HandSequences, row: int, rng: np.random.Generator) -> _Joint | None:
    mine = sequences.spans[row]
    others = [
        n
        for n, (signer, spans) in enumerate(zip(sequences.signers, sequences.spans, strict=True))
        if n != row and signer == sequences.signers[row] and spans is not None and len(spans) > 1
    ]
    if mine is None or len(mine) < 2 or not others:
        return None
    other = int(rng.choice(others))
    theirs = sequences.spans[other] or []
    at, of = _between(mine), _between(theirs)
    fits = (at[:, None] >= 1) & (at[:, None] < sequences.lengths[row]) & (of >= 0)
    fits &= of < sequences.lengths[other]
    fits &= at[:, None] + sequences.lengths[other] - of <= sequences.points.shape[1]
    last = np.array([char for char, _, _ in mine[:-1]])
    first = np.array([char for char, _, _ in theirs[1:]])
    fits &= last[:, None] != first
    pairs = np.argwhere(fits)
    if not len(pairs):
        return None
    pairs = rng.permutation(pairs)[:_CANDIDATES]
    here, there = at[pairs[:, 0]], of[pairs[:, 1]]
    best = int(np.argmin(_apart(sequences, row, here, other, there)))
    m, n = pairs[best].tolist()
    return _Joint(m + 1, int(at[m]), other, n + 1, int(of[n]))


def _shapes(sequences: HandSequences, row: int, at: NDArray[np.int64]) -> Floats:
    points: Floats = sequences.points[row, at]
    return points - origins(points, sequences.sets)[:, set_of(sequences.sets)]


def _apart(
    sequences: HandSequences,
    row: int,
    here: NDArray[np.int64],
    other: int,
    there: NDArray[np.int64],
) -> Floats:
    """How unlike [N] what is seen at ``here`` and ``there`` is, in palm lengths."""
    gap = np.abs(_shapes(sequences, row, here) - _shapes(sequences, other, there)).mean(-1)
    mine = sequences.present[row, here][:, set_of(sequences.sets)]
    theirs = sequences.present[other, there][:, set_of(sequences.sets)]
    apart: Floats = np.where(mine & theirs, gap, (mine ^ theirs) * _UNLIKE).mean(-1)
    return apart


def _joined(
    sequences: HandSequences, row: int, joint: _Joint, length: int
) -> tuple[Floats, NDArray[np.bool_]]:
    sets = set_of(sequences.sets)
    tick = np.arange(length)
    mine = np.minimum(tick, int(sequences.lengths[row]) - 1)
    theirs = np.clip(tick - joint.at + joint.of, 0, int(sequences.lengths[joint.other]) - 1)
    before, after = sequences.present[row, mine], sequences.present[joint.other, theirs]
    share = np.clip((tick - joint.at + _HALF + 0.5) / (2 * _HALF), 0, 1)[:, None]
    second = share > 0.5
    part = np.where(before & after, share, second).astype(np.float32)[:, sets, None]
    place = origins(sequences.points[row, mine[joint.at]], sequences.sets)
    place = place - origins(sequences.points[joint.other, joint.of], sequences.sets)
    place = np.where((before & after)[joint.at, :, None], place, 0)[sets].astype(np.float32)
    one, other = sequences.points[row, mine], sequences.points[joint.other, theirs] + place
    return one + part * (other - one), np.where(second, after, before)
