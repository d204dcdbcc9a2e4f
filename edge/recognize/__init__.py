"""The recognition stage: `edge.landmarks.Landmarks` -> `Hypothesis`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.config import RecognizeConfig
from edge.recognize.hypothesis import Char, Hypothesis
from edge.recognize.recognizer import Ends, Model, Recognizer

if TYPE_CHECKING:
    from edge.recognize.accelerated import Choice

__all__ = ["Char", "Ends", "Hypothesis", "Recognizer", "fingerprint", "open_recognizer"]


def fingerprint(config: RecognizeConfig) -> str:
    """Tells the bundle that ``config`` names from any other; empty where there is none."""
    from edge.recognize import bundle

    return bundle.fingerprint(config.bundle)


def open_recognizer(config: RecognizeConfig, choice: Choice | None = None) -> Recognizer:
    """A recogniser with the bundle that ``config`` names.

    Args:
        choice: of the accelerator, for a bundle with a model for one; None: the CPU.

    Raises:
        ConfigError: the bundle is missing, damaged or not of a kind this program runs, or its model
            does not answer as it should on this machine.
    """
    from edge.recognize import bundle, selftest
    from edge.recognize.decode import Decoder
    from edge.recognize.model import StreamingModel
    from edge.recognize.prior import Prior

    told = bundle.load(bundle.find(config.bundle))
    prior, weight = None, 0.0
    if told.prior and config.prior == "auto":
        prior, weight = Prior.load(told.prior.file).within(told.alphabet), told.prior.weight
    decoder = Decoder(told.alphabet, config.beam, told.costs, prior, weight)
    cpu = StreamingModel(told, config.threads)
    if told.selftest:
        selftest.check(cpu, told.selftest, f"bundle {told.folder}")
    model: Model = cpu
    if told.accelerated and choice and config.delegate == "auto":
        from edge.recognize.accelerated import Accelerated

        model = Accelerated(told, cpu, choice)
    return Recognizer(model, Ends(config.absent, config.rest), decoder)
