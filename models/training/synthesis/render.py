"""Timelines into hands at each tick: keys blended, each finger timed on its own, then tracked."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.training.data.hands import Floats
from models.training.synthesis.camera import (
    Camera,
    find_slowly,
    slow_noise,
    swap_handedness,
    view,
    visible,
)
from models.training.synthesis.pose import Poses, between, points, rotated, rotation, unit
from models.training.synthesis.pose_library import PoseLibrary
from models.training.synthesis.timeline import Timeline, key_times


def render(
    timelines: list[Timeline], library: PoseLibrary, rng: np.random.Generator, camera: Camera
) -> tuple[Floats, NDArray[np.bool_]]:
    """Canonical hands [B, T, 21, 3] in palm lengths and presence [B, T] at 30 Hz."""
    count, length = len(timelines), timelines[0].length
    rate = _rates(count, rng) if camera.rates else np.ones(count)
    frames = int(np.ceil(length * rate.max())) + 3
    phase = rng.random(count) if camera.rates else np.zeros(count)
    when = (np.arange(frames)[None] - phase[:, None]) / rate[:, None]
    calm = np.array([s.calm for s in timelines])
    hands = _hands(timelines, library, when.astype(np.float32), rng, camera, calm)
    hands = view(hands, rng, camera, calm)
    there = visible(timelines, when, rng, camera)
    swap_handedness(hands, there, rng, camera)
    if camera.unsure:
        find_slowly(hands, there, rng, camera)
    place = np.arange(length)[None] * rate[:, None] + phase[:, None]
    left = np.minimum(place.astype(np.int64), frames - 2)
    share = (place - left).astype(np.float32)[..., None, None]
    row = np.arange(count)[:, None]
    hands = hands[row, left] * (1 - share) + hands[row, left + 1] * share
    exact = share[..., 0, 0] < 1e-3
    return hands, there[row, left] & (there[row, left + 1] | exact)


def _rates(count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Captured frames per tick; above 36 a second they hardly differ from the ticks."""
    slow = np.exp(rng.uniform(np.log(8), np.log(24), count))
    return np.where(rng.random(count) < 0.2, slow, rng.uniform(24, 36, count)) / 30


def _hands(
    timelines: list[Timeline],
    library: PoseLibrary,
    when: Floats,
    rng: np.random.Generator,
    camera: Camera,
    calm: NDArray[np.bool_],
) -> Floats:
    """The hands at the times ``when`` [B, F], in palm lengths, wrist where the timeline has it."""
    first, after, share, durations = [], [], [], []
    rows, halves, rotations, offsets, smooth = [], [], [], [], []
    base = 0
    for timeline, at in zip(timelines, when, strict=True):
        if not timeline.times:
            timeline.key(0, 0, (0, 0))
        times = key_times(timeline)
        left = np.clip(np.searchsorted(times, at, side="right") - 1, 0, max(len(times) - 2, 0))
        right = np.minimum(left + 1, len(times) - 1)
        gap = np.maximum(times[right] - times[left], 1e-4)
        share.append(np.clip((at - times[left]) / gap, 0, 1))
        first.append(left + base)
        after.append(right + base)
        durations.append(np.diff(times, prepend=times[0]))
        base += len(times)
        rows += timeline.rows
        halves += timeline.halves
        rotations += timeline.rotations
        offsets += timeline.offsets
        smooth += timeline.smooth
    poses = _formed(library, rows, halves)
    timeline_of = np.repeat(np.arange(len(timelines)), [len(s.times) for s in timelines])
    steady = camera.steady * np.array([s.steady for s in timelines])[timeline_of]
    poses.orientation[:] = between(
        poses.orientation, library.mean_orientation[np.asarray(rows)], steady
    )
    about = (
        library.sideways[np.asarray(rows)]
        & (rng.random(len(timelines)) < camera.other_side)[timeline_of]
    )
    yaw = np.zeros((len(timelines), 3))
    yaw[:, 1] = np.pi + rng.normal(0, 0.35, len(timelines))
    poses.orientation[about] = rotated(poses.orientation[about], rotation(yaw)[timeline_of[about]])
    _vary(poses, timeline_of, rng, camera.variety)
    poses.orientation[:] = rotated(poses.orientation, np.asarray(rotations, dtype=np.float32))
    left_, right_ = np.stack(first), np.stack(after)
    lag = camera.lag * np.clip(np.concatenate(durations) / 8, 1, 2)
    even = np.array([s.even for s in timelines], dtype=np.float32)
    eased = _eased(np.stack(share), right_, np.asarray(smooth), rng, lag, even)
    now = _between(poses, left_, right_, eased)
    offsets_of = np.asarray(offsets, dtype=np.float32)
    place = offsets_of[left_] + (offsets_of[right_] - offsets_of[left_]) * eased[..., 5:]
    wobble = slow_noise((len(timelines), when.shape[1], 5), rng)
    wobble *= camera.wobble * rng.uniform(0.2, 1, (len(timelines), 1, 1)) * ~calm[:, None, None]
    now.orientation[:] = rotated(now.orientation, rotation(wobble[..., :3]))
    hands = points(now)
    hands[..., :2] += (place + wobble[..., 3:])[..., None, :].astype(np.float32)
    return _smoothed(hands, rng, camera.smear * ~calm)


def _formed(library: PoseLibrary, rows: list[int], halves: list[tuple[int, float]]) -> Poses:
    """The pose of each key: ``rows``, as far towards those of ``halves`` as their share says."""
    poses = library.poses[np.asarray(rows)]
    share = np.array([share for _, share in halves], dtype=np.float32)
    part = np.flatnonzero(share > 0)
    if len(part):
        rows_of_halves = np.array([row for row, _ in halves])[part]
        a, b, some = poses[part], library.poses[rows_of_halves], share[part]
        poses.orientation[part] = between(a.orientation, b.orientation, some)
        poses.bones[part] = unit(a.bones + (b.bones - a.bones) * some[:, None, None])
        poses.lengths[part] = a.lengths + (b.lengths - a.lengths) * some[:, None]
    return poses


def _eased(
    share: Floats,
    key: NDArray[np.int64],
    smooth: NDArray[np.bool_],
    rng: np.random.Generator,
    lag: Floats,
    even: Floats,
) -> Floats:
    """Progress [B, F, 6] of thumb, four fingers and palm towards the key numbered ``key`` [B, F].

    Each sets out up to ``lag`` [keys] of the way later than the first, and arrives up to half as
    much earlier than the last. The profile lies between a smooth step and minimum jerk (Flash and
    Hogan, 1985), and ``even`` [B] as near to constant speed.
    """
    late = rng.uniform(0, 1, (len(smooth), 6)) * (lag * smooth)[:, None]
    late[:, 5] *= 0.5
    early = rng.uniform(0, 1, (len(smooth), 6)) * np.minimum(lag, 0.5)[:, None] * smooth[:, None]
    early = np.minimum(0.5 * early, 0.9 - late)
    start = late.astype(np.float32)[key]
    length = (1 - late - early).astype(np.float32)[key]
    part = np.clip((share[..., None].astype(np.float32) - start) / length, 0, 1)
    soft = part * part * (3 - 2 * part)
    jerk = part * part * part * (10 - 15 * part + 6 * part * part)
    mix = rng.random((len(share), 1, 1)).astype(np.float32)
    curved = soft * mix + jerk * (1 - mix)
    curved += (part - curved) * even[:, None, None]
    eased: Floats = np.where(smooth[key][..., None], curved, part)
    return eased


def _between(
    poses: Poses, left: NDArray[np.int64], right: NDArray[np.int64], eased: Floats
) -> Poses:
    """Poses [B, F] between two keys: fingers and palm each as far as ``eased`` [B, F, 6] says."""
    a, b = poses[left], poses[right]
    orientation = between(a.orientation, b.orientation, eased[..., 5])
    finger = np.repeat(eased[..., :5], 4, -1)
    bones = a.bones + (b.bones - a.bones) * finger[..., None]
    return Poses(orientation, unit(bones), a.lengths + (b.lengths - a.lengths) * finger)


def _smoothed(hands: Floats, rng: np.random.Generator, frames: NDArray[np.float64]) -> Floats:
    """A fast hand does not quite reach its letters: smoothed over up to ``frames`` [B]."""
    width = frames * rng.uniform(0.05, 1, len(hands))
    taps = np.exp(-0.5 * (np.arange(-2, 3) / np.maximum(width, 0.1)[:, None]) ** 2)
    taps = (taps / taps.sum(1, keepdims=True)).astype(np.float32)[:, :, None, None, None]
    out = hands * taps[:, 2]
    for n in (1, 2):
        out[:, n:] += hands[:, :-n] * taps[:, 2 - n]
        out[:, :n] += hands[:, :n] * taps[:, 2 - n]
        out[:, :-n] += hands[:, n:] * taps[:, 2 + n]
        out[:, -n:] += hands[:, -n:] * taps[:, 2 + n]
    return out


def _vary(
    poses: Poses, timeline_of: NDArray[np.int64], rng: np.random.Generator, variety: float
) -> None:
    """Varies handshapes and proportions: nobody forms a letter twice alike.

    Each bone of each key leans a little, each finger as a whole (beyond its base) a little more,
    and the hand of each window (``timeline_of`` [N]) leans its own way in all its letters; its
    fingers are longer or shorter than its signer's.
    """
    hands = int(timeline_of.max()) + 1
    beyond = np.array([0, 1, 1, 1])[:, None]
    lean = rng.normal(0, 0.03, poses.bones.shape)
    finger = (
        rng.normal(0, 0.05, (len(poses), 5, 1, 3))
        + rng.normal(0, 0.04, (hands, 5, 1, 3))[timeline_of]
    )
    lean += (finger * beyond).reshape(poses.bones.shape)
    poses.bones[:] = unit(poses.bones + lean.astype(np.float32) * variety)
    longer = rng.normal(0, 0.05, (hands, 5, 1))
    longer = np.exp(variety * (longer + rng.normal(0, 0.02, (hands, 5, 4))))
    poses.lengths[:] *= longer.reshape(-1, 20)[timeline_of].astype(np.float32)
