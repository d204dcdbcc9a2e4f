"""A bundle: a folder with a model, what it takes and gives, where it came from, and its figures.

``bundle.toml``, format 1::

    format = 1
    name = "ishara-stream"
    kind = "streaming-ctc"
    model = "model.tflite"
    sha256 = "..."                  # of the model file
    features = "hand-1"             # edge.recognize.features.FEATURES
    width = 63                      # features per tick
    rate = 30.0                     # ticks per second
    alphabet = "abc...z "           # symbol 0 is blank, symbol n the nth character
    look_ahead = 2                  # ticks by which the model says things late
    unsupported = "!#..."           # may be left out: characters of the ASLFR competition's
                                    # alphabet that the model cannot read

    [tensors]                       # names of the model's input and output tensors
    features = "..."
    scores = "..."                  # unnormalised log-probabilities of the symbols
    states = [["in", "out"], ...]   # what comes out of one step goes into the next

    [decoding]                      # optional: edge.recognize.decode.Costs, as probabilities
    new = 0.5                       # of any character
    again = 0.3                     # of one like the last, on top
    digit = 0.2                     # of a digit that follows none, on top
    blank = 0.6                     # of a tick without a character

    [prior]                         # optional: edge.recognize.prior.Prior
    file = "prior.npz"
    sha256 = "..."
    weight = 0.2                    # 0-2; how much it counts beside the model

    [selftest]                      # optional: edge.recognize.selftest

    [accelerated]                   # optional: the same for an accelerator, with the same tensors,
    model = "model_edgetpu.tflite"  # alphabet and look-ahead: edge.recognize.accelerated
    sha256 = "..."

    [provenance]                    # command, seed, data with SHA-256, licences
    [figures]                       # what was measured, on whom
"""

from __future__ import annotations

import hashlib
import math
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from edge import resources
from edge.errors import ConfigError, clear
from edge.recognize.decode import Costs
from edge.recognize.features import FEATURES, RATE, WIDTH
from edge.recognize.selftest import SelfTest

FORMAT = 1
FILE = "bundle.toml"
KIND = "streaming-ctc"
_LARGEST = 1 << 20
"""Bytes of ``bundle.toml``: a hundred times what is usual."""


@dataclass(frozen=True, slots=True)
class Tensors:
    """Names of a step model's tensors; ``states`` are pairs (input, output)."""

    features: str
    scores: str
    states: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class PriorFile:
    """Path of a prior, its SHA-256, and its weight beside the model."""

    file: Path
    sha256: str
    weight: float


@dataclass(frozen=True, slots=True)
class AcceleratedFile:
    """Path of a model for an accelerator, and its SHA-256."""

    file: Path
    sha256: str


@dataclass(frozen=True, slots=True)
class Bundle:
    """What ``bundle.toml`` says; the fields are those of the module's docstring.

    Attributes:
        model: path of the model file, whose SHA-256 has been checked.
        alphabet: symbol n of the model is ``alphabet[n - 1]``; symbol 0 is blank.
        unsupported: characters it is known not to read; empty where the bundle does not say.
    """

    folder: Path
    name: str
    kind: str
    model: Path
    sha256: str
    features: str
    width: int
    rate: float
    alphabet: str
    look_ahead: int
    tensors: Tensors
    costs: Costs
    prior: PriorFile | None
    provenance: dict[str, Any]
    figures: dict[str, Any]
    unsupported: str = ""
    selftest: SelfTest | None = None
    accelerated: AcceleratedFile | None = None


def find(name: str | Path) -> Path:
    """The folder of the bundle called ``name``, or at the path ``name``.

    Raises:
        ConfigError: there is none.
    """
    path = Path(name).expanduser()
    for folder in (resources.models() / "bundles" / path, path):
        if (folder / FILE).is_file():
            return folder
    shipped = sorted(p.parent.name for p in (resources.models() / "bundles").glob(f"*/{FILE}"))
    known = ", ".join(shipped) or "none"
    raise ConfigError(
        f"no bundle {name}: give the folder of one, or the name of one here ({known})"
    )


def fingerprint(name: str | Path) -> str:
    """SHA-256 of ``bundle.toml``, which vouches for all else; empty where it cannot be read."""
    try:
        return hashlib.sha256((find(name) / FILE).read_bytes()).hexdigest()
    except (ConfigError, OSError):
        return ""


def load(folder: Path) -> Bundle:
    """The bundle in ``folder``, checked.

    Raises:
        ConfigError: a file is missing, unreadable or not the one it was, or the bundle wants
            something this program does not have.
    """
    told = _read(folder / FILE)
    where = f"bundle {folder}"
    if told.get("format") != FORMAT:
        raise ConfigError(
            f"{where} has format {clear(str(told.get('format')), 40)},"
            f" this program reads {FORMAT}: update it"
        )
    try:
        tensors = told["tensors"]
        bundle = Bundle(
            folder=folder,
            name=_text(told, "name"),
            kind=_text(told, "kind"),
            model=_beside(folder, told, "model"),
            sha256=_text(told, "sha256"),
            features=_text(told, "features"),
            width=int(told["width"]),
            rate=float(told["rate"]),
            alphabet=_text(told, "alphabet"),
            look_ahead=int(told["look_ahead"]),
            tensors=Tensors(
                features=_text(tensors, "features"),
                scores=_text(tensors, "scores"),
                states=tuple((str(a), str(b)) for a, b in tensors["states"]),
            ),
            costs=_costs(told.get("decoding", {})),
            prior=_prior(folder, told["prior"]) if "prior" in told else None,
            provenance=dict(told.get("provenance", {})),
            figures=dict(told.get("figures", {})),
            unsupported=_text(told, "unsupported") if "unsupported" in told else "",
            selftest=SelfTest.of(told["selftest"]) if "selftest" in told else None,
            accelerated=_accelerated(folder, told["accelerated"])
            if "accelerated" in told
            else None,
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        reason = clear(str(error))
        raise ConfigError(
            f"{where}: {FILE} lacks or garbles {reason}: restore the bundle"
        ) from error
    _check(bundle, where)
    return bundle


def _read(file: Path) -> dict[str, Any]:
    try:
        with file.open("rb") as opened:
            content = opened.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            raise ConfigError(f"{file} has more than {_LARGEST} bytes: restore the bundle")
        return tomllib.loads(content.decode())
    except OSError as error:
        raise ConfigError(f"{file} cannot be read ({error.strerror}): name a bundle") from error
    except (ValueError, RecursionError) as error:  # ValueError: TOML, UTF-8, an endless number
        raise ConfigError(f"{file} is no TOML ({clear(str(error))}): restore the bundle") from error


def _text(table: dict[str, Any], key: str) -> str:
    value = table[key]
    if not isinstance(value, str):
        raise TypeError(key)
    return value


def _beside(folder: Path, table: dict[str, Any], key: str) -> Path:
    """The file in ``folder`` that ``key`` names, never one elsewhere."""
    name = _text(table, key)
    if Path(name).name != name or "\0" in name:
        raise ValueError(f"{key}: {name!r} is no name of a file")
    return folder / name


def _costs(table: dict[str, Any]) -> Costs:
    chances = {name: float(table[name]) for name in Costs().chances() if name in table}
    if not all(0 < chance <= 1 for chance in chances.values()):
        raise ValueError("[decoding]")
    return replace(Costs(), **{name: math.log(chance) for name, chance in chances.items()})


def _prior(folder: Path, table: dict[str, Any]) -> PriorFile:
    weight = float(table["weight"])
    if not 0 <= weight <= 2:
        raise ValueError("weight")
    return PriorFile(_beside(folder, table, "file"), _text(table, "sha256"), weight)


def _accelerated(folder: Path, table: dict[str, Any]) -> AcceleratedFile:
    return AcceleratedFile(_beside(folder, table, "model"), _text(table, "sha256"))


def _check(bundle: Bundle, where: str) -> None:
    if bundle.kind != KIND:
        raise ConfigError(
            f"{where} is of kind {clear(bundle.kind, 40)!r}, this program runs {KIND!r}: update it"
        )
    if bundle.features != FEATURES or (bundle.width, bundle.rate) != (WIDTH, RATE):
        wanted = f"{clear(bundle.features, 40)!r} ({bundle.width} at {bundle.rate:g} Hz)"
        raise ConfigError(
            f"{where} wants features {wanted}, this program makes {FEATURES!r}"
            f" ({WIDTH} at {RATE:g} Hz): take a bundle that fits"
        )
    if not bundle.alphabet or len(set(bundle.alphabet)) != len(bundle.alphabet):
        raise ConfigError(f"{where}: its alphabet is empty or has a character twice: restore it")
    if both := set(bundle.alphabet) & set(bundle.unsupported):
        chars = clear("".join(sorted(both)))
        raise ConfigError(f"{where}: {chars!r} is both in its alphabet and unsupported: restore it")
    if bundle.look_ahead < 0:
        raise ConfigError(
            f"{where}: look_ahead is {bundle.look_ahead}, must be 0 or more: restore it"
        )
    _same(bundle.model, bundle.sha256)
    for file in (bundle.prior, bundle.accelerated):
        if file:
            _same(file.file, file.sha256)


def _same(file: Path, sha256: str) -> None:
    """
    Raises:
        ConfigError: ``file`` is not the one with this SHA-256.
    """
    try:
        with file.open("rb") as opened:
            found = hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as error:
        raise ConfigError(f"{file} cannot be read ({error.strerror}): restore it") from error
    if found != sha256:
        raise ConfigError(
            f"{file} is not the file the bundle names (SHA-256 {found[:12]}...,"
            f" not {clear(sha256[:12])}...): restore it"
        )
