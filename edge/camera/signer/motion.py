"""From text to a moving hand: letters are held, blended, drawn, repeated, and spaced."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edge.camera.signer.handshape import LETTERS, RELAXED
from edge.camera.signer.quaternion import compose, from_euler, slerp, to_matrix
from edge.camera.signer.render import Pose
from edge.camera.signer.skeleton import JOINT_ANGLES, ROTATION, Array
from edge.errors import UserError

ABSENT_S = 0.4  # before the hand is raised
RAISE_S = 0.55
LOWER_S = 0.50
AFTER_S = 1.0  # from when the hand has left to the end of the clip
HOLD_SHARE = 0.42  # share of a letter's time in which its handshape is still
RELAX_S, REST_S = 0.22, 0.24  # to relax into the pause between words, and to rest there

# The path of a letter that is drawn in the air: (share of time, right, down, pitch, yaw, roll),
# palm lengths and degrees, as the signer sees the letter. J: the little finger falls, the hand
# rolls over and ends with its back to the camera. Z: the wrist carries the index finger.
_TRACES = {
    "j": (
        (0.00, 0.00, 0.00, 0, -18, 11),
        (0.28, -0.05, 0.12, 12, -8, -32),
        (0.58, -0.05, 0.34, 62, 0, -34),
        (1.00, 0.12, 0.20, -34, -165, 66),
    ),
    "z": (
        (0.00, 0.28, -0.10, 6, -14, 18),
        (0.28, -0.34, -0.08, 6, -8, -14),
        (0.64, 0.24, 0.40, 14, -14, 14),
        (1.00, -0.36, 0.42, 10, -8, -16),
    ),
}


@dataclass(frozen=True, slots=True)
class Spelled:
    """One character as it was shown.

    Attributes:
        text: a letter a-z, or a space.
        start: seconds at which the handshape is reached; for J and Z, at which the motion begins;
            for a space, at which the hand has come to rest.
        end: seconds at which the hand starts to leave it, or the motion ends.
    """

    text: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class _Shape:
    """Joint angles, rotation as a quaternion, shift of the wrist in palm lengths."""

    angles: Array
    rotation: Array
    shift: Array


@dataclass(frozen=True, slots=True)
class _Leg:
    """A piece of the path: from ``start`` to ``end`` seconds through ``shapes``.

    ``lags`` [6] (thumb, four fingers, wrist) are the shares of the time by which each part starts
    late; ``times`` are the shares at which a drawn letter reaches its shapes.
    """

    start: float
    end: float
    shapes: Sequence[_Shape]
    lags: Array
    times: Sequence[float] = (0.0, 1.0)


class Motion:
    """The motion of a hand that spells ``text`` at ``speed`` letters per second.

    ``below`` is how far, in palm lengths, the wrist must sink for the hand to leave the picture;
    ``tilt`` is the (pitch, yaw, roll) in degrees by which this signer holds every letter.

    Attributes:
        spelled: when each character was shown.
        duration: seconds of the whole clip.

    Raises:
        UserError: a character other than the letters a-z and space, or no character.
    """

    def __init__(self, text: str, speed: float, seed: int, below: float, tilt: Array) -> None:
        self._rng = np.random.default_rng([seed, 4])
        self._tilt = from_euler(*tilt)
        self._speed = speed
        self._drift = self._rng.uniform(0, 2 * np.pi, (2, 4))
        self._slides = self._rng.random() < 0.75
        self._legs: list[_Leg] = []
        self._now = ABSENT_S
        self._spelled: list[Spelled] = []
        self._spell(_checked(text), below)
        self.spelled = tuple(self._spelled)
        self.duration = self._now + AFTER_S
        self._starts = [leg.start for leg in self._legs]

    def pose(self, time: float) -> Pose | None:
        """The hand at ``time`` seconds; None while it is out of the picture."""
        if not self._legs[0].start < time < self._legs[-1].end:
            return None
        shape = _along(self._legs[bisect_right(self._starts, time) - 1], time)
        waves = np.sin(2 * np.pi * np.outer((0.31, 0.83), np.ones(4)) * time + self._drift)
        sway = np.array((1.0, 0.5)) @ waves
        rotation = compose(shape.rotation, from_euler(0.9 * sway[2], 1.1 * sway[3], 0.7 * sway[0]))
        return Pose(shape.angles, to_matrix(rotation), shape.shift + 0.02 * sway[:2])

    def _spell(self, text: str, below: float) -> None:
        shift = np.zeros(2)
        low = self._shape(RELAXED, np.array([-0.2, below]))
        here = low
        previous = ""
        for character in text:
            if character == " ":
                rest = self._shape(RELAXED, shift + np.array([0.0, 0.30]))
                self._move(here, rest, RELAX_S * self._vary())
                self._show(" ", rest, REST_S * self._vary())
                here, previous = rest, " "
                continue
            shift = 0.6 * shift + self._rng.normal(0, 0.02, 2)
            if character == previous and character not in _TRACES:
                here, shift = self._repeat(here, shift)
                self._show(character, here, self._letter_s(HOLD_SHARE))
                continue
            trace = _TRACES.get(character)
            shape = self._shape(LETTERS[character], shift)
            path = [self._on(shape, step) for step in trace] if trace else [shape]
            if here is low:
                self._move(here, path[0], RAISE_S * self._vary())
            else:
                self._move(
                    here,
                    path[0],
                    self._letter_s(1 - HOLD_SHARE) * self._distance_factor(here, path[0]),
                )
            if trace:
                self._trace(character, path, [step[0] for step in trace])
            else:
                self._show(character, shape, self._letter_s(HOLD_SHARE))
            here, previous = path[-1], character
        self._move(here, low, LOWER_S * self._vary())

    def _shape(self, angles: Array, shift: Array) -> _Shape:
        """A handshape as this signer makes it this time."""
        bent = angles[:JOINT_ANGLES] + self._rng.normal(0, 1.5, JOINT_ANGLES)
        rotation = compose(from_euler(*angles[ROTATION]), self._tilt)
        return _Shape(bent, rotation, np.asarray(shift, np.float64))

    def _on(self, shape: _Shape, step: tuple[float, ...]) -> _Shape:
        """``shape`` at one step of a trace."""
        rotation = compose(from_euler(*step[3:6]), self._tilt)
        return _Shape(shape.angles, rotation, shape.shift + step[1:3])

    def _repeat(self, here: _Shape, shift: Array) -> tuple[_Shape, Array]:
        """A double letter: a slide outwards, or a bounce."""
        if self._slides:
            shift = here.shift + np.array([-0.38 * self._vary(), 0.03])
            there = _Shape(here.angles, here.rotation, shift)
            self._move(here, there, self._letter_s(1 - HOLD_SHARE) * 0.9)
            return there, shift
        up = _Shape(here.angles, here.rotation, here.shift + np.array([-0.05, -0.2 * self._vary()]))
        self._move(here, up, self._letter_s(1 - HOLD_SHARE) * 0.5)
        self._move(up, here, self._letter_s(1 - HOLD_SHARE) * 0.5)
        return here, here.shift

    def _move(self, a: _Shape, b: _Shape, seconds: float) -> None:
        lags = np.append(self._rng.uniform(0.0, 0.22, 5), self._rng.uniform(0.0, 0.08))
        self._add(_Leg(self._now, self._now + seconds, (a, b), lags))

    def _trace(self, text: str, path: list[_Shape], times: list[float]) -> None:
        seconds = self._letter_s(0.9) + 0.2
        self._spelled.append(Spelled(text, self._now, self._now + seconds))
        self._add(_Leg(self._now, self._now + seconds, path, np.zeros(6), times))

    def _show(self, text: str, shape: _Shape, seconds: float) -> None:
        self._spelled.append(Spelled(text, self._now, self._now + seconds))
        self._add(_Leg(self._now, self._now + seconds, (shape, shape), np.zeros(6)))

    def _add(self, leg: _Leg) -> None:
        self._legs.append(leg)
        self._now = leg.end

    def _letter_s(self, share: float) -> float:
        return share / self._speed * self._vary()

    def _vary(self) -> float:
        return float(np.clip(self._rng.normal(1.0, 0.1), 0.75, 1.3))

    def _distance_factor(self, a: _Shape, b: _Shape) -> float:
        """A change of the whole hand takes longer than that of one finger: 0.85-1.25."""
        bend = float(np.abs(a.angles - b.angles).mean()) / 60
        turned = float(np.arccos(min(1.0, abs(float(a.rotation @ b.rotation)))))
        return 0.85 + 0.4 * min(1.0, 0.5 * bend + 0.6 * turned)


def _along(leg: _Leg, time: float) -> _Shape:
    """The shape at ``time`` on a leg."""
    share = (time - leg.start) / (leg.end - leg.start)
    if len(leg.shapes) == 2:
        a, b = leg.shapes
        eased = _ease((share - leg.lags) / (1.0 - leg.lags.max()))
        joint = np.append(np.repeat(eased[1:5], 4), np.repeat(eased[0], 5))
        wrist = float(eased[5])
        angles = a.angles + joint * (b.angles - a.angles)
        shift = a.shift + wrist * (b.shift - a.shift)
        return _Shape(angles, slerp(a.rotation, b.rotation, wrist), shift)
    k = min(bisect_right(leg.times, share) - 1, len(leg.shapes) - 2)
    part = (share - leg.times[k]) / (leg.times[k + 1] - leg.times[k])
    a, b = leg.shapes[k], leg.shapes[k + 1]
    eased_part = 0.5 * part + 0.5 * float(_ease(np.array(part)))
    shift = a.shift + eased_part * (b.shift - a.shift)
    return _Shape(a.angles, slerp(a.rotation, b.rotation, eased_part), shift)


def _ease(x: Array) -> Array:
    """The minimum-jerk profile of a reaching movement (Flash and Hogan 1985): [0, 1] to [0, 1]."""
    x = np.clip(x, 0.0, 1.0)
    eased: Array = x * x * x * (10 - 15 * x + 6 * x * x)
    return eased


def _checked(text: str) -> str:
    lowered = " ".join(text.lower().split())
    for character in lowered:
        if character != " " and character not in LETTERS:
            raise UserError(
                f"the signer cannot spell {character!r}: use the letters a-z and spaces"
            )
    if not lowered:
        raise UserError("the signer has nothing to spell: write signer:hello")
    return lowered
