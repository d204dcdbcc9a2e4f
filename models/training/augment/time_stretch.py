"""TimeStretch: another speed, and a speed that changes smoothly within the sequence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from models.training.augment.hand_sequences import HandSequences, Span, chosen
from models.training.augment.sets import Floats, set_of

_SHORTEST, _LONGEST = 0.7, 1.4
"""Of the length."""
_WARP = 0.2
"""Standard deviation of log speed within a sequence."""
_KNOTS = 8
"""Places in a sequence where the speed is drawn; linear between them."""
_TICKS = 1.5
"""Per character, at least: CTC needs one, and another between two that are alike."""


def time_stretch(
    sequences: HandSequences, probability: float, rng: np.random.Generator, longest: int = 0
) -> HandSequences:
    """Resamples sequences in time; lengths and spans follow.

    Between two ticks the points are interpolated where the set is present in both, else they are
    those of the nearer tick, as live (`edge.recognize.resample`).

    Args:
        longest: a sequence that would become longer is cut, after its last letter that is whole;
            where the spans are not known it is stretched to this length at most. 0: no bound.
    """
    rows = chosen(len(sequences), probability, rng)
    if not len(rows):
        return sequences
    old = sequences.lengths[rows]
    factor = np.exp(rng.uniform(np.log(_SHORTEST), np.log(_LONGEST), len(rows)))
    needed = _TICKS * np.array([len(sequences.texts[row]) for row in rows]) / old
    factor = np.maximum(factor, np.minimum(needed, 1))
    if longest:
        blind = np.array([sequences.spans[row] is None for row in rows])
        factor = np.where(blind, np.minimum(factor, np.maximum(longest / old, 1)), factor)
    new = np.maximum(np.rint(old * factor), 1).astype(np.int64)
    place = _places(old, new, rng)
    lengths, texts, spans = sequences.lengths.copy(), list(sequences.texts), list(sequences.spans)
    for n, row in enumerate(rows):
        lengths[row] = new[n]
        known = sequences.spans[row]
        if known is not None:
            there = _moved(known, place[n, : new[n]], factor[n])
            if longest and new[n] > longest:
                there, lengths[row] = _cut(there, longest)
            texts[row], spans[row] = "".join(char for char, _, _ in there), there
    width = max(sequences.points.shape[1], int(lengths.max()))
    points, present = _widened(sequences, width)
    place = np.pad(place[:, :width], ((0, 0), (0, max(0, width - place.shape[1]))))
    points[rows], present[rows] = _resampled(sequences, rows, place)
    present[rows] &= (np.arange(width) < lengths[rows, None])[..., None]
    return replace(
        sequences, points=points, present=present, lengths=lengths, texts=texts, spans=spans
    )


def _places(old: NDArray[np.int64], new: NDArray[np.int64], rng: np.random.Generator) -> Floats:
    """Where [N, new.max()] each new tick lies in the old sequence; ascending up to its end."""
    last = np.maximum(new - 1, 1)[:, None]
    part = np.minimum((np.arange(new.max() - 1) + 0.5) / last, 1) * (_KNOTS - 1)
    left = np.minimum(part.astype(np.int64), _KNOTS - 2)
    knots = np.exp(rng.normal(0, _WARP, (len(old), _KNOTS)))
    row = np.arange(len(old))[:, None]
    speed = knots[row, left] + (part - left) * (knots[row, left + 1] - knots[row, left])
    gone = np.pad(np.cumsum(speed, axis=1), ((0, 0), (1, 0)))
    whole = np.maximum(gone[np.arange(len(old)), new - 1], 1e-9)[:, None]
    end = (old - 1)[:, None]
    places: Floats = np.minimum(gone / whole * end, end)
    return places


def _moved(spans: list[Span], place: Floats, factor: float) -> list[Span]:
    """``spans`` on the new ticks, whose old places are ``place``; as ever outside of them."""
    times = np.array([(start, end) for _, start, end in spans]).reshape(-1)
    inside = np.interp(times, place, np.arange(len(place)))
    outside = np.maximum(times - place[-1], 0) + np.minimum(times, 0)
    there = (inside + factor * outside).reshape(-1, 2).tolist()
    return [(char, *pair) for (char, _, _), pair in zip(spans, there, strict=True)]


def _cut(spans: list[Span], longest: int) -> tuple[list[Span], int]:
    """The spans that end within ``longest`` ticks, and where to cut: halfway to the next one."""
    kept = [span for span in spans if span[2] <= longest]
    if len(kept) == len(spans):
        return kept, longest
    before = kept[-1][2] if kept else 0.0
    return kept, max(1, min(longest, int((before + spans[len(kept)][1]) / 2)))


def _widened(sequences: HandSequences, width: int) -> tuple[Floats, NDArray[np.bool_]]:
    count, ticks = sequences.present.shape[:2]
    points = np.zeros((count, width, *sequences.points.shape[2:]), dtype=sequences.points.dtype)
    present = np.zeros((count, width, sequences.present.shape[2]), dtype=bool)
    points[:, :ticks], present[:, :ticks] = sequences.points, sequences.present
    return points, present


def _resampled(
    sequences: HandSequences, rows: NDArray[np.int64], place: Floats
) -> tuple[Floats, NDArray[np.bool_]]:
    left = place.astype(np.int64)
    right = np.minimum(left + 1, sequences.points.shape[1] - 1)
    share = (place - left)[..., None]
    row = rows[:, None]
    before, after = sequences.present[row, left], sequences.present[row, right]
    near = share >= 0.5
    share = np.where(before & after, share, near).astype(np.float32)
    share = share[..., set_of(sequences.sets), None]
    points = sequences.points[row, left]
    points = points + share * (sequences.points[row, right] - points)
    return points, np.where(near, after, before)
