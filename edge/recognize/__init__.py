"""The recognition room: `edge.landmarks.Landmarks` -> `Hypothesis`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.config import RecognizeConfig
from edge.errors import ConfigError
from edge.landmarks.contract import Parts
from edge.recognize.contracts import Reader
from edge.recognize.expect import check as check_expected
from edge.recognize.hand_features import HandFeatures
from edge.recognize.hypothesis import Char, Hypothesis
from edge.recognize.recognizer import EndpointConfig, Recognizer
from edge.recognize.registry import register_features, register_kind
from edge.recognize.segment import Segment

if TYPE_CHECKING:
    from edge.recognize.bundle import Bundle
    from edge.recognize.contracts import Decoder, Model
    from edge.recognize.delegate import DelegateSelection

__all__ = [
    "STREAMING_CTC",
    "Char",
    "EndpointConfig",
    "Hypothesis",
    "Reader",
    "Recognizer",
    "Segment",
    "alphabet",
    "check_expected",
    "fingerprint",
    "open_recognizer",
    "parts",
    "register_features",
    "register_kind",
]


STREAMING_CTC = "streaming-ctc"
"""The kind of the shipped bundle: `edge.recognize.streaming`."""


def fingerprint(config: RecognizeConfig) -> str:
    """Distinguishes the bundle that ``config`` names from any other; empty where there is none."""
    from edge.recognize import bundle

    return bundle.fingerprint(config.bundle)


def alphabet(config: RecognizeConfig) -> str:
    """The characters that the bundle that ``config`` names can read.

    Raises:
        ConfigError: the bundle is missing or damaged.
    """
    from edge.recognize import bundle, foreign

    folder = bundle.find(config.bundle)
    return (foreign.load if foreign.is_foreign(folder) else bundle.load)(folder).alphabet


def parts(config: RecognizeConfig) -> Parts:
    """What the bundle that ``config`` names reads; one hand where it cannot be told."""
    from edge.recognize import bundle, foreign

    try:
        folder = bundle.find(config.bundle)
        return foreign.load(folder).columns.parts if foreign.is_foreign(folder) else Parts()
    except ConfigError:  # whoever opens it says so
        return Parts()


def open_recognizer(
    config: RecognizeConfig,
    selection: DelegateSelection | None = None,
    *,
    keep_landmarks: bool = False,
) -> Reader:
    """A recogniser with the bundle that ``config`` names.

    Args:
        selection: of the accelerator's delegate, for a bundle with a model for one; None: the CPU.
        keep_landmarks: finals carry the landmarks they were read from, for a `Segment`.

    Raises:
        ConfigError: the bundle is missing, damaged or not of a kind this program runs, its model
            does not answer as it should on this machine, or it cannot read what is expected.
    """
    from edge.recognize import bundle, foreign, registry

    folder = bundle.find(config.bundle)
    if foreign.is_foreign(folder):
        return foreign.open_foreign(folder, config, keep_landmarks)
    loaded = bundle.load(folder)
    model, decoder = registry.kind(loaded.kind).open(loaded, config, selection)
    check_expected(config.expect, loaded.alphabet)
    endpoint = EndpointConfig(config.absent, config.rest)
    features = registry.features(loaded.features)
    return Recognizer(
        model, features, decoder, endpoint, expect=config.expect, keep_landmarks=keep_landmarks
    )


def _open_streaming(
    bundle: Bundle, config: RecognizeConfig, selection: DelegateSelection | None
) -> tuple[Model, Decoder]:
    # Imported only when a bundle is opened: events and clients import this room for its types.
    from edge.recognize.streaming import open_streaming

    return open_streaming(bundle, config, selection)


register_features(HandFeatures())
register_kind(STREAMING_CTC, _open_streaming, tables=("tensors",))
