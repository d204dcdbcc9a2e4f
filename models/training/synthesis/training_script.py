"""The scripts of training: phrases, short visits of a hand, stills, and nothing to read."""

from __future__ import annotations

import numpy as np

from models.training.data.hands import DIGITS
from models.training.synthesis.fitted_motion import FittedMotion
from models.training.synthesis.pose_library import Signer
from models.training.synthesis.script import ScriptWriter
from models.training.synthesis.texts import NUMBERED
from models.training.synthesis.timeline import Timeline

_TEMPO_TICKS = 7.25
"""Median ticks a character of 120,166 real phrases (``aslfr_tempo``), ..."""
_TEMPO_SPREAD = 0.45
"""... and the standard deviation of their logarithm."""
_SLOWEST_TICKS = 50.0
_FIRST_MOTION = 0.1
"""Share of the windows that move as in the first models: how hands move is not known so well that
one way should be left out, and it is the way of the phrases on which all models are compared."""
_NUMBERS = 0.15
"""Share of the texts that are numbers on purpose: half of what people spell at a counter."""
_MORE_DOUBLED = 0.25
"""Share of the other texts with more doubled letters: seldom seen, their motion is overlooked."""
_LONE_DIGITS = "1234578"
"""Those that stand alone; 0, 6 and 9 would be letters. The back of the hand tells a 2 from a V."""


class TrainingWriter(ScriptWriter):
    """A `ScriptWriter` with the motion and the mixture that training uses."""

    def draw(self) -> Timeline:
        """A phrase, visits, stills, or nothing to read, as training mixes them."""
        kind = self.rng.random()
        if kind < _FIRST_MOTION:
            plain = ScriptWriter(self.library, self.texts, self.length, self.rng)
            return plain.phrase(signer=self.signer())
        if kind < 0.5:
            return self.phrase(ticks=self._ticks())
        if kind < 0.72:
            return self.visits()
        if kind < 0.86:
            return self.stills()
        return self.distractor()

    def hand(
        self, timeline: Timeline, signer: Signer, ticks: float, palm_in: bool | None = None
    ) -> FittedMotion:
        rng = self.rng
        share = rng.uniform(0.15, 0.7) if ticks < 12 else rng.uniform(0.15, 0.9)
        if rng.random() < 0.3:  # the hand hardly stands at all
            share = rng.uniform(0.0, 0.15)
        return FittedMotion(timeline, signer, self.library, rng, ticks, float(share), palm_in)

    def _ticks(self) -> float:
        """Ticks a letter: of fluent signers, or of slow ones."""
        rng, how = self.rng, self.rng.random()
        if how < 0.3:
            return float(self.texts.pace[rng.integers(len(self.texts.pace))])
        if how < 0.6:
            pace = _TEMPO_TICKS * np.exp(rng.normal(0, _TEMPO_SPREAD))
            return float(np.clip(pace, 2, _SLOWEST_TICKS))
        return float(np.exp(rng.uniform(np.log(5), np.log(_SLOWEST_TICKS))))

    def text(self) -> str:
        """Now and then numbers on purpose, or more letters twice than there are in words."""
        rng = self.rng
        if not self.texts.digits or rng.random() > _NUMBERS:
            text = super().text()
            if rng.random() < _MORE_DOUBLED:
                text = "".join(c * (1 + (c != " " and rng.random() < 0.3)) for c in text)
            return text
        return " ".join(self.texts.kind(str(kind), rng) for kind in rng.choice(list(NUMBERED), 4))

    def visits(self) -> Timeline:
        """A hand comes, spells a few characters, and leaves; perhaps again."""
        rng, signer = self.rng, self.signer()
        timeline = Timeline(self.length, signer=signer.name)
        timeline.steady = float(rng.uniform(0, 1))
        time = float(rng.uniform(-5, 40))
        while True:
            ticks, text = self._ticks(), self._short_text()
            if len(text) == 1 or (len(text) == 2 and rng.random() < 0.5):  # not in a hurry
                ticks = max(ticks, float(self.rng.uniform(6, 45)))
            timeline.fast |= ticks < 4
            hand = self.hand(timeline, signer, ticks, palm_in=True if text.isdigit() else None)
            hand.begin(time, text[0])
            for n, letter in enumerate(text):
                if hand.time + 1.3 * ticks > self.length - rng.uniform(2, 14):
                    break
                hand.spell(letter, text[n - 1] if n else "", n == len(text) - 1)
            if rng.random() < 0.12:
                hand.pause()
                hand.rest(rng.uniform(10, 60))
            hand.leave()
            time = max(hand.time + float(rng.uniform(6, 45)), timeline.times[-1])
            timeline.absent.append((hand.time, time))
            if time > self.length - 25:
                timeline.absent.append((hand.time, 10_000))
                return timeline

    def _short_text(self) -> str:
        rng = self.rng
        count = int(rng.choice([1, 2, 3, 4, 6], p=[0.35, 0.15, 0.2, 0.15, 0.15]))
        if self.texts.digits and rng.random() < _NUMBERS:
            known = DIGITS if count > 1 else _LONE_DIGITS
            return "".join(rng.choice(list(known), count))
        text = self.texts.draw(rng).split()[0]
        if count == 1:
            text = "".join(c for c in text if not c.isdigit()) or "a"
        return text[:count]

    def distractor(self) -> Timeline:
        """A hand that comes and goes, signs something else, or idles; or no hand."""
        rng = self.rng
        if rng.random() < 0.6:
            return super().distractor()
        signer = self.signer()
        timeline = Timeline(self.length, signer=signer.name)
        time = float(rng.uniform(-10, 30))
        while time < self.length:
            hand = self.hand(timeline, signer, 10.0)
            hand.begin(time, "")
            if rng.random() < 0.7:
                hand.rest(rng.uniform(5, 70))
            else:
                hand.gestures(rng.uniform(5, 50))
            hand.leave()
            time = max(hand.time + float(rng.uniform(6, 45)), timeline.times[-1])
            timeline.absent.append((hand.time, time))
        return timeline
