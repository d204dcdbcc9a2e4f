"""A foreign bundle: a model that others trained for the Kaggle competition, in a folder as it is.

======================================== ========================================================
``model.tflite``                         signature ``serving_default``: ``inputs`` float32
                                         [frames, columns] -> ``outputs`` float32 [characters, 59]
``inference_args.json``                  ``{"selected_columns": ["x_face_0", ...]}``, and maybe
                                         ``"missing"``: ``"nan"`` (the default) or 0, what stands
                                         for coordinates that were not found
``character_to_prediction_index.json``   optional: ``{" ": 0, ...}``, the 59 characters by their
                                         numbers; the competition's by default
======================================== ========================================================
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from edge import files
from edge.errors import ConfigError, clear, raise_shortage
from edge.files import Contents
from edge.recognize.foreign.columns import MOST, Columns, unknown

MODEL, ARGUMENTS, CHARACTERS = (
    "model.tflite", "inference_args.json", "character_to_prediction_index.json",
)  # fmt: skip
OWN = "bundle.toml"  # a folder with this file is a bundle of this program
COMPETITION = " !#$%&'()*+,-./0123456789:;=?@[_abcdefghijklmnopqrstuvwxyz~"
"""The competition's characters: number n is ``COMPETITION[n]``."""
_MOST_CHARACTERS = 1000
_SHOWN = 3
_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class ForeignBundle:
    """The contents of a folder; the model has been read, not loaded."""

    folder: Path
    model: Contents
    columns: Columns
    alphabet: str

    @property
    def name(self) -> str:
        return self.folder.resolve().name

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.model.data).hexdigest()


def is_foreign(folder: Path) -> bool:
    """Whether ``folder`` is meant to be one, whatever is wrong with it."""
    if (folder / OWN).exists():
        return False
    return any((folder / name).exists() for name in (MODEL, ARGUMENTS, CHARACTERS))


def fingerprint(folder: Path) -> str:
    """SHA-256 of all files that count.

    Raises:
        OSError: one cannot be read.
    """
    found = hashlib.sha256()
    for name in (MODEL, ARGUMENTS, CHARACTERS):
        if name != CHARACTERS or (folder / name).exists():
            found.update(hashlib.sha256(files.read(folder / name, files.MODEL_BYTES)).digest())
    return found.hexdigest()


def load(folder: Path) -> ForeignBundle:
    """The foreign bundle in ``folder``, its lists checked.

    Raises:
        ConfigError: the first thing that is wrong.
    """
    wrong: list[str] = []
    found = examine(folder, wrong.append)
    if found is None:
        raise ConfigError(f"bundle {folder}: {wrong[0]}")
    return found


def examine(folder: Path, complain: Callable[[str], object]) -> ForeignBundle | None:
    """The foreign bundle in ``folder``; None where something is wrong.

    Args:
        complain: gets one line about each thing that is wrong.

    Raises:
        Shortage: the system lacks something now.
    """
    columns = _checked(complain, lambda: _columns(folder))
    alphabet = _checked(complain, lambda: _alphabet(folder))
    model = _checked(complain, lambda: _model(folder))
    if columns is None or alphabet is None or model is None:
        return None
    return ForeignBundle(folder, model, columns, alphabet)


def _checked(complain: Callable[[str], object], get: Callable[[], _Found]) -> _Found | None:
    try:
        return get()
    except ConfigError as error:
        complain(str(error))
        return None


def _model(folder: Path) -> Contents:
    try:
        return Contents.of(folder / MODEL)
    except OSError as error:
        raise _unread(folder / MODEL, error) from error


def _columns(folder: Path) -> Columns:
    tree = _json(folder / ARGUMENTS)
    names = tree.get("selected_columns") if isinstance(tree, dict) else None
    if not isinstance(names, list):
        raise ConfigError(f'{ARGUMENTS} has no list "selected_columns": add it')
    if not all(isinstance(name, str) for name in names):
        raise ConfigError(f'{ARGUMENTS}: "selected_columns" are not all texts: correct it')
    if not 1 <= len(names) <= MOST:
        raise ConfigError(f"{ARGUMENTS} selects {len(names)} columns, must be 1 to {MOST}")
    if strangers := unknown(names):
        shown = ", ".join(clear(repr(name), 40) for name in strangers[:_SHOWN])
        more = f" and {len(strangers) - _SHOWN} more" if len(strangers) > _SHOWN else ""
        raise ConfigError(
            f"{ARGUMENTS} selects columns that there are not ({shown}{more}): name them as"
            " x_face_0, y_left_hand_1, z_pose_2, x_right_hand_3"
        )
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ConfigError(f"{ARGUMENTS} selects {twice} twice: correct it")
    return Columns(tuple(names), _missing(tree.get("missing", "nan")))


def _missing(value: Any) -> float:
    if value is None or (isinstance(value, str) and value.lower() == "nan"):
        return math.nan
    if isinstance(value, float) and math.isnan(value):  # NaN is no JSON, but Python writes it
        return math.nan
    if type(value) in (int, float) and value == 0:
        return 0.0
    raise ConfigError(f'{ARGUMENTS}: "missing" must be "nan" or 0, not {clear(repr(value), 40)}')


def _alphabet(folder: Path) -> str:
    file = folder / CHARACTERS
    if not file.exists():
        return COMPETITION
    table = _json(file)
    if not isinstance(table, dict) or not 1 <= len(table) <= _MOST_CHARACTERS:
        raise ConfigError(f"{CHARACTERS} is no table of characters: restore it, or remove it")
    by_number = {number: char for char, number in table.items() if type(number) is int}
    if sorted(by_number) != list(range(len(table))):
        raise ConfigError(f"{CHARACTERS} does not number its characters from 0 on: restore it")
    for char in table:
        if len(char) != 1 or not char.isprintable():
            raise ConfigError(f"{CHARACTERS}: {clear(repr(char), 40)} is no character: restore it")
    return "".join(by_number[number] for number in range(len(table)))


def _json(file: Path) -> Any:
    try:
        return json.loads(files.read_text(file))
    except OSError as error:
        raise _unread(file, error) from error
    except (ValueError, RecursionError) as error:  # ValueError: JSON, UTF-8, an endless number
        raise ConfigError(f"{file.name} is no JSON ({clear(str(error))}): restore it") from error


def _unread(file: Path, error: OSError) -> ConfigError:
    raise_shortage(error, file)
    if isinstance(error, FileNotFoundError):
        return ConfigError(f"{file.name} is missing: put it into the folder")
    return ConfigError(f"{file.name} cannot be read ({error.strerror}): restore it")
