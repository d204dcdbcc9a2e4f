"""The recognition stage: `edge.landmarks.Landmarks` -> `Hypothesis`."""

from __future__ import annotations

from edge.config import Recognize
from edge.recognize.hypothesis import Char, Hypothesis
from edge.recognize.recognizer import Ends, Recognizer

__all__ = ["Char", "Ends", "Hypothesis", "Recognizer", "open_recognizer"]


def open_recognizer(config: Recognize) -> Recognizer:
    """A recogniser with the bundle that ``config`` names.

    Raises:
        BadSetup: the bundle is missing, damaged or not of a kind this program runs, or its model
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
    model = StreamingModel(told, config.threads)
    if told.selftest:
        selftest.check(model, told.selftest, f"bundle {told.folder}")
    return Recognizer(model, Ends(config.absent, config.rest), decoder)
