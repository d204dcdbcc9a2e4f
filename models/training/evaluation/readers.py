"""Readers turn landmarks into text: the whole recogniser, or a model and a decoder alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from edge.landmarks.hand import Landmarks
from edge.recognize.contracts import Model
from edge.recognize.decode import BeamDecoder
from edge.recognize.hand_features import HandFeatures
from edge.recognize.recognizer import Recognizer
from edge.recognize.resample import Resampler
from models.training.data.hands import Floats
from models.training.evaluation.inference import Predictor
from models.training.evaluation.stepping import LOOK_AHEAD, stepped

Frames = Sequence[Landmarks]
Reader = Callable[[Sequence[Frames]], list[str]]
"""Sequences of landmarks, each a stream of its own, to their texts."""

_BATCH_TICKS = 40_000


def through(recognizer: Recognizer) -> Reader:
    """The recogniser as it runs in the daemon; the finals of a stream are joined by spaces."""

    def text(frames: Frames) -> str:
        finals = [h for frame in frames for h in recognizer.push(frame) if h.final]
        finals += [h for h in recognizer.finish() if h.final]
        return " ".join(h.text for h in finals)

    return lambda streams: [text(frames) for frames in streams]


def alone(predictor: Predictor, decoder: BeamDecoder, look_ahead: int) -> Reader:
    """A predictor and a decoder, without an endpoint: faster, and what a checkpoint can do.

    It must be causal: short streams are filled up with ticks without a hand.

    Args:
        look_ahead: ticks without a hand that follow each stream, as in `Recognizer.finish`.
    """

    def read(streams: Sequence[Frames]) -> list[str]:
        rows = [features(frames) for frames in streams]
        order = sorted(range(len(rows)), key=lambda n: len(rows[n]))
        texts = [""] * len(rows)
        while order:
            longest = len(rows[order[-1]]) + look_ahead + 1
            size = max(1, _BATCH_TICKS // longest)
            order, batch = order[:-size], order[-size:]
            ticks = np.zeros((len(batch), longest, rows[batch[0]].shape[1]), np.float32)
            for row, n in zip(ticks, batch, strict=True):
                row[: len(rows[n])] = rows[n]
            for n, log_probs in zip(batch, predictor(ticks), strict=True):
                ticks_of = log_probs[: len(rows[n]) + look_ahead + 1]
                texts[n] = decoded(decoder, ticks_of, rows[n], look_ahead)
        return texts

    return read


def decoded(
    decoder: BeamDecoder, log_probs: Floats, features: Floats, look_ahead: int = LOOK_AHEAD
) -> str:
    """The text of ``log_probs`` [T, symbols] of ``features``, without spaces at its ends."""
    for _ in stepped(decoder, log_probs, features, look_ahead):
        pass
    return "".join(char.text for char in decoder.chars).strip()


def features(frames: Frames) -> Floats:
    """Features float32 [T, WIDTH] of the ticks that the recogniser makes of ``frames``."""
    extractor = HandFeatures()
    points, present = canonical_ticks(frames)
    return extractor.encode(points, present)


def canonical_ticks(frames: Frames) -> tuple[Floats, Floats]:
    """(canonical hands float32 [T, 21, 3], presence bool [T]) of the ticks of ``frames``."""
    resampler = Resampler(HandFeatures())
    ticks = [tick for frame in frames for tick in resampler.push(frame)]
    return np.stack([tick.points for tick in ticks]), np.array([tick.present for tick in ticks])


class Undrafted:
    """A model without drafts: the recogniser then reads the same finals in half the time."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self.alphabet, self.rate, self.look_ahead = model.alphabet, model.rate, model.look_ahead
        self.step, self.reset = model.step, model.reset

    def draft(self, features: Floats) -> None:
        """Nothing."""
        return None
