"""The recognition room: `edge.landmarks.Landmarks` -> `Hypothesis`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.config import RecognizeConfig
from edge.errors import ConfigError
from edge.recognize.expect import check as check_expected
from edge.recognize.hand_features import HandFeatures
from edge.recognize.hypothesis import Char, Hypothesis
from edge.recognize.recognizer import EndpointConfig, Recognizer
from edge.recognize.registry import register_features, register_kind
from edge.recognize.segment import Segment
from edge.recognize.words import Vocabulary, words_of_client, words_of_config

if TYPE_CHECKING:
    from edge.recognize.bundle import Bundle
    from edge.recognize.contracts import Decoder, Model
    from edge.recognize.delegate import DelegateSelection

__all__ = [
    "SECOND_READER",
    "STREAMING_CTC",
    "Char",
    "EndpointConfig",
    "Hypothesis",
    "Recognizer",
    "Segment",
    "Vocabulary",
    "alphabet",
    "check_expected",
    "fingerprint",
    "open_recognizer",
    "register_features",
    "register_kind",
    "words_of_client",
    "words_of_config",
]


STREAMING_CTC = "streaming-ctc"
"""The kind of the shipped bundle: `edge.recognize.streaming`."""
SECOND_READER = "second-reader"
"""The kind of a bundle that reads segments once more: `edge.recognize.second_reader`."""


def fingerprint(config: RecognizeConfig) -> str:
    """Distinguishes the bundle that ``config`` names from any other; empty where there is none."""
    from edge.recognize import bundle

    return bundle.fingerprint(config.bundle)


def alphabet(config: RecognizeConfig) -> str:
    """The characters that the bundle that ``config`` names can read.

    Raises:
        ConfigError: the bundle is missing or damaged.
    """
    from edge.recognize import bundle

    return bundle.load(bundle.find(config.bundle)).alphabet


def open_recognizer(
    config: RecognizeConfig,
    selection: DelegateSelection | None = None,
    *,
    keep_landmarks: bool = False,
) -> Recognizer:
    """A recogniser with the bundle that ``config`` names.

    Args:
        selection: of the accelerator's delegate, for a bundle with a model for one; None: the CPU.
        keep_landmarks: finals carry the landmarks they were read from, for a `Segment`.

    Raises:
        ConfigError: the bundle is missing, damaged or not of a kind this program runs, its model
            does not answer as it should on this machine, it cannot read what is expected, or a list
            of words cannot be used.
    """
    from edge.recognize import bundle, registry

    loaded = bundle.load(bundle.find(config.bundle))
    model, decoder = registry.kind(loaded.kind).open(loaded, config, selection)
    check_expected(config.expect, loaded.alphabet)
    return Recognizer(
        model,
        registry.features(loaded.features),
        decoder,
        EndpointConfig(config.absent, config.rest),
        expect=config.expect,
        words=words_of_config(config, loaded.alphabet),
        keep_landmarks=keep_landmarks,
    )


def _open_streaming(
    bundle: Bundle, config: RecognizeConfig, selection: DelegateSelection | None
) -> tuple[Model, Decoder]:
    # Imported only when a bundle is opened: events and clients import this room for its types.
    from edge.recognize.streaming import open_streaming

    return open_streaming(bundle, config, selection)


def _open_second(
    bundle: Bundle, config: RecognizeConfig, selection: DelegateSelection | None
) -> tuple[Model, Decoder]:
    raise ConfigError(
        f"bundle {bundle.folder} reads whole segments only: name it as recognize.second"
    )


register_features(HandFeatures())
register_kind(STREAMING_CTC, _open_streaming, tables=("tensors",))
register_kind(SECOND_READER, _open_second, tables=("second",))
