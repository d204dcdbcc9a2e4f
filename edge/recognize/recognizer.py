"""Landmarks -> hypotheses: ticks, features, the model's step, the decoder, and the segments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from edge.landmarks.hand import Landmarks
from edge.recognize.decode import Decoder
from edge.recognize.features import encode
from edge.recognize.hypothesis import Char, Hypothesis
from edge.recognize.resample import MAX_STALL_S, Resampler, Tick

# A segment of this many characters ends, so that no text grows without bound.
LONGEST_SEGMENT = 200
# A letter held for this many times `rest` ends the segment too: that hand does not spell.
HOLD = 3
# A letter is shown a tick early if the hand holding still would make it at least this likely.
# Chosen on rendered texts that are in no reported figure: one letter of 257 was taken back again,
# and between 0.2 and 0.65 the median delay moves by 5 ms.
DRAFTED = 0.5


class Model(Protocol):
    """What a streaming model promises; `edge.recognize.model.StreamingModel` keeps it.

    Attributes:
        alphabet: the character of class i + 1 is alphabet[i]; class 0 is CTC's blank.
        rate: ticks per second.
        look_ahead: ticks by which an answer is later than what it answers.
    """

    alphabet: str
    rate: float
    look_ahead: int

    def step(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Log-probabilities [1 + len(alphabet)] after one tick's ``features``."""

    def draft(self, features: NDArray[np.float32]) -> NDArray[np.float32] | None:
        """What `step` would answer, which is forgotten; None where that is not to be had."""

    def reset(self) -> None:
        """Forget all ticks."""


@dataclass(frozen=True)
class Ends:
    """When a segment ends: seconds without a hand, and seconds without a letter."""

    absent: float = 0.5
    rest: float = 3.0


class Recognizer:
    """Reads one stream of landmarks; ``decoder`` is one over the model's alphabet.

    Attributes:
        ends: when a segment ends; another may be put in its place between two frames.
    """

    def __init__(
        self, model: Model, ends: Ends | None = None, decoder: Decoder | None = None
    ) -> None:
        self._model = model
        self.ends = ends or Ends()
        self._resampler = Resampler(model.rate)
        self._decoder = decoder or Decoder(model.alphabet)
        self._segment = 1
        self._published: tuple[str, int] = ("", 0)
        self._previous: Tick | None = None
        self._seen = 0.0
        self._latest: Landmarks | None = None

    def push(self, landmarks: Landmarks) -> list[Hypothesis]:
        """The hypotheses that changed with this frame, in order."""
        changed: list[Hypothesis] = []
        if self._latest and not 0 < landmarks.time - self._latest.time <= MAX_STALL_S:
            changed += self.finish()
        self._latest = landmarks
        for tick in self._resampler.push(landmarks):
            changed += self._step(tick)
        return changed

    def finish(self) -> list[Hypothesis]:
        """The stream has ended or stalled: the last segment's final, if any. Starts anew."""
        changed: list[Hypothesis] = []
        tick = self._previous
        if tick is not None:
            period = 1 / self._model.rate
            for k in range(1, self._model.look_ahead + 2):
                absent = Tick(tick.time + k * period, np.zeros_like(tick.hand), False)
                changed += self._step(absent)
            changed += self._end()
        self._model.reset()
        self._decoder.reset()
        self._resampler = Resampler(self._model.rate)
        self._previous = self._latest = None
        return changed

    def _step(self, tick: Tick) -> list[Hypothesis]:
        before = self._previous or Tick(tick.time, np.zeros_like(tick.hand), False)
        self._previous = tick
        features = encode(
            np.stack([before.hand, tick.hand]), np.array([before.present, tick.present])
        )[-1]
        log_probs = self._model.step(features)
        self._decoder.step(log_probs, self._answered(tick.time))
        if tick.present:
            self._seen = tick.time
        changed = self._partial(self._ahead(tick))
        if self._over(tick.time):
            changed += self._end()
        return changed

    def _over(self, now: float) -> bool:
        chars = self._decoder.chars
        if not chars:
            return False
        last = chars[-1]
        return (
            now - self._seen >= self.ends.absent
            or now - last.end >= self.ends.rest
            or now - last.start >= self.ends.rest * HOLD
            or len(chars) >= LONGEST_SEGMENT
        )

    def _answered(self, now: float) -> float:
        """The time of what the model answers at ``now``."""
        return now - self._model.look_ahead / self._model.rate

    def _ahead(self, tick: Tick) -> tuple[Char, ...]:
        """The text so far, with the letter that comes next if the hand holds still for a tick."""
        chars = self._decoder.chars
        if not tick.present:
            return chars
        still = encode(np.stack([tick.hand, tick.hand]), np.array([True, True]))[-1]
        log_probs = self._model.draft(still)
        if log_probs is None:
            return chars
        drafted = self._decoder.draft(log_probs, self._answered(tick.time + 1 / self._model.rate))
        longer = len(drafted) == len(chars) + 1 and all(
            a.text == b.text for a, b in zip(chars, drafted, strict=False)
        )
        return drafted if longer and drafted[-1].confidence >= DRAFTED else chars

    def _partial(self, best: tuple[Char, ...]) -> list[Hypothesis]:
        chars = _unspaced(best)
        leading = len(best) - len(chars)
        hypothesis = self._hypothesis(chars, max(0, self._decoder.stable - leading), final=False)
        shown = (hypothesis.text, hypothesis.stable)
        if shown == self._published:
            return []
        self._published = shown
        return [hypothesis]

    def _end(self) -> list[Hypothesis]:
        chars = _unspaced(self._decoder.take())
        while chars and chars[-1].text == " ":
            chars = chars[:-1]
        self._published = ("", 0)
        if not chars:
            return []
        final = self._hypothesis(chars, len(chars), final=True)
        self._segment += 1
        return [final]

    def _hypothesis(self, chars: tuple[Char, ...], stable: int, final: bool) -> Hypothesis:
        assert self._latest is not None
        time, captured = self._latest.time, self._latest.captured
        return Hypothesis(self._segment, chars, stable, final, time, captured)


def _unspaced(chars: tuple[Char, ...]) -> tuple[Char, ...]:
    """``chars`` without leading spaces: a segment begins with a letter."""
    first = next((i for i, char in enumerate(chars) if char.text != " "), len(chars))
    return chars[first:]
