"""The second reading: a whole segment once more, with all of its context, and how sure it is.

A beam search over the decoder finds a few texts; each is scored once more from its end and tick by
tick (CTC), and the best of all three is the text. When each character was shown is the likeliest
path of CTC through it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from edge.config import Expect
from edge.recognize import registry
from edge.recognize.contracts import FeatureExtractor, Floats
from edge.recognize.ctc import log_probability, spans
from edge.recognize.expect import Expectation
from edge.recognize.hand_choice import HandChoice
from edge.recognize.hypothesis import Char
from edge.recognize.resample import Resampler, Tick
from edge.recognize.second_model import END, Network, Seen
from edge.recognize.segment import Segment

if TYPE_CHECKING:
    from edge.landmarks.hand import Landmarks

Bias = Callable[[str], Floats]
"""What is added to the scores of what may follow a text: [1 + characters], its end first."""
MIN_TICKS = 4
_AWAY_S = 0.3
"""A hand that was away so long before the first character came for another text."""
_LEAD_S, _TAIL_S = 0.15, 0.5
"""Without a hand that are kept before and after."""
_NEVER = np.float32(-1e9)


@dataclass(frozen=True, slots=True)
class SecondReading:
    """A segment, read once more.

    Attributes:
        chars: with seconds on the source's time line; none where nothing is spelled.
        confidence: 0-1, of the whole text.
    """

    chars: tuple[Char, ...]
    confidence: float

    @property
    def text(self) -> str:
        return "".join(char.text for char in self.chars)


@dataclass(frozen=True, slots=True)
class _Text:
    symbols: tuple[int, ...]
    scores: tuple[float, ...]
    """Log-probability of each, and of the end."""

    @property
    def total(self) -> float:
        return sum(self.scores)


class SecondReader:
    """Reads segments; keeps nothing from one to the next.

    Args:
        features: what the network takes.
        expect: what is spelled; may be set between two segments.
        bias: words that are likely; None: none are.
    """

    def __init__(
        self,
        network: Network,
        features: FeatureExtractor,
        expect: Expect = "any",
        bias: Bias | None = None,
    ) -> None:
        self._network, self._features, self.bias = network, features, bias
        self.expect(expect)

    def expect(self, expect: Expect) -> None:
        """Read only this from now on."""
        self._expectation = Expectation(expect, self._network.alphabet)

    def read(self, segment: Segment) -> SecondReading | None:
        """``segment`` read once more; None where it is too short or too long to be, or its frames
        were not kept."""
        if not segment.landmarks or segment.truncated:
            return None
        chars = segment.hypothesis.chars
        ticks = self._ticks(segment.landmarks, chars[0].start if chars else None)
        if not MIN_TICKS <= len(ticks) <= self._network.sizes.windows[-1]:
            return None
        points = np.stack([tick.points for tick in ticks])
        rows = self._features.encode(points, np.array([tick.present for tick in ticks]))
        return self.read_features(rows, [tick.time for tick in ticks])

    def read_features(self, rows: Floats, times: Sequence[float]) -> SecondReading | None:
        """``rows`` [T, width] of ticks at ``times``; None where no text comes to its end."""
        seen = self._network.see(rows)
        seen = replace(seen, ticks=self._expected(seen.ticks))
        texts, sure = self._search(seen)
        if not texts:
            return None
        totals = self._totals(texts, seen)
        best = int(np.argmax(totals))
        text, total = texts[best], totals[best]
        held = spans(seen.ticks, text.symbols)
        chars = tuple(
            Char(self._network.alphabet[symbol - 1], times[first], times[last], math.exp(score))
            for symbol, score, (first, last) in zip(text.symbols, text.scores, held, strict=False)
        )
        return SecondReading(chars, self._confidence(total, sure))

    def _confidence(self, total: float, sure: float) -> float:
        if not (learned := self._network.sizes.sure):
            return math.exp(min(0.0, total))
        first, of_model, of_text = learned
        logit = first + of_model * sure + of_text * total
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))

    def _ticks(self, frames: Sequence[Landmarks], start: float | None) -> list[Tick]:
        """The ticks that spell: from where the hand last came before ``start``."""
        resampler, choice = Resampler(self._features), HandChoice()
        ticks: list[Tick] = []
        for frame in frames:
            chosen = choice.push(frame)
            if chosen.hand:
                ticks += resampler.push(frame, chosen.hand.hand.track)
            else:
                ticks += resampler.push(replace(frame, hands=()))
        there = [n for n, tick in enumerate(ticks) if tick.present]
        if not there:
            return []
        first, rate = there[0], self._features.rate
        for before, after in pairwise(there):
            if start is not None and ticks[after].time > start:
                break
            if ticks[after].time - ticks[before].time >= _AWAY_S:
                first = after
        begin = max(0, first - round(_LEAD_S * rate))
        return ticks[begin : there[-1] + 1 + round(_TAIL_S * rate)]

    def _search(self, seen: Seen) -> tuple[list[_Text], float]:
        """Texts that came to their end, best first, and how sure the model is of itself."""
        network, sizes = self._network, self._network.sizes
        state, sure = network.nothing(), 0.0
        symbols = np.full(sizes.beams, 1 + len(network.alphabet), np.int32)
        open_, done = [_Text((), ())], list[_Text]()
        weights = [0.0]  # with what the bias adds
        ended: list[float] = []
        for place in range(sizes.characters + 1):
            scores, logit, state = network.step(symbols, place, seen, state)
            sure = logit if place == 0 else sure
            scores = self._expected(scores)
            biased = self._biased(scores, open_)
            for n, text in enumerate(open_):
                done.append(_Text(text.symbols, (*text.scores, float(scores[n, END]))))
                ended.append(weights[n] + float(biased[n, END]))
            if place == sizes.characters:
                break
            onward = np.array(weights)[:, None] + biased[: len(open_)]
            onward[:, END] = -np.inf
            best = np.argsort(onward, axis=None)[::-1][: sizes.beams]
            rows, chosen = np.unravel_index(best, onward.shape)
            if self.bias is None and max(ended) >= onward[rows[0], chosen[0]]:
                break  # what goes on only gets less likely
            weights = [float(onward[n, s]) for n, s in zip(rows, chosen, strict=True)]
            open_ = [
                _Text((*open_[n].symbols, int(s)), (*open_[n].scores, float(scores[n, s])))
                for n, s in zip(rows, chosen, strict=True)
            ]
            order = np.resize(rows, sizes.beams)
            state = tuple(one[order] for one in state)
            symbols = np.resize(chosen, sizes.beams).astype(np.int32)
        kept = sorted(range(len(done)), key=lambda n: -ended[n])[: sizes.beams]
        return [done[n] for n in kept if ended[n] > _NEVER / 2], sure

    def _expected(self, scores: Floats) -> Floats:
        """``scores`` [N, 1 + characters], as far as they are of what is expected."""
        return np.maximum(np.stack([self._expectation(row) for row in scores]), _NEVER)

    def _biased(self, scores: Floats, texts: list[_Text]) -> Floats:
        if self.bias is None:
            return scores
        alphabet = self._network.alphabet
        out = scores.copy()
        for n, text in enumerate(texts):
            out[n] += self.bias("".join(alphabet[s - 1] for s in text.symbols))
        return out

    def _totals(self, texts: list[_Text], seen: Seen) -> list[float]:
        """The score of each text: from its start, from its end, tick by tick."""
        sizes = self._network.sizes
        totals = np.array([sizes.forward * text.total for text in texts])
        if sizes.reversed:
            totals += sizes.reversed * np.array(self._from_the_end(texts, seen))
        if sizes.ctc:
            rows = [log_probability(seen.ticks, text.symbols) for text in texts]
            totals += sizes.ctc * np.array(rows)
        if self.bias is not None:
            totals += [self._bias_of(text) for text in texts]
        return totals.tolist()  # type: ignore[no-any-return]

    def _bias_of(self, text: _Text) -> float:
        assert self.bias is not None
        alphabet, total = self._network.alphabet, 0.0
        letters = "".join(alphabet[s - 1] for s in text.symbols)
        for n, symbol in enumerate((*text.symbols, END)):
            total += float(self.bias(letters[:n])[symbol])
        return total

    def _from_the_end(self, texts: list[_Text], seen: Seen) -> list[float]:
        network, beams = self._network, self._network.sizes.beams
        rows = [(*reversed(text.symbols), END) for text in texts]
        totals, state = [0.0] * len(rows), network.nothing()
        symbols = np.full(beams, 2 + len(network.alphabet), np.int32)
        for place in range(max(map(len, rows))):
            scores, _, state = network.step(symbols, place, seen, state)
            scores = self._expected(scores)
            for n, row in enumerate(rows):
                if place < len(row):
                    totals[n] += float(scores[n, row[place]])
                    symbols[n] = row[place]
        return totals


def open_second(name: str | Path, threads: int = 1, expect: Expect = "any") -> SecondReader:
    """A reader with the bundle called ``name``, or in that folder.

    Raises:
        ConfigError: there is none, it is damaged, or it is not of a second reader.
    """
    from edge.errors import ConfigError
    from edge.recognize import SECOND_READER, bundle
    from edge.recognize.second_model import SecondModel

    loaded = bundle.load(bundle.find(name))
    if loaded.kind != SECOND_READER:
        raise ConfigError(
            f"bundle {loaded.folder} is of kind {loaded.kind!r} and reads no segment again:"
            f" name one of kind {SECOND_READER!r}"
        )
    features = registry.features(loaded.features)
    return SecondReader(SecondModel(loaded, threads), features, expect)
