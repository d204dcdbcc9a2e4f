"""The 8-bit hand models: made once by the set-up from the fetched weights, checked before a load.

They are kept beside the weights. ``int8.toml`` there records what each one was made from and its
SHA-256, so one that is damaged, or older than its weights or their ranges, is not used.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

from edge import files, resources, toml
from edge.errors import ConfigError, raise_shortage
from edge.files import Contents
from edge.landmarks import weights
from edge.landmarks.int8 import Ranges, int8
from edge.landmarks.weights import State

NAMES = ("hand_landmark_full",)
"""The weights that have an 8-bit form."""

_PINNED = frozenset({"cc6e860f87d911351fdb1f379b7ed7b373a4c0b80fd793fc58eb643c590fed01"})
"""SHA-256 of what `int8` makes; another one, of another version of a library, may be as good."""

_SCHEME = 3  # raised whenever `int8` makes another model from the same weights


def available() -> bool:
    """Whether this runtime runs them fast; tflite-runtime does not."""
    return importlib.util.find_spec("ai_edge_litert") is not None


def check() -> list[tuple[str, State]]:
    """(name, state) of each 8-bit model; none where the runtime has no use for them."""
    return [(_file(name).stem, _state(name)) for name in NAMES] if available() else []


def path(name: str) -> Path:
    """The file of the 8-bit model of the weights ``name``; as `read`, for who reads it again."""
    return read(name).path


def read(name: str) -> Contents:
    """The 8-bit model of the weights ``name``, verified.

    Raises:
        ConfigError: it is not there, damaged, or made from other weights or ranges.
    """
    state, content = _read(name)
    if state != "ok":
        raise ConfigError(f"8-bit model {_file(name)} is {state}: run `ishara models fetch`")
    return Contents(_file(name), content, hashlib.sha256(content).hexdigest() in _PINNED)


def make(progress: Callable[[str], object] = print) -> None:
    """Make those that are missing or damaged; nothing to do where the runtime cannot use them.

    Raises:
        ConfigError: the weights are not there.
        UserError: the folder cannot be written.
    """
    if not available():
        return
    made = _made()
    for name in NAMES:
        if _state(name) != "ok":
            content = int8(weights.read(name).data, _ranges()[name])
            weights.write(_file(name), content)
            made[name] = {"recipe": _recipe(name), "sha256": hashlib.sha256(content).hexdigest()}
            progress(f"landmark weights: {_file(name).stem}, {len(content) / 1e6:.1f} MB, made")
    lines = [
        f'[{name}]\nrecipe = "{entry["recipe"]}"\nsha256 = "{entry["sha256"]}"\n'
        for name, entry in made.items()
    ]
    weights.write(_record(), "\n".join(lines).encode())


def _file(name: str) -> Path:
    return resources.weights() / f"{name}_int8.tflite"


def _record() -> Path:
    return resources.weights() / "int8.toml"


def _made() -> dict[str, dict[str, str]]:
    try:
        tree = toml.loads(files.read_text(_record()))
    except (OSError, ValueError, RecursionError) as error:
        raise_shortage(error, _record())
        return {}
    return {
        name: entry
        for name, entry in tree.items()
        if name in NAMES
        and isinstance(entry, dict)
        and all(isinstance(entry.get(key), str) for key in ("recipe", "sha256"))
    }


def _state(name: str) -> State:
    return _read(name)[0]


def _read(name: str) -> tuple[State, bytes]:
    made = _made().get(name)
    try:
        content = files.read(_file(name), files.MODEL_BYTES)
    except OSError as error:
        raise_shortage(error, _file(name))
        return "missing", b""
    if made is None or made["recipe"] != _recipe(name):
        return "missing", b""
    fits = hashlib.sha256(content).hexdigest() == made["sha256"]
    return ("ok" if fits else "damaged"), content


def _recipe(name: str) -> str:
    """What an 8-bit model is made from, in one hash."""
    weight = weights.listed()[name]
    inputs = f"{_SCHEME} {weight.sha256} {sorted(_ranges()[name].items())}"
    return hashlib.sha256(inputs.encode()).hexdigest()


def _ranges() -> dict[str, Ranges]:
    """The ranges of all models' activations, by the names of weights and tensors."""
    path = resources.models() / "landmark_ranges.toml"
    try:
        tree: dict[str, Any] = toml.loads(files.read_text(path))
        return {
            name: {tensor: (float(low), float(high)) for tensor, (low, high) in tree[name].items()}
            for name in NAMES
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise_shortage(error, path)
        raise ConfigError(
            f"{path}, the ranges of the hand models, is not usable ({error}): "
            "install ishara-edge again"
        ) from error
