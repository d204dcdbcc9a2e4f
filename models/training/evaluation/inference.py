"""Predictors turn features into log-probabilities: a float model, a bundle or a step graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from edge.recognize.model import StreamingModel
from models.training.data.hands import Floats

if TYPE_CHECKING:
    from models.training.architecture import Form, Model

Predictor = Callable[[Floats], Floats]
"""Features float32 [B, T, WIDTH] to log-probabilities float32 [B, T, symbols]; each sequence starts
from the initial state."""


def float_predictor(model: Model, form: Form | None = None) -> Predictor:
    """The float model on whole windows, in eval mode; the streaming form without ``form``."""
    import torch

    from models.training.architecture import Form

    chosen = form or Form.STREAMING

    def read(features: Floats) -> Floats:
        was_training = model.training
        model.eval()
        with torch.inference_mode():
            logits = model(torch.from_numpy(np.ascontiguousarray(features)), form=chosen)
        model.train(was_training)
        return log_softmax(logits.numpy())

    return read


def bundle_predictor(model: StreamingModel) -> Predictor:
    """The step model of a bundle, tick by tick from the initial state, as it runs in the daemon."""

    def sequence(ticks: Floats) -> Floats:
        model.reset()
        return np.stack([model.step(tick) for tick in ticks])

    return lambda features: np.stack([sequence(ticks) for ticks in features])


def graph_predictor(content: bytes) -> Predictor:
    """A step graph, float or int8, as `models.training.architecture.export.convert` makes it."""
    from models.training.architecture.export import Player

    player = Player(content)

    def sequence(ticks: Floats) -> Floats:
        player.reset()
        return np.stack([player.step(tick) for tick in ticks])

    return lambda features: log_softmax(np.stack([sequence(ticks) for ticks in features]))


def log_softmax(logits: Floats) -> Floats:
    """Log-probabilities [..., symbols]; of log-probabilities the same again."""
    scores = logits - logits.max(-1, keepdims=True)
    return np.asarray(scores - np.log(np.exp(scores).sum(-1, keepdims=True)), dtype=np.float32)
