"""Motion as hands have it: how a hand rises, forms, dwells, opens on its way, and leaves.

Fitted to real motion and to an animator's (see `models.training.evaluation.motion`): moves of 0.08
to 1.2 s, some at almost constant speed; a letter that stands for half of its time; hands that come
up from the lap or the edge with the first letter half formed, and leave likewise.
"""

from __future__ import annotations

import numpy as np

from models.training.data.hands import LETTERS
from models.training.synthesis.hand_motion import HandMotion, replay
from models.training.synthesis.pose import rotation
from models.training.synthesis.pose_library import Clip, PoseLibrary, Signer
from models.training.synthesis.timeline import NO_ROTATION, Timeline

_LYING = "ghpqoc"
"""Letters that many show with the forearm lying."""
_PALM_IN = "12345"
"""Digits that American fingerspelling shows by the back of the hand."""
_LEAN = 0.12
"""Radians: how differently one signer and another turn the hand in a letter. Who learned from one
chart turns them alike, and then the palm tells an O from an E, and not the fingers."""
_ROUND = "co"
_ROUND_LEAN = (0.2, 0.45, 0.2)
"""The same of C and O around x, y and z: many show them from the side."""
_FISTS = "astemno"
_LONGEST_WAY_TICKS = 36.0
_ENTRANCE_TICKS = (3.0, 40.0)
_EXIT_TICKS = (3.0, 36.0)


class FittedMotion(HandMotion):
    """A `HandMotion` whose hand comes, moves, stands and goes as real hands were measured to."""

    def __init__(
        self,
        timeline: Timeline,
        signer: Signer,
        library: PoseLibrary,
        rng: np.random.Generator,
        ticks: float,
        hold_share: float,
        palm_in: bool | None = None,
    ) -> None:
        """``palm_in``: digits 1 to 5 show the back of the hand; None: of most signers."""
        super().__init__(timeline, signer, library, rng, ticks, hold_share)
        self.unevenness = float(rng.uniform(0.12, 0.55))
        timeline.even = float(rng.uniform(0.4, 1)) if rng.random() < 0.85 else 0.0
        lying = rng.uniform(0.3, 1.5) if rng.random() < 0.25 else 0.0
        palm_in = rng.random() < 0.6 if palm_in is None else palm_in
        self._tilts = {letter: rng.normal(0, _LEAN, 3) for letter in LETTERS}
        for letter in _ROUND:
            self._tilts[letter] = rng.normal(0, _ROUND_LEAN)
        for letter in _LYING:
            self._tilts[letter][2] += lying * rng.uniform(0.4, 1)
        if palm_in:
            turn = np.array([rng.normal(0, 0.15), np.pi + rng.normal(0, 0.3), 0.0])
            self._tilts |= dict.fromkeys(_PALM_IN, turn)
        self._opens = float(rng.uniform(0, 1))
        self._rising = 0.0  # ticks that the way into the first letter takes at least

    def _tilt(self, letter: str) -> tuple[float, ...]:
        found = self._tilts.get(letter)
        return NO_ROTATION if found is None else tuple(rotation(found).tolist())

    def _idle_pose(self, turned: bool) -> tuple[int, tuple[int, float]]:
        """A hand that does not spell: loose, a fist, or neither, or half way between two.

        A whole fist only where it is ``turned``: upright it would be a letter.
        """
        rng, signer = self.rng, self.signer
        how, share = rng.random(), float(rng.uniform(0, 0.7))
        if how < 0.6:
            row = self._relaxed_row()
        elif how < 0.85:
            row = int(rng.choice(signer.letters[str(rng.choice(list(_FISTS)))]))
            share = share if turned else max(share, 0.4)
        else:
            row = int(rng.choice(signer.gesture_rows))
        return row, (self._relaxed_row(), share)

    def _hanging(self) -> tuple[float, ...]:
        """How the hand is turned where it rests: forward or down, to any side."""
        rng = self.rng
        turn = np.array([rng.uniform(-0.3, 1.3), rng.normal(0, 0.5), rng.normal(0, 0.8)])
        if rng.random() < 0.25:  # it hangs
            turn[2] = np.pi + rng.normal(0, 0.6)
        return tuple(rotation(turn).tolist())

    def _some(self, ticks: tuple[float, float]) -> float:
        """A duration between two, each scale as likely."""
        return float(np.exp(self.rng.uniform(*np.log(ticks))))

    def _away(self) -> tuple[float, float]:
        """From where the hand comes and where it goes: mostly below, or to a side."""
        rng = self.rng
        if rng.random() < 0.75:
            return float(rng.normal(0, 0.7)), float(rng.uniform(0.2, 4))
        return float(rng.uniform(0.5, 4) * rng.choice([-1, 1])), float(rng.normal(0.5, 0.7))

    def begin(self, time: float, letter: str) -> None:
        """Come into the picture: at once, risen, with a gesture, or there from the start."""
        rng, timeline = self.rng, self.timeline
        how = rng.random()
        self.time = max(time, 0)
        if time > 0 and not timeline.times and how < 0.9:
            timeline.absent.append((-1, time))
        self.relaxed = True
        if how < 0.15 and letter:
            self.relaxed = False
            return
        if how < 0.65:
            self._rise(letter)
        elif how < 0.8 and self.library.others:
            self._real_start()
        else:
            self.rest(rng.uniform(0, 30))

    def _rise(self, letter: str) -> None:
        rng = self.rng
        dx, dy = self._away()
        ticks = self._some(_ENTRANCE_TICKS)
        hangs = bool(rng.random() < 0.7)
        row, half = self._idle_pose(hangs)
        turned = self._hanging() if hangs else NO_ROTATION
        formed = rng.random() < 0.6 and letter not in ("", " ")
        if formed and rng.random() < 0.4:  # the hand is half formed when it comes into view
            row = int(rng.choice(self.signer.letters[letter]))
            half = (half[0], float(rng.uniform(0.2, 0.9)))
        x, y = self.x, self.y
        self.timeline.key(self.time, row, (x + dx, y + dy), turned, half=half)
        if rng.random() < 0.5:  # more than one step
            share = float(rng.uniform(0.3, 0.8))
            self.time += ticks * share
            ticks *= 1 - share
            if formed:
                row = int(rng.choice(self.signer.letters[letter]))
                half = (self._relaxed_row(), float(rng.uniform(0.2, 0.9)))
            else:
                row, half = self._idle_pose(turned=False)
            left = float(rng.uniform(0, 0.5))
            lean = tuple(rotation(rng.normal(0, 0.3, 3)).tolist())
            self.timeline.key(self.time, row, (x + dx * left, y + dy * left), lean, half=half)
        self._rising = ticks

    def _real_start(self) -> None:
        """The first frames of a hand that is about to sign something else."""
        rng = self.rng
        clip = self.library.others[rng.integers(len(self.library.others))]
        count = int(min(len(clip.rows), rng.integers(4, 16)))
        part = Clip(clip.rows[:count], clip.path[:count], clip.rotations[:count])
        dx, dy = part.path[-1, :2]
        replay(
            self.timeline, part, self.time, (self.x - dx, self.y - dy), float(rng.uniform(0.7, 1.4))
        )
        self.time = self.timeline.times[-1]

    def rest(self, ticks: float) -> None:
        """Stand idle, drifting a little."""
        rng = self.rng
        hangs = bool(rng.random() < 0.3)
        row, half = self._idle_pose(hangs)
        turned = self._hanging() if hangs else NO_ROTATION
        self.timeline.key(self.time, row, (self.x, self.y), turned, half=half)
        left = float(ticks)
        while left > 0:
            step = float(min(left, rng.uniform(8, 60)))
            left -= step
            self.x += rng.normal(0, 0.1)
            self.y += rng.normal(0, 0.1)
            if rng.random() < 0.3:
                row, half = self._idle_pose(hangs)
            self.time += step
            self.timeline.key(self.time, row, (self.x, self.y), turned, half=half)
        self.relaxed = True

    def _timing(self, last: bool) -> tuple[float, float, float]:
        rng = self.rng
        ticks = self.ticks * float(np.exp(rng.normal(0, self.unevenness)))
        if rng.random() < 0.04 or (last and rng.random() < 0.4):
            ticks *= float(rng.uniform(1, 3))
        if not self.timeline.times:
            return ticks, 0.0, max(ticks, 0.5)
        share = float(np.clip(self.hold_share + rng.normal(0, 0.1), 0.05, 0.95))
        way = min(ticks * (1 - share), _LONGEST_WAY_TICKS)
        hold = max(ticks - way, 0.5)
        if self.relaxed:
            way = max(way, self._rising, float(rng.uniform(2.5, 16)))
            self._rising = 0.0
        return ticks, max(way, 1.2), hold

    def _doubled(self, letter: str, way: float, hold: float) -> None:
        super()._doubled(letter, min(way, float(self.rng.uniform(2, 9))), hold)

    def _hold(self, letter: str, way: float, hold: float, row: int | None = None) -> None:
        rng, signer = self.rng, self.signer
        row = int(rng.choice(signer.rows_for(letter, rng))) if row is None else row
        tilt = self._tilt(letter)
        if way > 3 and rng.random() < self._opens:  # the hand opens on its way
            share = float(rng.uniform(0.3, 0.7))
            self.time += way * share
            way *= 1 - share
            through = self._relaxed_row()
            if rng.random() < 0.25:
                through = int(rng.choice(signer.gesture_rows))
            from_row = self.timeline.rows[-1] if rng.random() < 0.5 else row
            half = (through, float(rng.uniform(0.15, 0.9)))
            self.timeline.key(self.time, from_row, (self.x, self.y), half=half)
        self._stand(letter, way, hold, row, tilt)

    def leave(self) -> None:
        """Go out of the picture, at once or sinking; the time is that of the last frame seen."""
        rng, timeline = self.rng, self.timeline
        how = rng.random()
        if how < 0.2:
            self.time += float(rng.uniform(0.1, 10))
            timeline.key(self.time, timeline.rows[-1], (self.x, self.y), timeline.rotations[-1])
        elif how < 0.85 or not self.library.others:
            self.time += float(rng.uniform(0, 6))
            timeline.key(self.time, timeline.rows[-1], (self.x, self.y), timeline.rotations[-1])
            dx, dy = self._away()
            ticks = self._some(_EXIT_TICKS)
            hangs = bool(rng.random() < 0.7)
            row, half = self._idle_pose(hangs)
            if rng.random() < 0.4:  # the last shape is kept for a while
                row, half = timeline.rows[-1], (half[0], float(rng.uniform(0, 0.8)))
            self.x, self.y = self.x + dx, self.y + dy
            turned = self._hanging() if hangs else NO_ROTATION
            timeline.key(self.time + ticks, row, (self.x, self.y), turned, half=half)
            self.time += ticks * float(rng.uniform(0.4, 1.0))
        else:
            clip = self.library.others[rng.integers(len(self.library.others))]
            count = int(min(len(clip.rows), rng.integers(5, 18)))
            part = Clip(clip.rows[-count:], clip.path[-count:], clip.rotations[-count:])
            dx, dy = part.path[0, :2]
            start = self.time + float(rng.uniform(3, 12))
            replay(timeline, part, start, (self.x - dx, self.y - dy), float(rng.uniform(0.7, 1.4)))
            self.time = timeline.times[-1]

    def end(self) -> None:
        """Leave, or stay idle, or hold the last letter."""
        rng, timeline = self.rng, self.timeline
        how = rng.random()
        if how < 0.65:
            self.leave()
            timeline.absent.append((self.time, 10_000))
        elif how < 0.85:
            self.pause()
            self.rest(max(timeline.length - self.time, 1))
