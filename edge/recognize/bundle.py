"""A bundle: a folder with a model, its inputs and outputs, its provenance, and its figures.

``bundle.toml``, format 1::

    format = 1
    name = "ishara-stream"
    kind = "streaming-ctc"          # one of edge.recognize.registry
    model = "model.tflite"
    sha256 = "..."                  # of the model file
    features = "hand-1"             # some of edge.recognize.registry
    width = 63                      # features per tick
    rate = 30.0                     # ticks per second
    alphabet = "abc...z "           # symbol 0 is blank, symbol n the nth character
    look_ahead = 2                  # ticks by which the model says things late
    unsupported = "!#..."           # may be left out: characters of the ASLFR competition's
                                    # alphabet that the model cannot read

    [tensors]                       # of "streaming-ctc": names of the model's tensors
    features = "..."
    scores = "..."                  # unnormalised log-probabilities of the symbols
    states = [["in", "out"], ...]   # what comes out of one step goes into the next

    [decoding]                      # optional: edge.recognize.decode.DecoderCosts, each as a
                                    # probability p; what is added to a score is log(p)
    insertion = 0.5                 # of any character but one that repeats the last
    repeat = 0.3                    # of one that repeats the last
    digit = 0.2                     # of a digit that does not follow a digit, on top
    blank = 0.6                     # of a tick without a character
    still = 0.001                   # of a character that begins on a hand that has not moved

    [language_model]                # optional: edge.recognize.language_model.CharacterLM
    file = "language_model.npz"
    sha256 = "..."
    weight = 0.2                    # 0-2; of its scores relative to the model's

    [selftest]                      # optional: edge.recognize.selftest

    [accelerated]                   # optional: the same for an accelerator, with the same tensors,
    model = "model_edgetpu.tflite"  # alphabet and look-ahead: edge.recognize.accelerated
    sha256 = "..."

    [provenance]                    # command, seed, data with SHA-256, licences
    [figures]                       # what was measured, on whom

Tables of other names are left to the bundle's kind: `Bundle.tables`.
"""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from edge import files, resources, toml
from edge.errors import ConfigError, clear, raise_shortage, unusable
from edge.files import Contents
from edge.recognize import registry
from edge.recognize.decode import DecoderCosts
from edge.recognize.foreign import folder as foreign
from edge.recognize.selftest import SelfTest

FORMAT = 1
FILE = "bundle.toml"
_MAX_BYTES = 128 << 10
"""Of ``bundle.toml``: ten times the usual size."""


@dataclass(frozen=True, slots=True)
class Tensors:
    """Names of a step model's tensors; ``states`` are pairs (input, output)."""

    features: str
    scores: str
    states: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class LanguageModelFile:
    """Path of a character language model, its SHA-256, and its weight relative to the model."""

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
    """The contents of ``bundle.toml``; the fields are those of the module's docstring.

    Attributes:
        model: path of the model file, whose SHA-256 has been checked.
        alphabet: symbol n of the model is ``alphabet[n - 1]``; symbol 0 is blank.
        tensors: None where there are none, which "streaming-ctc" does not allow.
        unsupported: characters it is known not to read; empty where the bundle does not say.
        tables: all of ``bundle.toml``, unchecked, for kinds that have tables of their own.
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
    tensors: Tensors | None
    costs: DecoderCosts
    language_model: LanguageModelFile | None
    provenance: dict[str, Any]
    figures: dict[str, Any]
    unsupported: str = ""
    selftest: SelfTest | None = None
    accelerated: AcceleratedFile | None = None
    tables: dict[str, Any] = field(default_factory=dict, repr=False)


def find(name: str | Path) -> Path:
    """The folder of the bundle called ``name``, or at the path ``name``; it may be a foreign one,
    `edge.recognize.foreign`.

    Raises:
        ConfigError: there is none.
    """
    with unusable(f"bundle {name}"):  # a user that is none, a name that is too long, no permission
        path = Path(name).expanduser()
        for folder in (resources.models() / "bundles" / path, path):
            if (folder / FILE).is_file() or foreign.is_foreign(folder):
                return folder
    shipped = sorted(p.parent.name for p in (resources.models() / "bundles").glob(f"*/{FILE}"))
    known = ", ".join(shipped) or "none"
    raise ConfigError(
        f"no bundle {name}: give the folder of one, or the name of one here ({known})"
    )


def fingerprint(name: str | Path) -> str:
    """SHA-256 of ``bundle.toml``, which names those of all else, or of the files of a foreign
    bundle; empty where they cannot be read."""
    try:
        folder = find(name)
        if foreign.is_foreign(folder):
            return foreign.fingerprint(folder)
        return hashlib.sha256(files.read(folder / FILE, _MAX_BYTES)).hexdigest()
    except (ConfigError, OSError):
        return ""


def load(folder: Path) -> Bundle:
    """The bundle in ``folder``, checked.

    Raises:
        ConfigError: a file is missing, unreadable or not the one it was, or the bundle wants
            something this program does not have.
    """
    manifest = _read(folder / FILE)
    where = f"bundle {folder}"
    if manifest.get("format") != FORMAT:
        raise ConfigError(
            f"{where} has format {clear(str(manifest.get('format')), 40)},"
            f" this program reads {FORMAT}: update it"
        )
    try:
        for table in _kind(manifest, where).tables:
            manifest[table]  # KeyError: it lacks it
        features, width = _text(manifest, "features"), int(manifest["width"])
        rate = float(manifest["rate"])
        _check_features(features, width, rate, where)
        bundle = Bundle(
            folder=folder,
            name=_text(manifest, "name"),
            kind=_text(manifest, "kind"),
            model=_beside(folder, manifest, "model"),
            sha256=_text(manifest, "sha256"),
            features=features,
            width=width,
            rate=rate,
            alphabet=_text(manifest, "alphabet"),
            look_ahead=int(manifest["look_ahead"]),
            tensors=_tensors(manifest["tensors"]) if "tensors" in manifest else None,
            costs=DecoderCosts.of(dict(manifest.get("decoding", {}))),
            language_model=_language_model(folder, manifest["language_model"])
            if "language_model" in manifest
            else None,
            provenance=dict(manifest.get("provenance", {})),
            figures=dict(manifest.get("figures", {})),
            unsupported=_text(manifest, "unsupported") if "unsupported" in manifest else "",
            selftest=SelfTest.of(manifest["selftest"], width) if "selftest" in manifest else None,
            accelerated=_accelerated(folder, manifest["accelerated"])
            if "accelerated" in manifest
            else None,
            tables=manifest,
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
        return toml.loads(files.read_text(file, _MAX_BYTES))
    except OSError as error:
        raise_shortage(error, file)
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


def _kind(manifest: dict[str, Any], where: str) -> registry.Kind:
    kind = _text(manifest, "kind")
    try:
        return registry.kind(kind)
    except KeyError:
        known = ", ".join(map(repr, registry.all_kinds()))
        raise ConfigError(
            f"{where} is of kind {clear(kind, 40)!r}, this program runs {known}: update it"
        ) from None


def _tensors(table: dict[str, Any]) -> Tensors:
    return Tensors(
        features=_text(table, "features"),
        scores=_text(table, "scores"),
        states=tuple((str(a), str(b)) for a, b in table["states"]),
    )


def _language_model(folder: Path, table: dict[str, Any]) -> LanguageModelFile:
    weight = float(table["weight"])
    if not 0 <= weight <= 2:
        raise ValueError("weight")
    return LanguageModelFile(_beside(folder, table, "file"), _text(table, "sha256"), weight)


def _accelerated(folder: Path, table: dict[str, Any]) -> AcceleratedFile:
    return AcceleratedFile(_beside(folder, table, "model"), _text(table, "sha256"))


def _check_features(name: str, width: int, rate: float, where: str) -> None:
    known = {f.name: (f.width, f.rate) for f in registry.all_features()}
    if known.get(name) != (width, rate):
        wanted = f"{clear(name, 40)!r} ({width} at {rate:g} Hz)"
        made = ", ".join(f"{name!r} ({w} at {rate:g} Hz)" for name, (w, rate) in known.items())
        raise ConfigError(
            f"{where} wants features {wanted}, this program makes {made}: use a bundle that fits"
        )


def _check(bundle: Bundle, where: str) -> None:
    if not bundle.alphabet or len(set(bundle.alphabet)) != len(bundle.alphabet):
        raise ConfigError(f"{where}: its alphabet is empty or has a character twice: restore it")
    if both := set(bundle.alphabet) & set(bundle.unsupported):
        chars = clear("".join(sorted(both)))
        raise ConfigError(f"{where}: {chars!r} is both in its alphabet and unsupported: restore it")
    if bundle.look_ahead < 0:
        raise ConfigError(
            f"{where}: look_ahead is {bundle.look_ahead}, must be 0 or more: restore it"
        )
    verified(bundle.model, bundle.sha256)
    for file in (bundle.language_model, bundle.accelerated):
        if file:
            verified(file.file, file.sha256)


def verified(file: Path, sha256: str) -> Contents:
    """``file``, read once: what is loaded of it is what was hashed.

    Raises:
        ConfigError: it is not the one with this SHA-256.
    """
    try:
        contents = Contents.of(file)
    except OSError as error:
        raise_shortage(error, file)
        raise ConfigError(f"{file} cannot be read ({error.strerror}): restore it") from error
    found = hashlib.sha256(contents.data).hexdigest()
    if found != sha256:
        raise ConfigError(
            f"{file} is not the file the bundle names (SHA-256 {found[:12]}...,"
            f" not {clear(sha256[:12])}...): restore it"
        )
    return replace(contents, pinned=found in _shipped())


@cache
def _shipped() -> frozenset[str]:
    """Every SHA-256 that the bundles of this program name."""
    found: set[str] = set()
    for file in (resources.models() / "bundles").glob(f"*/{FILE}"):
        with suppress(OSError, UnicodeDecodeError):
            found.update(re.findall(r"\b[0-9a-f]{64}\b", files.read_text(file, _MAX_BYTES)))
    return frozenset(found)
