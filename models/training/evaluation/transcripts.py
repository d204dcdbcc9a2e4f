"""Transcripts: samples as a model and a decoder read them, with times and confidences."""

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
from models.training.evaluation.inference import Predictor
from models.training.evaluation.metrics import Reading, align, since
from models.training.evaluation.samples import Sample
from models.training.evaluation.stepping import LOOK_AHEAD, stepped

_BATCH = 32

Decoders = dict[str, BeamDecoder]
"""Decoders by name."""


@dataclass(frozen=True)
class Transcript:
    """One sample, read and decoded.

    Attributes:
        chars: the characters read, without spaces at the ends; times in seconds from the start of
            the sample, delayed by the look-ahead.
        stable_s: seconds from the start after which each of ``chars`` no longer changes.
    """

    sample: Sample
    chars: tuple[Char, ...]
    stable_s: tuple[float, ...]

    @property
    def reading(self) -> Reading:
        text = "".join(char.text for char in self.chars)
        return Reading(self.sample.truth, text, self.sample.signer, self.sample.speed)

    def right(self) -> list[bool]:
        """Of each of ``chars``, whether it is one that was spelled."""
        reading = self.reading
        return [e.kind == "match" for e in align(reading.truth, reading.read) if e.read]

    def delays_s(self) -> list[float]:
        """Seconds from the end of each correctly read letter until it was stable in the text."""
        spans, stable = iter(self.sample.spans), iter(self.stable_s)
        out = []
        for edit in align(self.sample.truth, self.reading.read):
            span = next(spans) if edit.truth else None
            when = next(stable) if edit.read else math.nan
            if edit.kind == "match" and span and edit.truth != " ":
                out.append(when - span[2] / RATE)
        return out


def make_decoders(
    alphabet: str,
    costs: DecoderCosts | None = None,
    language_model: CharacterLM | None = None,
    weight: float = 0.0,
) -> Decoders:
    """A greedy decoder, a beam search, and one with ``language_model`` where there is one."""
    out = {"greedy": BeamDecoder(alphabet, 1), "beam": BeamDecoder(alphabet, costs=costs)}
    if language_model:
        out["lm"] = BeamDecoder(alphabet, costs=costs, language_model=language_model, weight=weight)
    return out


def transcribe(
    predictor: Predictor,
    samples: Iterable[Sample],
    decoders: Decoders,
    on_sample: Callable[[], None] = lambda: None,
    look_ahead: int = LOOK_AHEAD,
) -> dict[str, list[Transcript]]:
    """Every sample by every decoder; ``on_sample`` is called after each one.

    ``look_ahead`` is that of the model, in ticks.

    Only samples of the same length are read together: nothing is padded, because a model
    with the full context would read the padding too.
    """
    out: dict[str, list[Transcript]] = {name: [] for name in decoders}
    for _, alike in groupby(samples, lambda sample: len(sample.features)):
        while batch := list(islice(alike, _BATCH)):
            predicted = predictor(np.stack([sample.features for sample in batch]))
            for sample, log_probs in zip(batch, predicted, strict=True):
                for name, decoder in decoders.items():
                    out[name].append(decode_sample(decoder, log_probs, sample, look_ahead))
                on_sample()
    return out


def decode_sample(
    decoder: BeamDecoder, log_probs: Floats, sample: Sample, look_ahead: int = LOOK_AHEAD
) -> Transcript:
    """``log_probs`` [T, symbols] of ``sample``, decoded as live."""
    steps = stepped(decoder, log_probs, sample.features, look_ahead)
    texts = ["".join(char.text for char in decoder.chars) for _ in steps]
    chars = decoder.chars
    stable_s = [n / RATE for n in since(texts)]
    kept = np.flatnonzero([char.text != " " for char in chars])
    part = slice(kept[0], kept[-1] + 1) if len(kept) else slice(0, 0)
    return Transcript(sample, chars[part], tuple(stable_s[part]))
