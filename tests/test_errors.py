"""What is short now is told from what is damaged."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from edge.errors import SHORTAGES, ConfigError, Shortage, exit_code, raise_shortage
from edge.landmarks import weights
from edge.recognize import bundle
from edge.recognize.language_model import CharacterLM

BUNDLE = bundle.find("ishara-stream")


def load_weights() -> None:
    for name in weights.listed():
        weights.path(name)


@pytest.mark.parametrize("number", sorted(SHORTAGES))
@pytest.mark.parametrize(
    "load",
    [
        lambda: bundle.load(BUNDLE),
        lambda: CharacterLM.load(BUNDLE / "language_model.npz"),
        load_weights,
    ],
    ids=["bundle", "language model", "weights"],
)
def test_a_shortage_while_reading_is_no_damage(
    number: int, load: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    for name in ("open", "read_bytes", "read_text"):
        monkeypatch.setattr(Path, name, fail)
    monkeypatch.setattr("builtins.open", fail)
    monkeypatch.setattr("os.open", fail)
    with pytest.raises(Shortage, match=r"try again") as raised:
        load()
    assert exit_code(raised.value) == 1


@pytest.mark.parametrize("cause", [MemoryError(), OSError(errno.EMFILE, "x"), ValueError()])
def test_the_exit_code_follows_the_cause(cause: Exception) -> None:
    error = ConfigError("no good")
    error.__cause__ = RuntimeError()
    error.__cause__.__cause__ = cause
    assert exit_code(error) == (78 if isinstance(cause, ValueError) else 1)


def test_a_library_that_does_not_say_why_is_asked_by_a_trial() -> None:
    raise_shortage(ValueError(), "a model", 1 << 20)
    with pytest.raises(Shortage, match=os.strerror(errno.ENOMEM)):
        raise_shortage(ValueError(), "a model", 1 << 60)
