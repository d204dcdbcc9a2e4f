"""Every pose the synthesis draws from, as one long table of poses, and who owns which rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge.recognize.hand_features import palm
from models.training.data.hands import (
    DIGITS,
    LETTERS,
    TWINS,
    Floats,
    Source,
    kept_out_signs,
    normal,
)
from models.training.synthesis.pose import (
    Poses,
    blend,
    decompose,
    join,
    matrix,
    mean,
    rotated,
    rotation,
    unit,
)

_MAX_FRAMES = 60
"""Frames of one letter of one signer, at most."""
_DIGIT = {letter: digit for digit, letter in TWINS.items()}
_SIDEWAYS = "ghpq"
_LYING = _SIDEWAYS + "jz"
"""Letters in which the hand points sideways or down, or moves."""
_UPRIGHT = 0.7
"""How much of the difference between the upright letters of one signer is taken to be that of
photos taken on their own: in three real phrases the palm leans by 12 degrees between the tenth and
the ninetieth percentile, in photos of single letters by 40."""
_RELAXED = 64
_GESTURES = 64
# Clips of J and Z that move, and the height / width of their pictures: the one under which the
# palm of an upright hand has the proportions it has in the photos.
_MOVING = {"jacksoncamp42": 0.5625, "lim-zhiyu": 0.75, "dylan-ngjj": 0.75, "darka0805": 0.5625}


@dataclass
class Signer:
    """Rows of the library that belong to one signer.

    Attributes:
        letters: rows of each letter and digit; those this signer lacks are lent by another.
        own_letters: the letters and digits this signer has.
        relaxed_rows: rows of relaxed hands, made from this signer's letters.
        gesture_rows: rows of hands that mix fingers of different letters.
    """

    name: str
    weight: float
    letters: dict[str, NDArray[np.int64]] = field(default_factory=dict)
    own_letters: str = ""
    relaxed_rows: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    gesture_rows: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def rows_for(self, letter: str, rng: np.random.Generator) -> NDArray[np.int64]:
        """Rows to show ``letter`` by: now and then those of its twin among the digits.

        Only what stands beside it tells a twin from its letter, never the shape that one signer
        happened to give the digit.
        """
        twin = _DIGIT.get(letter, "")
        return self.letters[twin if twin in self.letters and rng.random() < 0.2 else letter]


@dataclass(frozen=True)
class Clip:
    """A real motion: consecutive rows, and the path of the wrist in palm lengths and the rotation
    of the palm since the start."""

    rows: NDArray[np.int64]
    path: Floats
    rotations: Floats


@dataclass
class PoseLibrary:
    """Attributes:
    mean_orientation: float32 [len(poses), 4], the mean palm orientation of the same signer in the
        same letter, as a quaternion; of a relaxed hand the mean of the upright letters, because
        between two words the palm hardly turns; of other poses their own.
    sideways: bool [len(poses)], G, H, P and Q. Some signers show the camera the palm in them,
        others the back of the hand.
    """

    poses: Poses
    mean_orientation: Floats
    sideways: NDArray[np.bool_]
    signers: list[Signer]
    moving: dict[str, list[Clip]]
    others: list[Clip]


def build_library(
    sources: list[Source], data: Path, seed: int, training_clips: bool = True
) -> PoseLibrary:
    """The library of ``sources``.

    Args:
        sources: signers; one with fewer than 8 letters only lends its letters to others.
        data: the data folder, for the clips of real motion.
        training_clips: take the moving clips too (training); else J and Z follow drawn paths only.
    """
    rng = np.random.default_rng(seed)
    table = _Table()
    signers = []
    for source in sources:
        signer = Signer(source.name, 1.0 if "images" in source.file else 0.6)
        for letter in LETTERS + DIGITS:
            found = np.flatnonzero(source.letters == letter)
            if len(found) >= 3:
                found = rng.permutation(found)[:_MAX_FRAMES]
                signer.letters[letter] = table.add(decompose(source.hands[found]))
                signer.own_letters += letter
        signers.append(signer)
    letters = join(table.parts)
    for signer in signers:
        # A finger between an open and a closed one is a loose finger, whoever it belongs to.
        signer.relaxed_rows = table.add(_relaxed(letters, signer, signers, rng))
        signer.gesture_rows = table.add(_gestures(letters, signer, rng))
    whole = [s for s in signers if len(set(LETTERS) & set(s.own_letters)) >= 8]
    lenders = {c: [s for s in signers if c in s.own_letters] for c in LETTERS + DIGITS}
    for signer in whole:
        for letter in sorted(set(LETTERS + DIGITS) - set(signer.own_letters)):
            lent = [s.letters[letter] for s in lenders[letter]]
            if letter in DIGITS and lent:  # few people showed digits: all of them lend
                signer.letters[letter] = np.concatenate(lent)
            elif lent:
                signer.letters[letter] = lent[rng.integers(len(lent))]
        for digit, letter in TWINS.items():
            if letter in signer.letters and digit not in signer.own_letters:
                lent = [signer.letters[letter], signer.letters.get(digit, np.zeros(0, np.int64))]
                signer.letters[digit] = np.concatenate(lent)
    moving = _moving(data, table) if training_clips else {"j": [], "z": []}
    others = _others(data, table) if training_clips else []
    poses = join(table.parts)
    sideways = np.zeros(len(poses), dtype=bool)
    for signer in signers:
        for letter in set(_SIDEWAYS) & set(signer.own_letters):
            sideways[signer.letters[letter]] = True
    return PoseLibrary(poses, _mean_orientations(poses, signers), sideways, whole, moving, others)


def _mean_orientations(poses: Poses, signers: list[Signer]) -> Floats:
    """`PoseLibrary.mean_orientation`: means per letter, of upright letters brought closer."""
    orientations = poses.orientation.copy()
    for signer in signers:
        means = {
            letter: mean(poses.orientation[signer.letters[letter]]) for letter in signer.own_letters
        }
        upright = [letter for letter in means if letter not in _LYING]
        lean = dict.fromkeys(means, 0.0)
        if upright:
            # The second column of the palm's frame points from the wrist to the finger bases.
            up = matrix(np.stack([means[letter] for letter in upright]))[:, :2, 1]
            angles = np.arctan2(up[:, 0], -up[:, 1])
            middle = np.angle(np.exp(1j * angles).mean())
            away = np.angle(np.exp(1j * (angles - middle)))
            lean |= dict(zip(upright, away.tolist(), strict=True))
            orientations[signer.relaxed_rows] = mean(
                np.stack([means[letter] for letter in upright])
            )
        for letter, turn in means.items():
            back = rotation(np.array([0, 0, -_UPRIGHT * lean[letter]]))
            orientations[signer.letters[letter]] = rotated(turn, back)
    return orientations


class _Table:
    def __init__(self) -> None:
        self.parts: list[Poses] = []
        self.rows = 0

    def add(self, poses: Poses) -> NDArray[np.int64]:
        self.parts.append(poses)
        self.rows += len(poses)
        return np.arange(self.rows - len(poses), self.rows)


def _draw(signer: Signer, letters: str, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    rows = np.concatenate([signer.letters[c] for c in letters if c in signer.letters])
    return rng.choice(rows, count)


def _relaxed(
    poses: Poses, signer: Signer, signers: list[Signer], rng: np.random.Generator
) -> Poses:
    """Relaxed hands: each finger part of the way from open to closed, more so the outer ones.

    One in eight is as round as a C: only the way the hand gets there tells it from the letter.
    """
    lender = signer
    if not set("b") <= set(signer.own_letters) or not set("as") & set(signer.own_letters):
        lender = next(s for s in signers if {"b", "a"} <= set(s.own_letters))
    opened = poses[_draw(lender, "b", _RELAXED, rng)]
    closed = poses[_draw(lender, "as", _RELAXED, rng)]
    thumb = poses[_draw(lender, "abcfl" if "c" in lender.own_letters else "ab", _RELAXED, rng)]
    curl = rng.uniform(0.18, 0.65, (_RELAXED, 1)) + np.array([0, -0.05, 0, 0.06, 0.12])
    curl = np.clip(curl + rng.normal(0, 0.08, (_RELAXED, 5)), 0.03, 0.8)
    made = blend(opened[:, None], closed[:, None], np.zeros((_RELAXED, 1)))
    bones, lengths = made.bones[:, 0].copy(), made.lengths[:, 0].copy()
    for finger in range(5):
        part = slice(4 * finger, 4 * finger + 4)
        end = thumb if finger == 0 else closed
        share = np.repeat(curl[:, finger : finger + 1], 4, 1)
        some = blend(
            Poses(opened.orientation[:, None].repeat(4, 1), opened.bones[:, part, None],
                  opened.lengths[:, part, None]),
            Poses(end.orientation[:, None].repeat(4, 1), end.bones[:, part, None],
                  end.lengths[:, part, None]),
            share,
        )  # fmt: skip
        bones[:, part], lengths[:, part] = some.bones[:, :, 0], some.lengths[:, :, 0]
    if {"c", "o"} & set(lender.own_letters):
        count = _RELAXED // 8
        round_ = poses[_draw(lender, "cco", count, rng)]
        share = np.repeat(rng.uniform(0.3, 1.0, (count, 1)), 20, 1)
        mixed = bones[:count] + (round_.bones - bones[:count]) * share[..., None]
        bones[:count] = unit(mixed.astype(np.float32))
        lengths[:count] += (round_.lengths - lengths[:count]) * share
    # The wrist hangs: the fingers tip towards the camera and down, the hand rolls a little.
    hang = rng.uniform(-0.2, 1.2, _RELAXED)
    tilt = np.stack([hang, rng.normal(0, 0.35, _RELAXED), rng.normal(0, 0.3, _RELAXED)], -1)
    return Poses(rotated(opened.orientation, rotation(tilt)), bones, lengths)


def _gestures(poses: Poses, signer: Signer, rng: np.random.Generator) -> Poses:
    """Hands that are no letters: each finger from another frame, turned any way."""
    rows = np.stack([_draw(signer, signer.own_letters, _GESTURES, rng) for _ in range(5)])
    base = poses[rows[0]]
    bones, lengths = base.bones.copy(), base.lengths.copy()
    for finger in range(1, 5):
        part = slice(4 * finger, 4 * finger + 4)
        bones[:, part] = poses.bones[rows[finger], part]
        lengths[:, part] = poses.lengths[rows[finger], part]
    tilt = rotation(rng.normal(0, 0.7, (_GESTURES, 3)))
    return Poses(rotated(base.orientation, tilt), bones, lengths)


def _clip(hands: Floats, table: _Table) -> Clip:
    """A clip of canonical hands [T, 21, 3] in square units."""
    size = float(np.median(palm(hands)))
    path = (hands[:, 0] - hands[0, 0]) / size
    path[:, 2] = 0
    poses = decompose(normal(hands))
    back = poses.orientation[:1] * np.array([1, -1, -1, -1], dtype=np.float32)
    # Quaternions: (turn at t) x (turn at 0)^-1, what happened to the palm since the start.
    turns = rotated(np.broadcast_to(back, poses.orientation.shape), poses.orientation)
    return Clip(table.add(poses), path.astype(np.float32), turns)


def _moving(data: Path, table: _Table) -> dict[str, list[Clip]]:
    z = np.load(data / "letter_clips.train.npz")
    names = [str(name).split("+")[0] for name in z["source_names"]]
    letters = np.char.lower(z["letter"].astype(str))
    whose, xyz = z["source"], z["xyz"]
    out: dict[str, list[Clip]] = {"j": [], "z": []}
    for letter, clips in out.items():
        for number in np.flatnonzero((letters == letter) & z["moving"]):
            name = names[whose[number]]
            if name not in _MOVING or (letter == "z" and name == "darka0805"):
                continue
            hands = xyz[number].astype(np.float32)
            hands = hands[(hands != 0).any((1, 2))] * np.array([1, _MOVING[name], 1], np.float32)
            # The first frames are the tracker finding the hand; at the end many hold still.
            if len(hands) < 24:
                continue
            hands = hands[3:]
            tip = hands[:, 20 if letter == "j" else 8, :2]
            pace = np.linalg.norm(np.diff(tip, axis=0), axis=1) / np.median(palm(hands))
            moved = np.flatnonzero(pace > 0.12)
            if len(moved) >= 5:
                clips.append(_clip(hands[: moved[-1] + 2], table))
    return out


def _others(data: Path, table: _Table) -> list[Clip]:
    """Runs of at least 8 frames of hands that sign something else; left hands mirrored.

    Only of those signers who are not kept out to be measured.
    """
    z = np.load(data / "other_signs.npz")
    xyz, offset, whose = z["xyz"], z["offset"], z["participant"]
    out = []
    scale = np.array([1, 4 / 3, 1], dtype=np.float32)
    for hand, sign in ((0, -1.0), (1, 1.0)):
        for number, (start, end) in enumerate(pairwise(offset)):
            if kept_out_signs(int(whose[number])):
                continue
            hands = xyz[start:end, hand].astype(np.float32) * scale
            hands[..., 0] *= sign
            seen = np.isfinite(hands).all((1, 2))
            edges = np.flatnonzero(np.diff(np.concatenate([[0], seen, [0]])))
            for a, b in zip(edges[::2], edges[1::2], strict=True):
                if b - a >= 8:
                    out.append(_clip(hands[a:b], table))
    return out
