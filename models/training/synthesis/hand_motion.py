"""What a hand does from appearing to disappearing: hold, slide, draw, pause, rest, fidget."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from models.training.synthesis.pose import rotation
from models.training.synthesis.pose_library import Clip, PoseLibrary, Signer
from models.training.synthesis.timeline import NO_ROTATION, Timeline

_LONG_TICKS = 7.0
"""Ticks of a transition from which on the hand may take a detour."""


def replay(
    timeline: Timeline, clip: Clip, start: float, at: tuple[float, float], pace: float
) -> None:
    for n, row in enumerate(clip.rows):
        x, y = clip.path[n, :2]
        timeline.key(start + n * pace, row, (at[0] + x, at[1] + y), smooth=False)


class HandMotion:
    """Writes the motion of one signer's hand into a timeline; keeps the current time and place."""

    def __init__(
        self,
        timeline: Timeline,
        signer: Signer,
        library: PoseLibrary,
        rng: np.random.Generator,
        ticks: float,
        hold_share: float,
    ) -> None:
        self.timeline, self.signer, self.library, self.rng = timeline, signer, library, rng
        self.ticks, self.hold_share = ticks, hold_share
        self.time, self.x, self.y = 0.0, 0.0, 0.0
        self.relaxed = False
        self.unevenness = float(rng.uniform(0.12, 0.38))

    def _move_to(self, after: float, row: int, quaternion: tuple[float, ...] = NO_ROTATION) -> None:
        self.time += after
        self.timeline.key(self.time, row, (self.x, self.y), quaternion)

    def _relaxed_row(self) -> int:
        return int(self.rng.choice(self.signer.relaxed_rows))

    def begin(self, time: float, letter: str) -> None:
        """Come into the picture: at once, raised from below, or there from the start."""
        rng, timeline = self.rng, self.timeline
        how = rng.random()
        self.time = max(time, 0)
        if time > 0 and how < 0.85:
            timeline.absent.append((-1, time))
        if how < 0.35 and letter:  # the first letter is there at once
            self.relaxed = False
            return
        self.relaxed = True
        if how < 0.7:
            drop = rng.uniform(1, 5)
            self.y += drop
            self._move_to(0, self._relaxed_row())
            self.y -= drop
            if rng.random() < 0.5:
                self._move_to(rng.uniform(4, 14), self._relaxed_row())
            else:
                self.time += rng.uniform(1, 8)
        else:
            self.rest(rng.uniform(0, 20))

    def rest(self, ticks: float) -> None:
        """Stay loose, drifting a little."""
        row = self._relaxed_row()
        self._move_to(0, row)
        left = float(ticks)
        while left > 0:
            step = float(min(left, self.rng.uniform(8, 40)))
            left -= step
            self.x += self.rng.normal(0, 0.1)
            self.y += self.rng.normal(0, 0.1)
            if self.rng.random() < 0.3:
                row = self._relaxed_row()
            self._move_to(step, row)
        self.relaxed = True

    def gestures(self, ticks: float) -> None:
        """Move about in hands that mean nothing."""
        left = float(ticks)
        while left > 0:
            step = float(self.rng.uniform(4, 16))
            left -= step
            self.x, self.y = self.rng.normal(0, 1.2), self.rng.normal(0, 1.2)
            self._move_to(step, int(self.rng.choice(self.signer.gesture_rows)))
        self.relaxed = True

    def spell(self, letter: str, before: str, last: bool = False) -> None:
        """Show ``letter``, which came after ``before``; the ``last`` of a word is held longer."""
        rng = self.rng
        if letter == " ":
            self.pause()
            return
        ticks, way, hold = self._timing(last)
        if letter == before:
            self._doubled(letter, way, hold)
        elif letter in "jz":
            self._drawn(letter, way, ticks)
        else:
            self.x += rng.normal(0, 0.06)
            self.y += rng.normal(0, 0.06)
            self._hold(letter, way, hold)
        self.relaxed = False

    def _timing(self, last: bool) -> tuple[float, float, float]:
        """Ticks of a letter, of the way into it, and of its hold."""
        rng = self.rng
        ticks = self.ticks * float(np.exp(rng.normal(0, self.unevenness)))
        if last and rng.random() < 0.5:
            ticks *= float(rng.uniform(1, 1.8))
        first = not self.timeline.times
        hold = ticks * self.hold_share
        way = 0.0 if first else min(ticks - hold, rng.uniform(9, 18))
        if self.relaxed:
            way = max(way, rng.uniform(3, 8))
        return ticks, way, max(ticks - way, 0.5)

    def _hold(self, letter: str, way: float, hold: float, row: int | None = None) -> None:
        rng = self.rng
        row = int(rng.choice(self.signer.rows_for(letter, rng))) if row is None else row
        if way > _LONG_TICKS and rng.random() < 0.25:  # not by the shortest way
            through = self.signer.relaxed_rows if rng.random() < 0.5 else self.signer.gesture_rows
            share = rng.uniform(0.3, 0.7)
            self._move_to(way * share, int(rng.choice(through)))
            way *= 1 - share
        self._stand(letter, way, hold, row)

    def _stand(
        self,
        letter: str,
        way: float,
        hold: float,
        row: int,
        quaternion: tuple[float, ...] = NO_ROTATION,
    ) -> None:
        """Arrive in ``row`` after ``way`` ticks and hold the letter."""
        rng = self.rng
        self._move_to(way, row, quaternion)
        start = self.time
        self.x += rng.normal(0, 0.02)
        self.y += rng.normal(0, 0.02)
        if hold > 12 and rng.random() < 0.4:  # a long hold is not one frame
            for _ in range(2):
                shown = int(rng.choice(self.signer.letters[letter]))
                self._move_to(hold / 2, shown, quaternion)
        else:
            self._move_to(hold, row, quaternion)
        self.timeline.text.append((letter, start, self.time))

    def _doubled(self, letter: str, way: float, hold: float) -> None:
        """A doubled letter slides to the side, or bounces, or opens in between."""
        rng, how = self.rng, self.rng.random()
        way = max(way, 1.5)
        if letter in "jz":
            self._drawn(letter, way, hold + way)
            return
        row = self.timeline.rows[-1]  # the shape stays, the hand moves
        turned = self.timeline.rotations[-1]
        if how < 0.6:
            side = -1 if rng.random() < 0.8 else 1
            self.x += side * rng.uniform(0.25, 0.9)
            self.y += rng.normal(0, 0.06)
        elif how < 0.85:
            lift = -rng.uniform(0.15, 0.5) if rng.random() < 0.7 else rng.uniform(0.15, 0.5)
            self.y += lift
            self._move_to(way / 2, row, turned)
            self.y -= lift
            way /= 2
        else:
            self._move_to(way / 2, self._relaxed_row(), turned)
            way /= 2
        self._hold(letter, way, hold, row if rng.random() < 0.7 else None)

    def _drawn(self, letter: str, way: float, ticks: float) -> None:
        """J and Z: a real motion, the same motion by this signer's hand, or a drawn path."""
        rng, how, clips = self.rng, self.rng.random(), self.library.moving[letter]
        span = max(ticks * rng.uniform(0.7, 1.1), rng.uniform(5, 9))
        span = min(span, 30.0)
        still = self.signer.letters[letter]
        alike = self.signer.letters["i" if letter == "j" else "d"]
        start = self.time + way
        if how < 0.12 and self.ticks > 8:  # some only hold the shape
            self._hold(letter, way, ticks)
            return
        if how < 0.7 and clips:
            clip = clips[rng.integers(len(clips))]
            pace = span / len(clip.rows)
            if how < 0.35:
                replay(self.timeline, clip, start, (self.x, self.y), pace)
            else:
                row = int(rng.choice(alike if letter == "j" or rng.random() < 0.3 else still))
                for n in range(0, len(clip.rows), 2):
                    at = (self.x + clip.path[n, 0], self.y + clip.path[n, 1])
                    quaternion = tuple(clip.rotations[n].tolist())
                    self.timeline.key(start + n * pace, row, at, quaternion, smooth=False)
            self.x += float(clip.path[-1, 0])
            self.y += float(clip.path[-1, 1])
            self.time = self.timeline.times[-1]
        else:
            draw = (_hook if letter == "j" else _zigzag)(rng)
            row = int(rng.choice(alike if letter == "j" or rng.random() < 0.3 else still))
            x, y = self.x, self.y
            if rng.random() < 0.6:  # the shape stands before it moves
                self.timeline.key(start, row, (x, y), draw(0.0)[1])
                start += rng.uniform(0, min(6.0, self.ticks / 3))
            self.time = start + span
            for share in np.linspace(0, 1, 10):
                (dx, dy), quaternion = draw(float(share))
                self.x, self.y = x + dx, y + dy
                self.timeline.key(
                    start + share * span, row, (self.x, self.y), quaternion, share == 0
                )
            if letter == "j" and rng.random() < 0.4:  # ends in the shape of this signer's stills
                self._move_to(rng.uniform(1, 3), int(rng.choice(still)))
        self.timeline.text.append((letter, start + 0.6 * (self.time - start), self.time))
        if rng.random() < 0.5:  # the hand goes back to where it spells
            self.x *= 0.4
            self.y *= 0.4

    def pause(self) -> None:
        """Between words: the hand goes loose and mostly drops, as long as some letters take."""
        rng = self.rng
        beat = min(self.ticks, 9.0)
        drop = 0.0 if rng.random() < 0.15 else rng.uniform(0.08, 0.9)
        self.y += drop
        row = self._relaxed_row()
        self._move_to(max(2.5, beat * rng.uniform(0.5, 1.2)), row)
        start = self.time
        self.x += rng.normal(0, 0.06)
        self.y += rng.normal(0, 0.06)
        rest = max(2.5, beat * rng.uniform(0.5, 3))
        self._move_to(rest, row if rng.random() < 0.6 else self._relaxed_row())
        self.timeline.text.append((" ", start, self.time))
        self.y -= drop
        self.x *= rng.uniform(0.3, 1)
        self.relaxed = True

    def end(self) -> None:
        """Vanish, sink and vanish, go loose and stay, or hold the last letter."""
        rng, timeline = self.rng, self.timeline
        how = rng.random()
        if how < 0.3:
            timeline.absent.append((self.time + rng.uniform(0.1, 10), 10_000))
        elif how < 0.55:
            self.y += rng.uniform(2.5, 6)
            self._move_to(rng.uniform(5, 12), self._relaxed_row())
            timeline.absent.append((self.time - rng.uniform(0, 3), 10_000))
        elif how < 0.75:
            self.pause()
            self.rest(max(timeline.length - self.time, 1))


Path = Callable[[float], tuple[tuple[float, float], tuple[float, ...]]]
"""From the share of the time, 0-1, to the place of the wrist and the rotation of the hand."""


def _hook(rng: np.random.Generator) -> Path:
    """J: down, then a hook to the signer's left, the palm turning towards the signer."""
    size, spin = rng.uniform(0.3, 1.2), rng.uniform(0.5, 1.5)
    bend, lean = rng.uniform(0, 0.9), rng.uniform(0, 0.8)
    when = np.array([0, 0.25, 0.5, 0.75, 1])
    across = np.array([0, 0, 0.05, 0.25, 0.45]) * size
    down = np.array([0, 0.35, 0.6, 0.7, 0.5]) * size * rng.uniform(0.5, 1.1)

    def at(share: float) -> tuple[tuple[float, float], tuple[float, ...]]:
        place = float(np.interp(share, when, across)), float(np.interp(share, when, down))
        turned = share**1.5
        vector = np.array([bend * np.sin(np.pi * share), -1.2 * spin * turned, lean * turned])
        return place, tuple(rotation(vector).tolist())

    return at


def _zigzag(rng: np.random.Generator) -> Path:
    """Z: to the signer's right, back down, to the right; some draw it for the reader."""
    size, tall = rng.uniform(0.4, 1.4), rng.uniform(0.4, 1.1)
    side = -1 if rng.random() < 0.8 else 1
    lean = rng.uniform(0, 0.5) * side
    when = np.array([0, rng.uniform(0.25, 0.38), rng.uniform(0.6, 0.72), 1])
    across = np.array([0, 1, rng.uniform(0, 0.25), 1]) * side * size
    down = np.array([0, rng.normal(0, 0.06), 0.7, 0.75]) * size * tall

    def at(share: float) -> tuple[tuple[float, float], tuple[float, ...]]:
        place = float(np.interp(share, when, across)), float(np.interp(share, when, down))
        vector = np.array([0, 0, lean * (place[0] * side / size - 0.5)])
        return place, tuple(rotation(vector).tolist())

    return at
