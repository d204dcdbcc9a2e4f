"""The recognition stage: `edge.landmarks.Landmarks` -> `Hypothesis`."""

from __future__ import annotations

from edge.config import Recognize
from edge.recognize.hypothesis import Char, Hypothesis
from edge.recognize.recognizer import Ends, Recognizer

__all__ = ["Char", "Ends", "Hypothesis", "Recognizer", "open_recognizer"]


def open_recognizer(config: Recognize) -> Recognizer:
    """A recogniser with the bundle that ``config`` names.

    Raises:
        BadSetup: the bundle is missing, damaged or not of a kind this program runs.
    """
    from edge.recognize import bundle
    from edge.recognize.model import StreamingModel

    model = StreamingModel(bundle.load(bundle.find(config.bundle)), config.threads)
    return Recognizer(model, Ends(config.absent, config.rest), config.beam)
