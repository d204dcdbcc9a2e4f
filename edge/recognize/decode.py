"""CTC prefix beam search on a live stream, which commits text as it goes.

The search is that of Hannun et al., "First-Pass Large Vocabulary Continuous Speech Recognition
using Bi-Directional Recurrent DNNs" (2014), with or without a character language model. Every
character has an insertion penalty, and one that repeats the last a repeat penalty instead: one
doubtful tick shall not make a letter, and over a long hold the many ways to slip one blank in shall
not add up to a doubled letter. A character that begins while the hand is still where it was in the
one before costs more the less the hand has moved: a hand that holds still keeps its letter, however
the model wavers between two that look alike. For a doubled letter it counts how far the hand has
been away since the middle of the first, less what its shape has changed by: a hand that bounces or
slides repeats its letter, one on its way to another letter does not. In a new segment it is again
how far the hand has moved, for the last letter may have been another hand's. Where a digit and a
letter have one handshape, the letter is as probable as both, and after a digit the digit is. With a
language model, a character c after the text h scores, on top, ``weight * (log p(c | h) + mean cost
of a character)``: a character as likely as usual scores 0, so the language model chooses between
characters and does not shorten the text.

What is promised:

- The search itself is exact up to its pruning: the beams' probabilities are sums over all
  alignments, and with a wide beam its best text is the likeliest. The one exception is the cost of
  a character on a still hand, which is that of the likeliest alignment before it.
- It commits early. A character is committed, and never changes again, once the best beam and all
  its rivals agree on it and have left it; a rival is a beam at least a tenth as probable as the
  best. A character left longer than 0.4 s ago is committed too, and so is the oldest when more
  than 12 are open: what happened then does not become clearer by waiting. Beams that disagree with
  the committed text are dropped, so memory and time per tick stay constant.
- So `BeamDecoder.chars` is the likeliest text over the alignments that agreed, at every tick, with
  the text committed by then, not over all alignments. A dropped alignment was less than a tenth as
  probable as the best when it was dropped. Later ticks or the language model may still have
  favoured it: then a likelier text than the one returned exists. That is the price of showing
  stable text within a tick or two.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from edge.recognize.contracts import Motion
from edge.recognize.expect import TWINS
from edge.recognize.hypothesis import Char
from edge.recognize.language_model import MAX_CONTEXT, CharacterLM

_Labels = list[tuple[int, float]]
"""Classes with their log-probabilities."""
_NEVER = -math.inf
_MIN_LABEL = math.log(1e-3)
"""A label below this log-probability opens no beam."""
_MIN_BEAM = math.log(1e-4)
"""A beam is kept while it is this probable relative to the best."""
_MIN_RIVAL = math.log(0.1)
"""A beam this probable relative to the best keeps text open."""
_COMMIT_AFTER_S = 0.4
"""A character left this long ago is committed, rivals or not."""
_MOVED = 0.25
"""Palm lengths after which a hand may be in another character. Chosen on drawn hands that move and
on real single letters: between 0.15 and 0.3 little changes."""
_MAX_OPEN = 12
"""Characters that may be open at once; if there are more, the best beam's oldest are committed."""


class Moving:
    """A `Motion` of a hand of which nothing is known: it has always moved."""

    def furthest(self, since: float) -> float:
        return math.inf

    def changed(self, since: float) -> float:
        return 0.0


MOVING = Moving()


@dataclass(frozen=True, slots=True)
class DecoderCosts:
    """Log-probabilities added to a beam's score; 0 costs nothing.

    The defaults were chosen on the development split of the training signers and on rendered texts
    that are not the reported ones; a bundle has its own.

    Attributes:
        insertion_penalty: of any character but one that repeats the last.
        repeat_penalty: of one that repeats the last.
        digit_penalty: of a digit that does not follow a digit, on top: many a single K looks like
            a 3, and an F like a 9.
        blank_bias: of a tick without a character: where several characters compete, each of them
            may be less likely than blank.
        still_penalty: of a character that begins although the hand has not moved at all since the
            one before; half of it where it has moved half of `_MOVED`.
    """

    insertion_penalty: float = math.log(0.5)
    repeat_penalty: float = math.log(0.15)
    digit_penalty: float = 0.0
    blank_bias: float = 0.0
    still_penalty: float = math.log(1e-3)

    @staticmethod
    def of(probabilities: Mapping[str, float]) -> DecoderCosts:
        """From the keys of a bundle's table ``[decoding]``; the default for each that is missing.

        Raises:
            ValueError: a value is not above 0 and at most 1.
        """
        chosen = {_FIELDS[key]: float(p) for key, p in probabilities.items() if key in _FIELDS}
        if not all(0 < p <= 1 for p in chosen.values()):
            raise ValueError("[decoding]")
        return replace(DecoderCosts(), **{field: math.log(p) for field, p in chosen.items()})

    def probabilities(self) -> dict[str, float]:
        """By the keys of a bundle's table ``[decoding]``."""
        return {key: round(math.exp(getattr(self, field)), 4) for key, field in _FIELDS.items()}


_FIELDS = {
    "insertion": "insertion_penalty",
    "repeat": "repeat_penalty",
    "digit": "digit_penalty",
    "blank": "blank_bias",
    "still": "still_penalty",
}


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


class BeamDecoder:
    """Turns the model's log-probabilities, tick by tick, into characters.

    Args:
        alphabet: ``alphabet[i]`` is the character of class i + 1; class 0 is blank.
        width: beams kept. 1 is greedy: the likeliest label of every tick, whatever the costs and
            the language model.
        costs: of characters and blanks.
        language_model: over the same alphabet, or None.
        weight: of the language model's scores relative to the model's log-probabilities.

    Attributes:
        digits_only: only digits are expected, which makes them no less likely than letters: neither
            the digit penalty nor the language model counts.
        gain: nats that the score of the best text gained in the last step.

    Raises:
        ValueError: the language model is over another alphabet.
    """

    def __init__(
        self,
        alphabet: str,
        width: int = 6,
        costs: DecoderCosts | None = None,
        language_model: CharacterLM | None = None,
        weight: float = 0.0,
    ) -> None:
        if language_model and language_model.alphabet != alphabet:
            raise ValueError("the language model is over another alphabet")
        self._alphabet = alphabet
        self._width = width
        self._costs = costs or DecoderCosts()
        if width == 1:
            self._costs = DecoderCosts(0.0, 0.0, still_penalty=0.0)
        pairs = [
            (letter, digit) for digit, letter in TWINS.items() if {letter, digit} <= set(alphabet)
        ]
        self._letters = [alphabet.index(letter) + 1 for letter, _ in pairs]
        self._twins = [alphabet.index(digit) + 1 for _, digit in pairs]
        self._digits = {k for k, char in enumerate(alphabet, 1) if char.isdigit()}
        self._language_model = language_model if weight and width > 1 else None
        self._weight = weight
        self.digits_only = False
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self._committed: list[Char] = []
        self._last: Char | None = None
        self._context = " "
        self.gain = 0.0
        self._beams: dict[str, _Beam] = {"": _Beam(0.0, _NEVER, ())}

    @property
    def chars(self) -> tuple[Char, ...]:
        """The best text so far; the first `stable` characters will not change."""
        return (*self._committed, *self._best().chars)

    @property
    def plain(self) -> tuple[Char, ...]:
        """That of `chars`: no list of words is known here."""
        return self.chars

    @property
    def stable(self) -> int:
        """How many characters are committed."""
        return len(self._committed)

    @property
    def alphabet(self) -> str:
        """The characters that can be read."""
        return self._alphabet

    @property
    def costs(self) -> DecoderCosts:
        """Those in use."""
        return self._costs

    @property
    def held(self) -> str:
        """The last character, taken or not, while it is still seen; else empty."""
        best = self._best()
        last = best.chars[-1] if best.chars else self._last
        return last.text if last and best.label > best.blank else ""

    def step(self, log_probs: NDArray[np.float32], time: float, motion: Motion = MOVING) -> None:
        """One tick: ``log_probs`` [1 + len(alphabet)] of what was seen at ``time`` seconds.

        Args:
            motion: of the hand until then.
        """
        grown: dict[str, _Beam] = {}
        if not self._costs.still_penalty:
            motion = MOVING  # what it did costs nothing: it need not be measured
        blank, alone, in_number = self._candidates(log_probs)
        moved = cache(lambda char: motion.furthest(char.end))
        back = cache(lambda char: _back(motion, (char.start + char.end) / 2))
        for text, beam in self._beams.items():
            self._merge(grown, text, _Beam(beam.total + blank, _NEVER, beam.chars))
            last = beam.chars[-1] if beam.chars else self._last
            number = self.digits_only or (text or self._context)[-1].isdigit()
            labels = in_number if number else alone
            scores = self._language_scores(text) if labels else None
            digit_penalty = 0.0 if number else self._costs.digit_penalty
            for k, p in labels:
                symbol = self._alphabet[k - 1]
                if last and symbol == last.text:
                    held = _Beam(_NEVER, beam.label + p, _extended(beam, time, p))
                    self._merge(grown, text, held)
                    away = back(last) if beam.chars or self._committed else moved(last)
                    total = beam.blank + self._costs.repeat_penalty + self._still(away)
                else:
                    total = beam.total + self._costs.insertion_penalty
                    total += self._still(moved(last)) if last else 0.0
                digit = digit_penalty if k in self._digits else 0.0
                total += p + digit
                if scores is not None:
                    total += float(scores[k - 1])
                chars = (*beam.chars, Char(symbol, time, time, math.exp(p)))
                self._merge(grown, text + symbol, _Beam(_NEVER, total, chars))
        best = sorted(grown.items(), key=lambda item: -item[1].total)[: self._width]
        self.gain = top = best[0][1].total
        self._beams = {
            text: _Beam(beam.blank - top, beam.label - top, beam.chars)
            for text, beam in best
            if beam.total - top > _MIN_BEAM
        }
        self._commit(time)

    def draft(
        self, log_probs: NDArray[np.float32], time: float, motion: Motion = MOVING
    ) -> tuple[Char, ...]:
        """What `chars` would be after this `step`; changes nothing."""
        kept = self._committed, self._last, self._context, self._beams, self.gain
        self.step(log_probs, time, motion)
        chars = self.chars
        self._committed, self._last, self._context, self._beams, self.gain = kept
        return chars

    def take(self) -> tuple[Char, ...]:
        """End the segment: return the best text and remove it.

        A label that is still seen goes on silently; it is not read a second time.
        """
        best = self._best()
        self._beams = {"".join(char.text for char in best.chars): best}
        self._move(len(best.chars))
        taken, self._committed = tuple(self._committed), []
        self._context = " "
        return taken

    def _candidates(self, log_probs: NDArray[np.float32]) -> tuple[float, _Labels, _Labels]:
        """The score of blank, and the labels that may open a beam: of one that ends in no digit,
        of one that does."""
        if self._width == 1:
            best = int(log_probs.argmax())
            p = float(log_probs[best])
            labels = [(best, p)] if best else []
            return _NEVER if best else p, labels, labels
        blank = float(log_probs[0]) + self._costs.blank_bias
        both = np.logaddexp(log_probs[self._letters], log_probs[self._twins])
        return blank, _labels(log_probs, self._letters, both), _labels(log_probs, self._twins, both)

    def _still(self, distance: float) -> float:
        """What a character costs on a hand that is or was ``distance`` away."""
        return self._costs.still_penalty * max(0.0, 1 - distance / _MOVED)

    def _language_scores(self, text: str) -> NDArray[np.float32] | None:
        """What the language model adds to each character after the committed text and ``text``."""
        if self._language_model is None or self.digits_only:
            return None
        return self._weight * self._language_model.scores(self._context + text)

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

    def _commit(self, now: float) -> None:
        """Commit the characters that the best beam and its rivals share and have left."""
        best = self._best()
        rivals = {t: b for t, b in self._beams.items() if b.total > best.total + _MIN_RIVAL}
        text = next(t for t, b in rivals.items() if b is best)
        shared = 0
        while all(len(t) > shared and t[shared] == text[shared] for t in rivals):
            shared += 1
        # The last label of a prefix is open while its beam may still go on in it.
        if any(len(t) == shared and b.label > b.blank + _MIN_RIVAL for t, b in rivals.items()):
            shared -= 1
        shared = max(0, shared, len(text) - _MAX_OPEN)
        while shared < len(text) and best.chars[shared].end < now - _COMMIT_AFTER_S:
            shared += 1
        if shared > 0:
            self._beams = {t: b for t, b in self._beams.items() if t[:shared] == text[:shared]}
            self._move(shared)

    def _move(self, count: int) -> None:
        """Move the first ``count`` characters, which all beams share, to the committed text."""
        moved = self._best().chars[:count]
        if moved:
            self._committed = [*self._committed, *moved]
            self._last = moved[-1]
            self._context = (self._context + "".join(c.text for c in moved))[-MAX_CONTEXT:]
        self._beams = {
            text[count:]: replace(beam, chars=beam.chars[count:])
            for text, beam in self._beams.items()
        }


def _labels(log_probs: NDArray[np.float32], classes: list[int], p: NDArray[np.float32]) -> _Labels:
    """Those of ``log_probs`` that may open a beam, where ``p`` are those of ``classes``."""
    replaced = log_probs.copy()
    replaced[classes] = p
    return [(int(k), float(replaced[k])) for k in np.flatnonzero(replaced > _MIN_LABEL) if k]


def _back(motion: Motion, since: float) -> float:
    """How far the hand has been away, or is elsewhere, in the shape that it had."""
    return max(0.0, motion.furthest(since) - motion.changed(since))


def _extended(beam: _Beam, time: float, p: float) -> tuple[Char, ...]:
    """The characters of ``beam``, the last one still seen at ``time``."""
    if not beam.chars:
        return beam.chars
    last = beam.chars[-1]
    held = replace(last, end=time, confidence=max(last.confidence, math.exp(p)))
    return (*beam.chars[:-1], held)
