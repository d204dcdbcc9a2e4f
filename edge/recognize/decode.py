"""CTC prefix beam search on a live stream, with text that settles.

The search is that of Hannun et al., "First-Pass Large Vocabulary Continuous Speech Recognition
using Bi-Directional Recurrent DNNs" (2014), with a language model of characters or without. Each
character costs something, and one that repeats the last costs more: one doubtful tick shall not
make a letter, and over a long hold the many ways to slip one blank in shall not add up to a
doubled letter. With a prior, a character c after the text h is worth, on top,
``weight * (log p(c | h) + what a character usually costs)``: what is as likely as usual is worth
nothing either way, so the prior chooses between characters and does not shorten the text.

Beams hold only what is still open: a character on which the best beam and all its rivals agree,
and which they have left, is settled, and so is one that was left a while ago, for what happened
then does not grow likelier by waiting. What is settled leaves the search together with the beams
that disagree, so memory and time stay flat however long the text.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace

import numpy as np
from numpy.typing import NDArray

from edge.recognize.hypothesis import Char
from edge.recognize.prior import LOOKS_BACK, Prior

_NEVER = -math.inf
# A label below this log-probability opens no beam.
_FLOOR = math.log(1e-3)
# A beam is kept while it is this probable beside the best, and a rival that keeps text open while
# it is that probable.
_KEPT = math.log(1e-4)
_RIVAL = math.log(0.1)
# Seconds after which a character that was left is settled, rivals or not.
_SETTLE_S = 0.4
# Characters that may be open at once; more than that and the best beam is taken as it is.
_MOST_OPEN = 12


@dataclass(frozen=True, slots=True)
class Costs:
    """Log-probabilities that characters cost, and silence.

    The defaults were chosen on training signers kept for choosing, and on rendered texts that are
    not the reported ones; a bundle has its own.

    Attributes:
        new: of any character.
        again: of one like the last, on top.
        digit: of a digit that follows none, on top: on their own many a K looks like a 3, and an F
            like a 9.
        blank: of a tick without a character: where several characters compete, each of them may
            be less likely than none.
    """

    new: float = math.log(0.5)
    again: float = math.log(0.3)
    digit: float = 0.0
    blank: float = 0.0

    def chances(self) -> dict[str, float]:
        """The same as probabilities, as a bundle has them."""
        return {name: round(math.exp(cost), 4) for name, cost in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class _Beam:
    """A prefix: log-probability of ending in blank and in its last label, and where it was seen."""

    blank: float
    label: float
    chars: tuple[Char, ...]

    @property
    def total(self) -> float:
        return _add(self.blank, self.label)


def _add(a: float, b: float) -> float:
    """log(exp(a) + exp(b))."""
    high, low = (a, b) if a > b else (b, a)
    return high if low == _NEVER else high + math.log1p(math.exp(low - high))


class Decoder:
    """Turns the model's log-probabilities, tick by tick, into characters.

    Args:
        alphabet: ``alphabet[i]`` is the character of class i + 1; class 0 is blank.
        width: beams kept. 1 is greedy: the likeliest label of every tick, whatever the costs and
            the prior.
        costs: of characters.
        prior: over the same alphabet, or None.
        weight: how much the prior counts beside the model.
    """

    def __init__(
        self,
        alphabet: str,
        width: int = 6,
        costs: Costs | None = None,
        prior: Prior | None = None,
        weight: float = 0.0,
    ) -> None:
        if prior and prior.alphabet != alphabet:
            raise ValueError("the prior is over another alphabet")
        self._alphabet = alphabet
        self._width = width
        self._costs = costs or Costs()
        if width == 1:
            self._costs = Costs(0.0, 0.0)
        self._digits = {k for k, char in enumerate(alphabet, 1) if char.isdigit()}
        self._prior = prior if weight and width > 1 else None
        self._weight = weight
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self._settled: list[Char] = []
        self._last = ""
        self._context = " "
        self._beams: dict[str, _Beam] = {"": _Beam(0.0, _NEVER, ())}

    @property
    def chars(self) -> tuple[Char, ...]:
        """The best text so far; the first `stable` characters will not change."""
        return (*self._settled, *self._best().chars)

    @property
    def stable(self) -> int:
        return len(self._settled)

    def step(self, log_probs: NDArray[np.float32], time: float) -> None:
        """One tick: ``log_probs`` [1 + len(alphabet)] of what was seen at ``time`` seconds."""
        grown: dict[str, _Beam] = {}
        blank, likely = self._seen(log_probs)
        for text, beam in self._beams.items():
            self._merge(grown, text, _Beam(beam.total + blank, _NEVER, beam.chars))
            last = text[-1] if text else self._last
            worth = self._worth(text) if likely else None
            digit = 0.0 if (text or self._context)[-1].isdigit() else self._costs.digit
            for k, p in likely:
                symbol = self._alphabet[k - 1]
                if symbol == last:
                    self._merge(grown, text, _Beam(_NEVER, beam.label + p, _held(beam, time, p)))
                    reach = beam.blank + self._costs.again
                else:
                    reach = beam.total
                reach += p + self._costs.new + (digit if k in self._digits else 0.0)
                if worth is not None:
                    reach += float(worth[k - 1])
                fresh = (*beam.chars, Char(symbol, time, time, math.exp(p)))
                self._merge(grown, text + symbol, _Beam(_NEVER, reach, fresh))
        best = sorted(grown.items(), key=lambda item: -item[1].total)[: self._width]
        top = best[0][1].total
        self._beams = {
            text: _Beam(beam.blank - top, beam.label - top, beam.chars)
            for text, beam in best
            if beam.total - top > _KEPT
        }
        self._settle(time)

    def draft(self, log_probs: NDArray[np.float32], time: float) -> tuple[Char, ...]:
        """What `chars` would be after this `step`, which is forgotten."""
        kept = self._settled, self._last, self._context, self._beams
        self.step(log_probs, time)
        chars = self.chars
        self._settled, self._last, self._context, self._beams = kept
        return chars

    def take(self) -> tuple[Char, ...]:
        """The best text as it is, which is then forgotten: the segment has ended.

        A label that is still seen goes on silently; it is not read a second time.
        """
        best = self._best()
        self._beams = {"".join(char.text for char in best.chars): best}
        self._move(len(best.chars))
        taken, self._settled = tuple(self._settled), []
        self._context = " "
        return taken

    def _seen(self, log_probs: NDArray[np.float32]) -> tuple[float, list[tuple[int, float]]]:
        """What blank is worth, and the classes that may open a beam with what they are worth."""
        if self._width == 1:
            best = int(log_probs.argmax())
            p = float(log_probs[best])
            return (_NEVER, [(best, p)]) if best else (p, [])
        likely = [(int(k), float(log_probs[k])) for k in np.flatnonzero(log_probs > _FLOOR) if k]
        return float(log_probs[0]) + self._costs.blank, likely

    def _worth(self, text: str) -> NDArray[np.float32] | None:
        """What the prior adds to each character after the settled text and ``text``."""
        if self._prior is None:
            return None
        return self._weight * self._prior.gain(self._context + text)

    def _best(self) -> _Beam:
        return max(self._beams.values(), key=lambda beam: beam.total)

    @staticmethod
    def _merge(beams: dict[str, _Beam], text: str, new: _Beam) -> None:
        """Add a way to reach ``text``; times and confidences are those of the likelier way."""
        if new.total == _NEVER:
            return
        old = beams.get(text)
        if old is None:
            beams[text] = new
            return
        chars = new.chars if new.total > old.total else old.chars
        beams[text] = _Beam(_add(old.blank, new.blank), _add(old.label, new.label), chars)

    def _settle(self, now: float) -> None:
        """Move to the settled text what the best beam and its rivals share and have left."""
        best = self._best()
        rivals = {t: b for t, b in self._beams.items() if b.total > best.total + _RIVAL}
        text = next(t for t, b in rivals.items() if b is best)
        shared = 0
        while all(len(t) > shared and t[shared] == text[shared] for t in rivals):
            shared += 1
        # The last label of a prefix is open while its beam may still go on in it.
        if any(len(t) == shared and b.label > b.blank + _RIVAL for t, b in rivals.items()):
            shared -= 1
        shared = max(0, shared, len(text) - _MOST_OPEN)
        while shared < len(text) and best.chars[shared].end < now - _SETTLE_S:
            shared += 1
        if shared > 0:
            self._beams = {t: b for t, b in self._beams.items() if t[:shared] == text[:shared]}
            self._move(shared)

    def _move(self, count: int) -> None:
        """Settle the first ``count`` characters, which all beams share."""
        moved = self._best().chars[:count]
        if moved:
            self._settled = [*self._settled, *moved]
            self._last = moved[-1].text
            self._context = (self._context + "".join(c.text for c in moved))[-LOOKS_BACK:]
        self._beams = {
            text[count:]: replace(beam, chars=beam.chars[count:])
            for text, beam in self._beams.items()
        }


def _held(beam: _Beam, time: float, p: float) -> tuple[Char, ...]:
    """The characters of ``beam``, the last one still seen at ``time``."""
    if not beam.chars:
        return beam.chars
    last = beam.chars[-1]
    held = replace(last, end=time, confidence=max(last.confidence, math.exp(p)))
    return (*beam.chars[:-1], held)
