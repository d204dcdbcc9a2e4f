"""Scripts: what is shown in one window, a phrase, single letters, or nothing to read."""

from __future__ import annotations

import numpy as np

from models.training.data.hands import DIGITS, LETTERS
from models.training.synthesis.hand_motion import HandMotion, replay
from models.training.synthesis.pose_library import PoseLibrary, Signer
from models.training.synthesis.texts import Texts
from models.training.synthesis.timeline import Timeline


class ScriptWriter:
    """Writes scripts as timelines of `length` ticks, from one random generator.

    Its motion is that of the first models, and stays as it is: a test set is made of it.
    `models.training.synthesis.training_script` has that of training.
    """

    def __init__(
        self, library: PoseLibrary, texts: Texts, length: int, rng: np.random.Generator
    ) -> None:
        self.library, self.texts, self.length, self.rng = library, texts, length, rng
        weight = np.array([s.weight for s in library.signers])
        self._chance = weight / weight.sum()
        self._drawn_signers: list[Signer] = []

    def draw(self) -> Timeline:
        """A phrase, single letters, or nothing to read, as training mixes them."""
        kind = self.rng.random()
        if kind < 0.68:
            return self.phrase()
        if kind < 0.88:
            return self.stills()
        return self.distractor()

    def draw_many(self, count: int, windows: int = 4) -> list[Timeline]:
        """``count`` timelines, about ``windows`` of each signer, so that CutMix finds partners."""
        drawn = [self.signer() for _ in range(max(1, count // windows))]
        self._drawn_signers = drawn
        timelines = [self.draw() for _ in range(count)]
        self._drawn_signers = []
        return timelines

    def signer(self) -> Signer:
        if self._drawn_signers:
            return self._drawn_signers[self.rng.integers(len(self._drawn_signers))]
        return self.library.signers[self.rng.choice(len(self._chance), p=self._chance)]

    def text(self) -> str:
        """What a phrase spells."""
        return self.texts.draw(self.rng)

    def hand(self, timeline: Timeline, signer: Signer, ticks: float) -> HandMotion:
        """What moves the hand of a signer who takes ``ticks`` a letter."""
        slow = ticks >= 12
        share = self.rng.uniform(0.3, 0.85) if slow else self.rng.uniform(0.15, 0.6)
        return HandMotion(timeline, signer, self.library, self.rng, ticks, float(share))

    # What a hand does.

    def phrase(
        self, text: str | None = None, ticks: float | None = None, signer: Signer | None = None
    ) -> Timeline:
        """``text`` (as much as fits, or drawn) spelled by one signer."""
        rng, signer = self.rng, signer or self.signer()
        whole = text is not None
        text = text if text is not None else self.text()
        ticks = ticks if ticks is not None else self.texts.ticks(rng)
        timeline = Timeline(self.length, fast=ticks < 4, signer=signer.name)
        timeline.steady = rng.uniform(*_STEADY_RANGE)
        hand = self.hand(timeline, signer, ticks)
        hand.begin(rng.uniform(0, 25) if whole else rng.uniform(-5, 40), text[0])
        if not whole and rng.random() < 0.15:
            hand.gestures(rng.uniform(10, 50))
        for n, letter in enumerate(text):
            needed = 36 if letter == " " else 1.3 * ticks
            if not whole and hand.time + needed > self.length - rng.uniform(2, 14):
                break
            hand.spell(letter, text[n - 1] if n else "", text[n + 1 : n + 2] in ("", " "))
        hand.end()
        return timeline

    def stills(self) -> Timeline:
        """Stills shown one after the other, each for 0.4 to 2.5 s, with or without a gap."""
        rng, signer = self.rng, self.signer()
        timeline = Timeline(self.length, calm=bool(rng.random() < 0.5), signer=signer.name)
        time, last, cut = max(0.0, rng.uniform(-10, 30)), "", False
        if time > 0:
            timeline.absent.append((-1, time))
        if rng.random() < 0.5:
            signer = self.signer()
        while time < self.length - 14:
            letter = _STILL_SYMBOLS[rng.integers(len(_STILL_SYMBOLS))]
            if letter in "jz" and rng.random() < 0.4:  # rarer: a still J is an I to most
                continue
            if letter in DIGITS and (rng.random() < 0.7 or not self.texts.digits):
                continue
            if cut and letter == last:
                continue
            row = rng.choice(signer.rows_for(letter, rng))
            at = (rng.normal(0, 1.0), rng.normal(0, 1.0))
            hold = float(rng.uniform(12, 75))
            timeline.key(time, row, at)
            timeline.key(time + hold, row, at)
            timeline.text.append((letter, time, time + hold))
            time, last = time + hold, letter
            cut = rng.random() < 0.25
            if not cut:
                gap = float(rng.uniform(8, 45))
                timeline.absent.append((time + 0.01, time + gap))
                time += gap
            else:
                time += 0.5
        return timeline

    def distractor(self) -> Timeline:
        """A hand that rests, signs something else, or fidgets; or no hand."""
        rng, signer = self.rng, self.signer()
        timeline = Timeline(self.length, signer=signer.name)
        kind = rng.random()
        if kind < 0.55 and self.library.others:
            time = 0.0
            while time < self.length:
                clip = self.library.others[rng.integers(len(self.library.others))]
                replay(timeline, clip, time, (0, 0), float(rng.uniform(0.8, 1.4)))
                time = timeline.times[-1]
                if rng.random() < 0.6:
                    gap = float(rng.uniform(3, 30))
                    timeline.absent.append((time + 0.01, time + gap))
                    time += gap
                time += 0.5
            return timeline
        hand = HandMotion(timeline, signer, self.library, rng, 10, 0.4)
        hand.begin(rng.uniform(0, 30), "")
        if kind < 0.8:
            hand.rest(self.length)
        else:
            hand.gestures(self.length)
        return timeline


_STEADY_RANGE = (0.4, 1.0)
_STILL_SYMBOLS = LETTERS + "4578"
"""What stands on its own: 0, 2, 6 and 9 would be letters, 1 a D, and 3 is too near to many a K."""
