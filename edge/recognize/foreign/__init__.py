"""Foreign bundles: what others trained for the Kaggle competition, run as it is."""

from __future__ import annotations

from pathlib import Path

from edge.config import RecognizeConfig
from edge.recognize.expect import check as check_expected
from edge.recognize.foreign.folder import fingerprint, is_foreign, load
from edge.recognize.foreign.recognizer import ForeignRecognizer
from edge.recognize.foreign.report import KIND, check, inspect, lines

__all__ = [
    "KIND", "check", "fingerprint", "inspect", "is_foreign", "lines", "load", "open_foreign",
]  # fmt: skip


def open_foreign(
    folder: Path, config: RecognizeConfig, keep_landmarks: bool = False
) -> ForeignRecognizer:
    """A recogniser with the foreign bundle in ``folder``.

    Raises:
        ConfigError: it will not run, or cannot read what is expected.
    """
    from edge.recognize.foreign.model import ForeignModel
    from edge.recognize.recognizer import EndpointConfig

    bundle = load(folder)
    check_expected(config.expect, bundle.alphabet)
    return ForeignRecognizer(
        ForeignModel(bundle, config.threads),
        bundle.columns,
        EndpointConfig(config.absent, config.rest),
        expect=config.expect,
        window=config.window,
        step=config.window_step,
        keep_landmarks=keep_landmarks,
    )
