"""Landmarks -> hypotheses: ticks, features, the model's step, the decoder, and the endpoints."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import cast

import numpy as np

from edge.config import Expect
from edge.landmarks.hand import Landmarks
from edge.recognize.contracts import (
    Decoder,
    FeatureExtractor,
    Floats,
    Model,
    Motion,
    WeighingDecoder,
)
from edge.recognize.expect import Expectation
from edge.recognize.hand_choice import HandChoice
from edge.recognize.hypothesis import Char, Hypothesis
from edge.recognize.resample import MAX_STALL_S, Resampler, Tick
from edge.recognize.segment import MAX_SEGMENT_FRAMES, select
from edge.recognize.transit import Transit
from edge.recognize.travel import Travel
from edge.recognize.words import Vocabulary, WordDecoder

MAX_SEGMENT_CHARS = 200
"""A segment of this many characters ends, so that no text grows without bound."""
HELD = 0.25
"""Palm lengths from its pose at the end of a letter within which the hand still holds it. A loose
hand is further from every letter of the drawn hands."""
MAX_HOLD_RESTS = 3
"""A letter that began this many times ``rest_s`` ago ends the segment, though its pose is held:
that hand does not spell."""
MIN_DRAFT_CONFIDENCE = 0.5
"""A letter is shown a tick early if the hand holding still would make it at least this likely.

Chosen on rendered texts that are in no reported figure: one letter of 257 was withdrawn, and
between 0.2 and 0.65 the median delay moves by 5 ms.
"""


@dataclass(frozen=True)
class EndpointConfig:
    """When a segment ends.

    Attributes:
        absent_s: seconds without a hand.
        rest_s: seconds without a letter, and not in the pose of the last one.
    """

    absent_s: float = 0.5
    rest_s: float = 3.0


class Recognizer:
    """Reads one stream of landmarks.

    Attributes:
        endpoint: when a segment ends; may be replaced between two frames.
    """

    def __init__(
        self,
        model: Model,
        features: FeatureExtractor,
        decoder: Decoder,
        endpoint: EndpointConfig | None = None,
        *,
        expect: Expect = "any",
        words: Vocabulary | None = None,
        keep_landmarks: bool = False,
    ) -> None:
        """
        Args:
            model: takes ``features.width`` features, ``features.rate`` times a second.
            decoder: one over the model's alphabet; what it has read is forgotten.
            expect: what is spelled.
            words: that may be spelled; None for none. The decoder must be a `WeighingDecoder` then.
            keep_landmarks: finals carry the landmarks they were read from.

        Raises:
            ValueError: the model wants another rate.
        """
        if model.rate != features.rate:
            raise ValueError(
                f"the model takes {model.rate:g} ticks a second, not {features.rate:g}"
            )
        self._model = model
        self._features = features
        self._without_words = decoder
        self._decoder = _with_words(decoder, words)
        self._words = words
        self._expectation = Expectation(expect, model.alphabet)
        decoder.reset()
        decoder.digits_only = expect == "digits"
        self.endpoint = endpoint or EndpointConfig()
        self._transit = Transit(model.alphabet)
        self._choice = HandChoice()
        self._resampler = Resampler(features)
        self._travel = Travel(features)
        self._absent = np.zeros(features.shape, np.float32)
        self._frames: deque[Landmarks] | None = None
        if keep_landmarks:
            # One more than a segment may have, to know that there were more.
            self._frames = deque(maxlen=MAX_SEGMENT_FRAMES + 1)
        self._segment = 1
        self._published: tuple[str, int, str] = ("", 0, "")
        self._previous: Tick | None = None
        self._last_present_s = self._held_s = 0.0
        self._latest: Landmarks | None = None

    @property
    def alphabet(self) -> str:
        """The characters that can be read."""
        return self._model.alphabet

    @property
    def words(self) -> Vocabulary | None:
        """The words that are known; None for none."""
        return self._words

    def expect(self, expect: Expect) -> list[Hypothesis]:
        """End the open segment, and read only this from now on; nothing where it is so already.

        Returns:
            As `finish`. Where the alphabet has nothing of what is expected, nothing will be read.
        """
        if expect == self._expectation.expect:
            return []
        changed = self.finish()
        self._expectation = Expectation(expect, self._model.alphabet)
        self._decoder.digits_only = expect == "digits"
        return changed

    def use_words(self, words: Vocabulary | None) -> list[Hypothesis]:
        """End the open segment, and know these words from now on.

        Returns:
            As `finish`.
        """
        changed = self.finish()
        self._words = words
        self._decoder = _with_words(self._without_words, words)
        return changed

    def push(self, landmarks: Landmarks) -> list[Hypothesis]:
        """The hypotheses that changed with this frame, in order.

        The hand that was read is read on, else the largest. Another hand begins a new segment, and
        the model sees nothing of the one before.
        """
        changed: list[Hypothesis] = []
        choice = self._choice.push(landmarks)
        latest = self._latest
        if choice.begins or (latest and not 0 < landmarks.time - latest.time <= MAX_STALL_S):
            changed += self.finish()
        self._latest = landmarks
        if self._frames is not None:
            self._frames.append(landmarks)
        if choice.hand:
            ticks = self._resampler.push(landmarks, choice.hand.hand.track)
        else:  # there may be one that is not to be read
            ticks = self._resampler.push(replace(landmarks, hands=()))
        for tick in ticks:
            changed += self._step(tick)
        return changed

    def finish(self) -> list[Hypothesis]:
        """The stream has ended or stalled: the last segment's final, if any.

        Afterwards another stream may begin; the numbers of its segments go on.
        """
        changed: list[Hypothesis] = []
        tick = self._previous
        if tick is not None:
            period = 1 / self._features.rate
            for k in range(1, self._model.look_ahead + 2):
                changed += self._step(Tick(tick.time + k * period, self._absent, False))
            changed += self._end()
        self._model.reset()
        self._decoder.reset()
        self._resampler = Resampler(self._features)
        self._travel = Travel(self._features)
        self._previous = self._latest = None
        if self._frames is not None:
            self._frames.clear()
        return changed

    def _step(self, tick: Tick) -> list[Hypothesis]:
        before = self._previous
        if before is None or before.mirrored != tick.mirrored:
            before = Tick(tick.time, self._absent, False)
        self._previous = tick
        features = self._features.encode(
            np.stack([before.points, tick.points]), np.array([before.present, tick.present])
        )[-1]
        log_probs = self._expectation(self._model.step(features))
        self._travel.see(tick)
        self._decoder.step(*self._answered(log_probs, tick.time))
        if tick.present:
            self._last_present_s = tick.time
            chars = self._evidence
            if chars and self._travel.furthest(chars[-1].end, tick.time) < HELD:
                self._held_s = tick.time
        changed = self._partial(self._drafted(tick))
        if self._is_over(tick.time):
            changed += self._end()
        return changed

    @property
    def _evidence(self) -> tuple[Char, ...]:
        """Characters that were seen, be they in the text or not: a closed list may have none."""
        return self._decoder.plain or self._decoder.chars

    def _is_over(self, now: float) -> bool:
        chars = self._evidence
        if not chars:
            return False
        last = chars[-1]
        return (
            now - self._last_present_s >= self.endpoint.absent_s
            or now - max(last.end, self._held_s) >= self.endpoint.rest_s
            or now - last.start >= self.endpoint.rest_s * MAX_HOLD_RESTS
            or len(chars) >= MAX_SEGMENT_CHARS
        )

    def _answered(self, log_probs: Floats, now: float) -> tuple[Floats, float, Motion]:
        """What the model answers at ``now``, of which time, and what the hand did until then."""
        answered = now - self._model.look_ahead / self._features.rate
        log_probs = self._transit(log_probs, self._travel.speed(answered))
        return log_probs, answered, self._travel.until(answered)

    def _drafted(self, tick: Tick) -> tuple[Char, ...]:
        """The text so far, with the letter that comes next if the hand holds still for a tick."""
        chars = self._decoder.chars
        if not tick.present:
            return chars
        still = self._features.encode(np.stack([tick.points, tick.points]), np.array([True, True]))[
            -1
        ]
        log_probs = self._model.draft(still)
        if log_probs is None:
            return chars
        next_tick = tick.time + 1 / self._features.rate
        drafted = self._decoder.draft(*self._answered(self._expectation(log_probs), next_tick))
        longer = len(drafted) == len(chars) + 1 and all(
            a.text == b.text for a, b in zip(chars, drafted, strict=False)
        )
        return drafted if longer and drafted[-1].confidence >= MIN_DRAFT_CONFIDENCE else chars

    def _partial(self, best: tuple[Char, ...]) -> list[Hypothesis]:
        chars = _unspaced(best)
        leading = len(best) - len(chars)
        hypothesis = self._hypothesis(
            chars,
            max(0, self._decoder.stable - leading),
            final=False,
            plain=_unspaced(self._decoder.plain),
        )
        shown = (hypothesis.text, hypothesis.stable, hypothesis.plain or "")
        if shown == self._published:
            return []
        self._published = shown
        return [hypothesis]

    def _end(self) -> list[Hypothesis]:
        plain = _stripped(self._decoder.plain)
        chars = _stripped(self._decoder.take())
        self._published = ("", 0, "")
        if not (chars or plain):
            return []
        final = self._hypothesis(chars, len(chars), final=True, plain=plain)
        self._segment += 1
        return [final]

    def _hypothesis(
        self, chars: tuple[Char, ...], stable: int, final: bool, plain: tuple[Char, ...]
    ) -> Hypothesis:
        assert self._latest is not None
        time, captured = self._latest.time, self._latest.captured
        landmarks: tuple[Landmarks, ...] = ()
        truncated = False
        if final and self._frames is not None:
            landmarks, truncated = select(self._frames, (*chars, *plain)[0].start)
        return Hypothesis(
            self._segment,
            chars,
            stable,
            final,
            time,
            captured,
            "".join(char.text for char in plain) if self._words else None,
            landmarks,
            truncated,
        )


def _with_words(decoder: Decoder, words: Vocabulary | None) -> Decoder:
    return WordDecoder(cast(WeighingDecoder, decoder), words) if words else decoder


def _unspaced(chars: tuple[Char, ...]) -> tuple[Char, ...]:
    """``chars`` without leading spaces: a segment begins with a letter."""
    first = next((i for i, char in enumerate(chars) if char.text != " "), len(chars))
    return chars[first:]


def _stripped(chars: tuple[Char, ...]) -> tuple[Char, ...]:
    """The same, without trailing spaces too."""
    chars = _unspaced(chars)
    while chars and chars[-1].text == " ":
        chars = chars[:-1]
    return chars
