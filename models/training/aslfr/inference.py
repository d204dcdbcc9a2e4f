"""Networks as predictors of real phrases, and validation while one trains."""

from __future__ import annotations

from pathlib import Path
from typing import cast, get_args

import numpy as np
import torch
from numpy.typing import NDArray

from edge.errors import ConfigError
from models.training.architecture import Form, Model
from models.training.aslfr.cache import Cache
from models.training.aslfr.characters import ALPHABET
from models.training.aslfr.evaluation import Predictor, evaluate
from models.training.aslfr.prepare import Sets
from models.training.augment.sets import Floats
from models.training.learning.checkpoint import Checkpoint

_PHRASES = 512


def predictor(model: Model, form: Form = Form.STREAMING) -> Predictor:
    """``model``, in eval mode from now on, on whatever device it is."""
    model.eval()
    device = model.head.weight.device

    def read(features: Floats, lengths: NDArray[np.int64]) -> Floats:
        with torch.no_grad():
            logits = model(
                torch.from_numpy(features).to(device), torch.from_numpy(lengths).to(device), form
            )
        found: Floats = logits.float().cpu().numpy()
        return found

    return read


def load_predictor(file: Path, full: bool = False) -> tuple[Predictor, Sets]:
    """The averaged network of a training run, and the landmark sets it reads.

    Raises:
        ConfigError: it is no checkpoint, or of a model that does not read the data set.
    """
    saved = Checkpoint.load(file)
    if saved.alphabet != ALPHABET or saved.config.sets not in get_args(Sets):
        raise ConfigError(f"{file} does not read these phrases: train with --sets hand or holistic")
    model = saved.config.model(1 + len(ALPHABET))
    model.load_state_dict(saved.ema)
    return predictor(model, Form.FULL if full else Form.STREAMING), cast(Sets, saved.config.sets)


class PhraseValidator:
    """Figures of a model that is being trained, on phrases of the development signers.

    Always the same `_PHRASES`, or all where there are fewer.
    """

    def __init__(self, cache: Cache, full: bool = False) -> None:
        self._cache, self._full = cache, full

    def __call__(self, model: Model) -> dict[str, float]:
        """``development_cer`` of the characters that are read, as live; with ``full`` also
        ``development_cer_full``, of the full-context form."""
        forms = {"development_cer": Form.STREAMING}
        if self._full:
            forms["development_cer_full"] = Form.FULL
        return {
            name: round(
                evaluate(predictor(model, form), self._cache, most=_PHRASES).readable.cer, 4
            )
            for name, form in forms.items()
        }
