"""The models that the set-up makes from the fetched weights, once; checked before a load.

They are kept beside the weights. ``int8.toml`` there records what each one was made from and its
SHA-256, so one that is damaged, or older than its weights or their ranges, is not used.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge import files, resources, toml
from edge.errors import ConfigError, raise_shortage
from edge.files import Contents
from edge.landmarks import weights
from edge.landmarks.int8 import Ranges, int8
from edge.landmarks.lean import lean
from edge.landmarks.weights import State, Use


@dataclass(frozen=True, slots=True)
class Form:
    """A model made from fetched weights.

    Attributes:
        weight: the name of the weights.
        outputs: those that a lean model keeps, by their numbers; None: it is an 8-bit model.
    """

    weight: str
    outputs: tuple[int, ...] | None = None

    @property
    def file(self) -> Path:
        suffix = "lean" if self.outputs else "int8"
        return resources.weights() / f"{self.weight}_{suffix}.tflite"

    @property
    def use(self) -> Use:
        return weights.listed()[self.weight].use


FORMS = {
    "hand_landmark_full": Form("hand_landmark_full"),
    # Landmarks, presence and heatmap; not the mask, nor the landmarks in metres.
    "pose_landmark_full": Form("pose_landmark_full", outputs=(0, 1, 3)),
}
EIGHT_BIT = tuple(name for name, form in FORMS.items() if form.outputs is None)
"""Those that need ranges of their activations."""

_PINNED = frozenset(
    {
        "cc6e860f87d911351fdb1f379b7ed7b373a4c0b80fd793fc58eb643c590fed01",
        "3dd2d5bbfa6054a694d869c2409b1915e44a6e53d8176c2f9d40c96cfed68688",
    }
)
"""SHA-256 of what is made; another one, of another version of a library, may be as good."""

_SCHEME = 3  # raised whenever another model is made from the same weights


def available() -> bool:
    """Whether this runtime runs them fast; tflite-runtime does not."""
    return importlib.util.find_spec("ai_edge_litert") is not None


def check(use: Use = "hands") -> list[tuple[str, State]]:
    """(name of the file, state) of each model for ``use``; none where the runtime cannot make
    them."""
    if not available():
        return []
    return [(form.file.stem, _state(name)) for name, form in FORMS.items() if form.use == use]


def path(name: str) -> Path:
    """The file of the model ``name`` of `FORMS`; as `read`, for who reads it again."""
    return read(name).path


def read(name: str) -> Contents:
    """The model ``name`` of `FORMS`, verified.

    Raises:
        ConfigError: it is not there, damaged, or made from other weights or ranges.
    """
    state, content = _read(name)
    if state != "ok":
        kind = "lean model" if FORMS[name].outputs else "8-bit model"
        raise ConfigError(f"{kind} {FORMS[name].file} is {state}: run `ishara models fetch`")
    pinned = hashlib.sha256(content).hexdigest() in _PINNED
    return Contents(FORMS[name].file, content, pinned)


def make(progress: Callable[[str], object] = print) -> None:
    """Make those that are missing or damaged; nothing to do where the runtime cannot use them.

    Raises:
        ConfigError: the weights are not there.
        UserError: the folder cannot be written.
    """
    if not available():
        return
    made = _made()
    for name, form in FORMS.items():
        if _state(name) != "ok":
            content = _content(name)
            weights.write(form.file, content)
            made[name] = {"recipe": _recipe(name), "sha256": hashlib.sha256(content).hexdigest()}
            progress(f"landmark weights: {form.file.stem}, {len(content) / 1e6:.1f} MB, made")
    lines = [
        f'[{name}]\nrecipe = "{entry["recipe"]}"\nsha256 = "{entry["sha256"]}"\n'
        for name, entry in made.items()
    ]
    weights.write(_record(), "\n".join(lines).encode())


def _content(name: str) -> bytes:
    form = FORMS[name]
    content = weights.read(form.weight).data
    return lean(content, form.outputs) if form.outputs else int8(content, _ranges()[name])


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
        if name in FORMS
        and isinstance(entry, dict)
        and all(isinstance(entry.get(key), str) for key in ("recipe", "sha256"))
    }


def _state(name: str) -> State:
    return _read(name)[0]


def _read(name: str) -> tuple[State, bytes]:
    made = _made().get(name)
    try:
        content = files.read(FORMS[name].file, files.MODEL_BYTES)
    except OSError as error:
        raise_shortage(error, FORMS[name].file)
        return "missing", b""
    if made is None or made["recipe"] != _recipe(name):
        return "missing", b""
    fits = hashlib.sha256(content).hexdigest() == made["sha256"]
    return ("ok" if fits else "damaged"), content


def _recipe(name: str) -> str:
    """What a model is made from, in one hash."""
    form = FORMS[name]
    how = form.outputs or sorted(_ranges()[name].items())
    inputs = f"{_SCHEME} {weights.listed()[form.weight].sha256} {how}"
    return hashlib.sha256(inputs.encode()).hexdigest()


def _ranges() -> dict[str, Ranges]:
    """The ranges of the 8-bit models' activations, by the names of models and tensors."""
    path = resources.models() / "landmark_ranges.toml"
    try:
        tree: dict[str, Any] = toml.loads(files.read_text(path))
        return {
            name: {tensor: (float(low), float(high)) for tensor, (low, high) in tree[name].items()}
            for name in EIGHT_BIT
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise_shortage(error, path)
        raise ConfigError(
            f"{path}, the ranges of the landmark models, is not usable ({error}): "
            "install ishara-edge again"
        ) from error
