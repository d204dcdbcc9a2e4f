"""CutMix for CTC: the beginning of one sequence, joined to the end of another between letters."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.training.augment.moves import Moves, Span, chosen
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


def cut_mix(moves: Moves, probability: float, rng: np.random.Generator) -> Moves:
    """Sequences go on as another one of the same signer; texts, spans and lengths follow.

    Of a few places between two letters in both, the one where the hands are most alike is taken;
    there the other sequence is moved to where this one is, and blended in. Two like letters never
    meet: nobody would have spelled the second. A sequence stays as it is where its signer has no
    other one in the batch, where spans are not known, or where no joint fits the batch's ticks.
    """
    rows = chosen(len(moves), probability, rng)
    points, present = moves.points, moves.present
    lengths, texts, spans = moves.lengths.copy(), list(moves.texts), list(moves.spans)
    mixed = False
    for row in rows.tolist():
        joint = _joint(moves, row, rng)
        if joint is None:
            continue
        if not mixed:
            points, present, mixed = points.copy(), present.copy(), True
        length = joint.at + int(moves.lengths[joint.other]) - joint.of
        points[row, :length], present[row, :length] = _joined(moves, row, joint, length)
        present[row, length:] = False
        there = (moves.spans[row] or [])[: joint.count] + [
            (char, start + joint.at - joint.of, end + joint.at - joint.of)
            for char, start, end in (moves.spans[joint.other] or [])[joint.skip :]
        ]
        lengths[row], spans[row] = length, there
        texts[row] = "".join(char for char, _, _ in there)
    if not mixed:
        return moves
    return replace(moves, points=points, present=present, lengths=lengths, texts=texts, spans=spans)


def _between(spans: list[Span]) -> NDArray[np.int64]:
    """The ticks halfway from each letter to the next; cut ``n`` has ``n + 1`` letters before it."""
    times = np.array([(start, end) for _, start, end in spans])
    middles: NDArray[np.int64] = np.rint((times[:-1, 1] + times[1:, 0]) / 2).astype(np.int64)
    return middles


def _joint(moves: Moves, row: int, rng: np.random.Generator) -> _Joint | None:
    mine = moves.spans[row]
    others = [
        n
        for n, (signer, spans) in enumerate(zip(moves.signers, moves.spans, strict=True))
        if n != row and signer == moves.signers[row] and spans is not None and len(spans) > 1
    ]
    if mine is None or len(mine) < 2 or not others:
        return None
    other = int(rng.choice(others))
    theirs = moves.spans[other] or []
    at, of = _between(mine), _between(theirs)
    fits = (at[:, None] >= 1) & (at[:, None] < moves.lengths[row]) & (of >= 0)
    fits &= of < moves.lengths[other]
    fits &= at[:, None] + moves.lengths[other] - of <= moves.points.shape[1]
    last = np.array([char for char, _, _ in mine[:-1]])
    first = np.array([char for char, _, _ in theirs[1:]])
    fits &= last[:, None] != first
    pairs = np.argwhere(fits)
    if not len(pairs):
        return None
    pairs = rng.permutation(pairs)[:_CANDIDATES]
    here, there = at[pairs[:, 0]], of[pairs[:, 1]]
    best = int(np.argmin(_apart(moves, row, here, other, there)))
    m, n = pairs[best].tolist()
    return _Joint(m + 1, int(at[m]), other, n + 1, int(of[n]))


def _shapes(moves: Moves, row: int, at: NDArray[np.int64]) -> Floats:
    points: Floats = moves.points[row, at]
    return points - origins(points, moves.sets)[:, set_of(moves.sets)]


def _apart(
    moves: Moves, row: int, here: NDArray[np.int64], other: int, there: NDArray[np.int64]
) -> Floats:
    """How unlike [N] what is seen at ``here`` and ``there`` is, in palm lengths."""
    gap = np.abs(_shapes(moves, row, here) - _shapes(moves, other, there)).mean(-1)
    mine = moves.present[row, here][:, set_of(moves.sets)]
    theirs = moves.present[other, there][:, set_of(moves.sets)]
    apart: Floats = np.where(mine & theirs, gap, (mine ^ theirs) * _UNLIKE).mean(-1)
    return apart


def _joined(moves: Moves, row: int, joint: _Joint, length: int) -> tuple[Floats, NDArray[np.bool_]]:
    sets = set_of(moves.sets)
    tick = np.arange(length)
    mine = np.minimum(tick, int(moves.lengths[row]) - 1)
    theirs = np.clip(tick - joint.at + joint.of, 0, int(moves.lengths[joint.other]) - 1)
    before, after = moves.present[row, mine], moves.present[joint.other, theirs]
    share = np.clip((tick - joint.at + _HALF + 0.5) / (2 * _HALF), 0, 1)[:, None]
    second = share > 0.5
    part = np.where(before & after, share, second).astype(np.float32)[:, sets, None]
    place = origins(moves.points[row, mine[joint.at]], moves.sets)
    place = place - origins(moves.points[joint.other, joint.of], moves.sets)
    place = np.where((before & after)[joint.at, :, None], place, 0)[sets].astype(np.float32)
    one, other = moves.points[row, mine], moves.points[joint.other, theirs] + place
    return one + part * (other - one), np.where(second, after, before)
