"""Samples read and decoded: what was said, when, and how sure."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby, islice

import numpy as np

from edge.recognize.decode import BeamDecoder, DecoderCosts
from edge.recognize.hand_features import RATE
from edge.recognize.hypothesis import Char
from edge.recognize.language_model import CharacterLM
from models.training.data.hands import Floats
from models.training.evaluation.metrics import Reading, align, since
from models.training.evaluation.readers import Reader
from models.training.evaluation.samples import Sample

_BATCH = 32

Ways = dict[str, BeamDecoder]
"""Ways to decode, by name."""


@dataclass(frozen=True)
class Heard:
    """One sample, read and decoded.

    Attributes:
        chars: what was said, spaces at the ends left out; times in seconds from the start of
            the sample, late by the look-ahead.
        shown: seconds after which each of ``chars`` stands where it is for good.
    """

    sample: Sample
    chars: tuple[Char, ...]
    shown: tuple[float, ...]

    @property
    def reading(self) -> Reading:
        text = "".join(char.text for char in self.chars)
        return Reading(self.sample.truth, text, self.sample.signer, self.sample.speed)

    def right(self) -> list[bool]:
        """Of each of ``chars``, whether it is one that was spelled."""
        reading = self.reading
        return [e.kind == "match" for e in align(reading.truth, reading.read) if e.read]

    def late(self) -> list[float]:
        """Seconds from the end of each letter that was read right until it was said."""
        spans, shown = iter(self.sample.spans), iter(self.shown)
        out = []
        for edit in align(self.sample.truth, self.reading.read):
            span = next(spans) if edit.truth else None
            when = next(shown) if edit.read else math.nan
            if edit.kind == "match" and span and edit.truth != " ":
                out.append(when - span[2] / RATE)
        return out


def ways(
    alphabet: str,
    costs: DecoderCosts | None = None,
    language_model: CharacterLM | None = None,
    weight: float = 0.0,
) -> Ways:
    """Greedy, the beam, and the beam with ``language_model`` where there is one."""
    out = {"greedy": BeamDecoder(alphabet, 1), "beam": BeamDecoder(alphabet, costs=costs)}
    if language_model:
        out["prior"] = BeamDecoder(
            alphabet, costs=costs, language_model=language_model, weight=weight
        )
    return out


def hear(
    reader: Reader,
    samples: Iterable[Sample],
    decoders: Ways,
    done: Callable[[], None] = lambda: None,
) -> dict[str, list[Heard]]:
    """Every sample by every way; ``done`` is called after each sample.

    Only samples of the same length are read together: nothing is padded, for what reads with the
    full context would read the padding too.
    """
    out: dict[str, list[Heard]] = {name: [] for name in decoders}
    for _, alike in groupby(samples, lambda sample: len(sample.features)):
        while batch := list(islice(alike, _BATCH)):
            scores = reader(np.stack([sample.features for sample in batch]))
            for sample, log_probs in zip(batch, scores, strict=True):
                for name, decoder in decoders.items():
                    out[name].append(decoded(decoder, log_probs, sample))
                done()
    return out


def decoded(decoder: BeamDecoder, log_probs: Floats, sample: Sample) -> Heard:
    """``log_probs`` [T, symbols] of ``sample``, decoded as live."""
    decoder.reset()
    texts = []
    for n, tick in enumerate(log_probs):
        decoder.step(tick, n / RATE)
        texts.append("".join(char.text for char in decoder.chars))
    chars = decoder.chars
    shown = [n / RATE for n in since(texts)]
    kept = np.flatnonzero([char.text != " " for char in chars])
    part = slice(kept[0], kept[-1] + 1) if len(kept) else slice(0, 0)
    return Heard(sample, chars[part], tuple(shown[part]))
