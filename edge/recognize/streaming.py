"""Bundles of the kind ``streaming-ctc``: a step model with state, and a prefix beam search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.config import RecognizeConfig
from edge.recognize import model as step_model
from edge.recognize import selftest
from edge.recognize.bundle import verified
from edge.recognize.contracts import Decoder, Model
from edge.recognize.decode import BeamDecoder
from edge.recognize.language_model import CharacterLM

if TYPE_CHECKING:
    from edge.recognize.bundle import Bundle
    from edge.recognize.delegate import DelegateSelection


def open_streaming(
    bundle: Bundle, config: RecognizeConfig, selection: DelegateSelection | None
) -> tuple[Model, Decoder]:
    """An `edge.recognize.contracts.Opener`."""
    language_model, weight = None, 0.0
    if bundle.language_model and config.language_model == "auto":
        file = verified(bundle.language_model.file, bundle.language_model.sha256)
        language_model = CharacterLM.load(file).within(bundle.alphabet)
        weight = bundle.language_model.weight
    decoder = BeamDecoder(bundle.alphabet, config.beam, bundle.costs, language_model, weight)
    cpu = step_model.StreamingModel(bundle, config.threads)
    if bundle.selftest:
        selftest.check(cpu, bundle.selftest, f"bundle {bundle.folder}")
    if bundle.accelerated and selection and config.delegate == "auto":
        # Imported only here: few machines have an accelerator.
        from edge.recognize.accelerated import AcceleratedModel

        return AcceleratedModel(bundle, cpu, selection), decoder
    return cpu, decoder
