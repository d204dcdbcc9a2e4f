"""Scores into features: the hand at each captured frame, as the live code would see it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.recognize.features import encode
from models.training.data.hands import Floats
from models.training.synthesis.bank import Bank
from models.training.synthesis.pose import Poses, blend, matrix, points, rotation, turned, unit
from models.training.synthesis.score import Score, flat

IGNORE = -1


@dataclass(frozen=True)
class Batch:
    """Windows to train on.

    Attributes:
        features: float32 [B, T, WIDTH].
        targets: int [sum of sizes], symbol numbers from 1.
        sizes: int [B], symbols per window.
        frames: int [B, T], the symbol (0 blank) this tick should say, `IGNORE` where either may
            be; already delayed by the look-ahead.
        spans: per window the symbols as (character, start, end) in ticks, without the delay.
    """

    features: Floats
    targets: NDArray[np.int64]
    sizes: NDArray[np.int64]
    frames: NDArray[np.int64]
    spans: list[list[tuple[str, float, float]]]


@dataclass(frozen=True)
class Camera:
    """How strongly the camera and the tracker disturb; 0 everywhere is a perfect view."""

    turn: float = 0.22
    """Radians, per axis."""
    aspect: float = 0.05
    depth: float = 0.15
    lens: float = 0.08
    bias: float = 0.03
    """Palm lengths, per joint, for a whole window."""
    jitter: float = 0.025
    wobble: float = 0.05
    drop: float = 0.4
    variety: float = 1.0
    """Of handshapes and proportions; 0 shows the signer's own frames as they are."""
    rates: bool = True


def render(
    scores: list[Score], bank: Bank, rng: np.random.Generator, camera: Camera
) -> tuple[Floats, NDArray[np.bool_]]:
    """Canonical hands [B, T, 21, 3] and presence [B, T] at 30 Hz."""
    count, length = len(scores), scores[0].length
    rate = np.full(count, 1.0)
    if camera.rates:
        # Captured frames per tick; above 36 a second they hardly differ from the ticks.
        some = rng.random(count)
        rate = np.where(some < 0.2, np.exp(rng.uniform(np.log(8), np.log(24), count)), 0) / 30
        rate = np.where(some >= 0.2, rng.uniform(24, 36, count) / 30, rate)
    frames = int(np.ceil(length * rate.max())) + 3
    phase = rng.random(count) if camera.rates else np.zeros(count)
    when = (np.arange(frames)[None] - phase[:, None]) / rate[:, None]
    calm = np.array([s.calm for s in scores])
    hands = _hands(scores, bank, when.astype(np.float32), rng, camera, calm)
    hands = _seen(hands, rng, camera, calm)
    seen = _seen_at(scores, when, rng, camera)
    if camera.rates:  # a hand that has just come is now and then taken for the other one
        for n in np.flatnonzero(rng.random(count) < 0.06):
            came = np.flatnonzero(seen[n] & ~np.append(False, seen[n, :-1]))
            for at in came[:2]:
                hands[n, at : at + rng.integers(1, 6), :, 0] *= -1
    place = np.arange(length)[None] * rate[:, None] + phase[:, None]
    left = np.minimum(place.astype(np.int64), frames - 2)
    share = (place - left).astype(np.float32)[..., None, None]
    row = np.arange(count)[:, None]
    hands = hands[row, left] * (1 - share) + hands[row, left + 1] * share
    exact = share[..., 0, 0] < 1e-3
    return hands, seen[row, left] & (seen[row, left + 1] | exact)


def _hands(
    scores: list[Score],
    bank: Bank,
    when: Floats,
    rng: np.random.Generator,
    camera: Camera,
    calm: NDArray[np.bool_],
) -> Floats:
    """The hands at the times ``when`` [B, F], in palm lengths, wrist where the score has it."""
    first, a, share = [], [], []
    rows, turns, offsets = [], [], []
    base = 0
    for score, at in zip(scores, when, strict=True):
        if not score.times:
            score.key(0, 0, (0, 0))
        times = flat(score)
        left = np.clip(np.searchsorted(times, at, side="right") - 1, 0, max(len(times) - 2, 0))
        right = np.minimum(left + 1, len(times) - 1)
        gap = np.maximum(times[right] - times[left], 1e-4)
        part = np.clip((at - times[left]) / gap, 0, 1)
        eased = part * part * (3 - 2 * part)
        share.append(np.where(np.asarray(score.smooth)[right], eased, part))
        first.append(left + base)
        a.append(right + base)
        base += len(times)
        rows += score.rows
        turns += score.turns
        offsets += score.offsets
    poses = bank.poses[np.asarray(rows)]
    whose = np.repeat(np.arange(len(scores)), [len(s.times) for s in scores])
    _vary(poses, whose, rng, camera.variety)
    poses.turn[:] = turned(poses.turn, np.asarray(turns, dtype=np.float32))
    left_, right_, part_ = np.stack(first), np.stack(a), np.stack(share)
    now = blend(poses[left_], poses[right_], part_)
    way = np.asarray(offsets, dtype=np.float32)
    place = way[left_] + (way[right_] - way[left_]) * part_[..., None].astype(np.float32)
    wobble = _slow((len(scores), when.shape[1], 5), rng)
    wobble *= camera.wobble * rng.uniform(0.2, 1, (len(scores), 1, 1)) * ~calm[:, None, None]
    now.turn[:] = turned(now.turn, rotation(wobble[..., :3]))
    hands = points(now)
    hands[..., :2] += (place + wobble[..., 3:])[..., None, :].astype(np.float32)
    return hands


def _vary(poses: Poses, whose: NDArray[np.int64], rng: np.random.Generator, variety: float) -> None:
    """Nobody makes a letter twice alike, and no two hands have the same proportions.

    Each bone of each key leans a little, each finger as a whole (beyond its base) a little more;
    the fingers of one window (``whose`` [N]) are longer or shorter than their owner's.
    """
    lean = rng.normal(0, 0.03, poses.bones.shape)
    finger = rng.normal(0, 0.05, (len(poses), 5, 1, 3)) * np.array([0, 1, 1, 1])[:, None]
    lean += finger.reshape(poses.bones.shape)
    poses.bones[:] = unit(poses.bones + lean.astype(np.float32) * variety)
    longer = rng.normal(0, 0.05, (int(whose.max()) + 1, 5, 1))
    longer = np.exp(variety * (longer + rng.normal(0, 0.02, (len(longer), 5, 4))))
    poses.lengths[:] *= longer.reshape(-1, 20)[whose].astype(np.float32)


def _slow(shape: tuple[int, ...], rng: np.random.Generator) -> Floats:
    """Noise of unit variance that changes over about a third of a second."""
    count, frames, width = shape
    knots = rng.normal(0, 1, (count, frames // 10 + 3, width))
    place = np.arange(frames) / 10
    left = place.astype(int)
    share = (place - left)[:, None]
    mixed = knots[:, left] * (1 - share) + knots[:, left + 1] * share
    return mixed.astype(np.float32)


def _seen(
    hands: Floats, rng: np.random.Generator, camera: Camera, calm: NDArray[np.bool_]
) -> Floats:
    """What camera and tracker make of the hands [B, F, 21, 3]."""
    count = len(hands)
    view = rotation(np.clip(rng.normal(0, camera.turn, (count, 3)), -0.5, 0.5))
    # Around the first wrist: the view turns the whole way the hand takes.
    hands = hands @ np.swapaxes(matrix(view), -1, -2)[:, None]
    scale = np.ones((count, 1, 1, 3))
    scale[:, 0, 0, 1] = np.exp(rng.normal(0, camera.aspect, count))
    scale[:, 0, 0, 2] = np.exp(rng.normal(0, camera.depth, count))
    hands = hands * scale.astype(np.float32)
    near = rng.uniform(0, camera.lens, (count, 1, 1, 1)).astype(np.float32)
    deep = hands[..., 2:] - hands[..., :1, 2:]
    about = hands[..., :1, :2]
    hands[..., :2] = about + (hands[..., :2] - about) * (1 - near * deep)
    each = (count, 1, 1, 1)
    bias = rng.normal(0, 1, (count, 1, 21, 3)) * camera.bias * rng.uniform(0.3, 1, each)
    jitter = camera.jitter * rng.uniform(0.1, 1, each) ** 1.5 * ~calm.reshape(each)
    axes = np.array([1, 1, 1.6], dtype=np.float32)
    noise = rng.standard_normal(hands.shape, dtype=np.float32) * jitter.astype(np.float32)
    return hands + bias.astype(np.float32) * axes + noise * axes


def _seen_at(
    scores: list[Score], when: Floats, rng: np.random.Generator, camera: Camera
) -> NDArray[np.bool_]:
    seen = np.ones(when.shape, dtype=bool)
    for n, score in enumerate(scores):
        at = when[n]
        for start, end in score.absent:
            seen[n, (at >= start) & (at < end)] = False
        if rng.random() < camera.drop:
            for _ in range(rng.integers(1, 5)):
                start = rng.uniform(0, score.length)
                seen[n, (at >= start) & (at < start + rng.uniform(1, 2 if score.fast else 4))] = 0
    return seen


def zone(start: float, end: float) -> tuple[int, int]:
    """Ticks [from, to) in which a symbol held from ``start`` to ``end`` is best said."""
    first = int(np.ceil(start + min(2.0, 0.4 * (end - start))))
    return first, max(first + 1, int(min(end + 1, first + 6)))


def batch(
    scores: list[Score],
    bank: Bank,
    alphabet: str,
    look_ahead: int,
    rng: np.random.Generator,
    camera: Camera | None = None,
) -> Batch:
    """Features and targets of ``scores``."""
    hands, present = render(scores, bank, rng, camera or Camera())
    length = scores[0].length
    frames = np.zeros((len(scores), length), dtype=np.int64)
    targets, sizes, spans = [], [], []
    for n, score in enumerate(scores):
        kept = []
        for letter, start, end in score.text:
            first, last = zone(start, end)
            if first + look_ahead >= length - 1:
                break
            symbol = alphabet.index(letter) + 1
            frames[n, max(first - 1, 0) + look_ahead : last + 1 + look_ahead] = IGNORE
            frames[n, first + look_ahead : last + look_ahead] = symbol
            kept.append((letter, start, end))
            targets.append(symbol)
        sizes.append(len(kept))
        spans.append(kept)
    whole = np.asarray(targets, np.int64)
    return Batch(encode(hands, present), whole, np.asarray(sizes, np.int64), frames, spans)
