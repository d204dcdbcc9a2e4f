"""What camera and tracker make of hands: viewpoint, proportions, noise, slips, lost frames."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.training.data.hands import Floats
from models.training.synthesis.pose import matrix, rotation
from models.training.synthesis.timeline import Timeline

# Along a finger, base to tip: the tracker errs on a finger as a whole, its tip most (in
# letter_clips, joints of one finger move together with a correlation of 0.97).
_ALONG = np.array([0.45, 0.7, 0.85, 1.0], dtype=np.float32)
_AXES = np.array([1, 1, 1.6], dtype=np.float32)
"""Depth is worth less than the picture: 1.3 to 2 times the jitter in letter_clips."""


@dataclass(frozen=True)
class Camera:
    """How strongly the camera and the tracker disturb; 0 everywhere is a perfect view.

    Lengths are in palm lengths, angles in radians.

    Attributes:
        pitch_roll: of the viewpoint, around the horizontal axis and the line of sight.
        yaw: the same around the vertical axis: how far signers turn away from the camera.
        other_side: chance of a window that the hand shows its other side in G, H, P and Q.
        aspect, depth, lens: errors of the picture's aspect, of the scale of z, perspective.
        bias: per joint, for a whole window.
        jitter: from frame to frame, median of the windows; some have four times as much.
        drift: the same, changing over a third of a second.
        slip: chance of a window that a finger jumps to where it is at another time, 1-3 frames.
        wobble: of the hand itself while it holds still.
        drop: chance of a window that frames are lost.
        swap: chance of a window that a hand that came is taken for the other one at first.
        variety: of handshapes and proportions; 0 shows the signer's own frames as they are.
        lag: share of a transition by which a finger may start later than another; twice that in
            transitions of more than half a second.
        smear: frames over which fast motion is smeared: letters that are not quite reached.
        steady: how much of `Timeline.steady` is applied: the palm keeps still within a phrase.
        rates: frame rates from 8 to 36 a second, resampled; False is exactly 30.
        averted: chance of a window that the signer turns away twice as far.
        unsure: chance of a window that a hand that came is seen wrongly in its first frames.
    """

    pitch_roll: float = 0.24
    yaw: float = 0.36
    other_side: float = 0.2
    aspect: float = 0.05
    depth: float = 0.15
    lens: float = 0.08
    bias: float = 0.03
    jitter: float = 0.009
    drift: float = 0.012
    slip: float = 0.25
    wobble: float = 0.05
    drop: float = 0.4
    swap: float = 0.06
    variety: float = 1.2
    lag: float = 0.35
    smear: float = 1.0
    steady: float = 1.0
    rates: bool = True
    averted: float = 0.0
    unsure: float = 0.0


PERFECT_VIEW = Camera(*[0.0] * 16, rates=False)
"""A perfect view of a hand that goes straight."""
TRAINING_VIEW = Camera(depth=0.3, lag=0.25, wobble=0.07, averted=0.2, unsure=0.3)
"""What training sees. Depth is what trackers agree on least: drawn hands of C and O have half of
that of the photos, and were read as E for it. `Camera` by itself is what the first models were
trained on, and the test set of their phrases is made with."""


def view(
    hands: Floats, rng: np.random.Generator, camera: Camera, calm: NDArray[np.bool_]
) -> Floats:
    """Landmarks as the tracker gives them of hands [B, F, 21, 3].

    Args:
        calm: [B], a photo: seen without jitter.
    """
    count = len(hands)
    spread = np.array([camera.pitch_roll, camera.yaw, camera.pitch_roll])
    turns = np.clip(rng.normal(0, 1, (count, 3)), -2.5, 2.5) * spread
    if camera.averted:
        turns[rng.random(count) < camera.averted, 1] *= 2
    rotations = rotation(turns)
    # Around the first wrist: the view turns the whole way the hand takes.
    hands = hands @ np.swapaxes(matrix(rotations), -1, -2)[:, None]
    scale = np.ones((count, 1, 1, 3), dtype=np.float32)
    scale[:, 0, 0, 1] = np.exp(rng.normal(0, camera.aspect, count))
    scale[:, 0, 0, 2] = np.exp(rng.normal(0, camera.depth, count))
    hands = hands * scale
    near = rng.uniform(0, camera.lens, (count, 1, 1, 1)).astype(np.float32)
    deep = hands[..., 2:] - hands[..., :1, 2:]
    about = hands[..., :1, :2]
    hands[..., :2] = about + (hands[..., :2] - about) * (1 - near * deep)
    _slip(hands, rng, camera, calm)
    hands += _noise(hands.shape, rng, camera, calm)
    return hands


def _noise(
    shape: tuple[int, ...], rng: np.random.Generator, camera: Camera, calm: NDArray[np.bool_]
) -> Floats:
    """Errors of the joints [B, F, 21, 3]: of the wrist, of each finger, of each joint."""
    count, frames = shape[:2]
    each = (count, 1, 1, 1)
    moving = ~calm.reshape(each)
    level = camera.jitter * np.minimum(np.exp(rng.normal(0, 0.8, each)), 5) * moving
    slow = camera.drift * np.exp(rng.normal(0, 0.5, each)) * moving
    level, slow = level.astype(np.float32), slow.astype(np.float32)
    error = 0.35 * level * rng.standard_normal(shape, dtype=np.float32)
    error[:, :, :1] += level * rng.standard_normal((count, frames, 1, 3), dtype=np.float32)
    finger = level * rng.standard_normal((count, frames, 5, 3), dtype=np.float32)
    finger += slow * slow_noise((count, frames, 15), rng).reshape(count, frames, 5, 3)
    along = finger[:, :, :, None] * _ALONG[:, None]
    error[:, :, 1:] += along.reshape(count, frames, 20, 3)
    bias = rng.normal(0, camera.bias, (count, 1, 21, 3)) * rng.uniform(0.3, 1, each)
    out: Floats = (error + bias.astype(np.float32)) * _AXES
    return out


def _slip(hands: Floats, rng: np.random.Generator, camera: Camera, calm: NDArray[np.bool_]) -> None:
    """Now and then a finger is seen where it is half a second before or after."""
    frames = hands.shape[1]
    for n in np.flatnonzero((rng.random(len(hands)) < camera.slip) & ~calm):
        for _ in range(rng.integers(1, 4)):
            at, last = int(rng.integers(frames)), int(rng.integers(1, 4))
            other = int(np.clip(at + rng.integers(-15, 16), 0, frames - 1))
            finger = 4 * int(rng.integers(5))
            part = slice(1 + finger, 5 + finger)
            away = hands[n, other, part] - hands[n, other, :1]
            hands[n, at : at + last, part] = hands[n, at : at + last, :1] + away


def visible(
    timelines: list[Timeline], when: Floats, rng: np.random.Generator, camera: Camera
) -> NDArray[np.bool_]:
    """In which of the frames at ``when`` [B, F] the tracker has a hand.

    Lost stretches are as short as one frame and seldom long, as in other_signs (1, 3 and 7 frames
    at the quartiles), but never as long as to hide a letter that the text then has.
    """
    there = np.ones(when.shape, dtype=bool)
    for n, timeline in enumerate(timelines):
        at = when[n]
        for start, end in timeline.absent:
            there[n, (at >= start) & (at < end)] = False
        if rng.random() < camera.drop:
            for _ in range(rng.integers(1, 5)):
                start = rng.uniform(0, timeline.length)
                long = rng.uniform(1, 2) if timeline.fast else 1 + min(5.0, rng.exponential(1.7))
                there[n, (at >= start) & (at < start + long)] = False
    return there


def swap_handedness(
    hands: Floats, there: NDArray[np.bool_], rng: np.random.Generator, camera: Camera
) -> None:
    """Mirror, in place, some hands that have just appeared: the tracker took the other side."""
    for n in np.flatnonzero(rng.random(len(hands)) < camera.swap):
        came = np.flatnonzero(there[n] & ~np.append(False, there[n, :-1]))
        for at in came[:2]:
            hands[n, at : at + rng.integers(1, 6), :, 0] *= -1


def find_slowly(
    hands: Floats, there: NDArray[np.bool_], rng: np.random.Generator, camera: Camera
) -> None:
    """Disturb, in place, fingers and size of some hands that have just appeared."""
    for n in np.flatnonzero(rng.random(len(hands)) < camera.unsure):
        came = np.flatnonzero(there[n] & ~np.append(False, there[n, :-1]))
        for at in came[:3]:
            frames = int(rng.integers(1, 5))
            part = hands[n, at : at + frames]
            fade = np.linspace(1, 0.3, frames, dtype=np.float32)[: len(part), None, None]
            finger = rng.normal(0, 0.15, (5, 1, 3)).astype(np.float32) * _ALONG[:, None]
            grown = np.exp(rng.normal(0, 0.15))
            away = (part - part[:, :1]) * grown
            away[:, 1:] += finger.reshape(20, 3)
            hands[n, at : at + frames] = part + (part[:, :1] + away - part) * fade


def slow_noise(shape: tuple[int, int, int], rng: np.random.Generator) -> Floats:
    """Noise of unit variance that changes over about a third of a second."""
    count, frames, width = shape
    knots = rng.standard_normal((count, frames // 10 + 3, width), dtype=np.float32)
    place = np.arange(frames) / 10
    left = place.astype(int)
    share = (place - left)[:, None].astype(np.float32)
    return knots[:, left] * (1 - share) + knots[:, left + 1] * share
