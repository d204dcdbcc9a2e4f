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
    "Reader",
    "Recognizer",
    "Segment",
    "Vocabulary",
    "alphabet",
    "check_expected",
    "check_words",
    "fingerprint",
    "open_recognizer",
    "parts",
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
    from edge.recognize import bundle, foreign

    folder = bundle.find(config.bundle)
    return (foreign.load if foreign.is_foreign(folder) else bundle.load)(folder).alphabet


def check_words(config: RecognizeConfig) -> None:
    """
    Raises:
        ConfigError: the bundle that ``config`` names is missing, or cannot be read with words.
    """
    from edge.recognize import bundle, foreign

    folder = bundle.find(config.bundle)
    if foreign.is_foreign(folder):
        raise ConfigError(
            f"the model in {folder} is read without words:"
            " use no words, words_only or lexicon in [recognize], or another bundle"
        )


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
            does not answer as it should on this machine, it cannot read what is expected, or a list
            of words cannot be used.
    """
    from edge.recognize import bundle, foreign, registry

    folder = bundle.find(config.bundle)
    if foreign.is_foreign(folder):
        if config.words or config.words_only or config.lexicon != "off":
            check_words(config)
        return foreign.open_foreign(folder, config, keep_landmarks)
    loaded = bundle.load(folder)
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
