"""Bundles whose files are damaged and vouched for, given to the daemon as a reload would."""

from __future__ import annotations

import hashlib
import io
import struct
import tomllib
import zipfile
from functools import cached_property
from random import Random
from typing import Any

import numpy as np

from edge import daemon, proof, resources
from edge.child import Child
from edge.config import Config, RecognizeConfig
from edge.landmarks import Hand, Landmarks
from edge.recognize import bundle
from edge.recognize.delegate import DelegateSelection

from .forks import Forks
from .grammar import altered, as_toml
from .target import Target

_SHIPPED = resources.models() / "bundles" / "ishara-stream"
_MODEL, _LANGUAGE_MODEL = "model.tflite", "language_model.npz"
_CHANGE = struct.Struct(">BII")
_MOST_CHANGES = 8
_NUMBERS = (
    0, 1, 2, 3, 4, 7, 16, 63, 64, 127, 128, 255, 256, 1024, 65535, 65536, 1 << 20, 1 << 28,
    (1 << 30) + 1, (1 << 31) - 1, 1 << 31, (1 << 32) - 1, (1 << 32) - 2, (1 << 32) - 128,
)  # fmt: skip


class Bundles(Target):
    """A bundle: what its first byte says, then changes of its model, of nine bytes each.

    The model always differs from the one that is known, so that it goes to the child first. Where
    the daemon takes it, it reads a moving hand for a few frames.
    """

    name, share, usual, guided = "bundle", 1.0, False, False
    seeds = (
        b"\xff",
        b"\xff" + _CHANGE.pack(0, 1 << 20, 1),
        b"\xff" + _CHANGE.pack(9, 200, 5) + _CHANGE.pack(12, 4000, 3),
        b"\x00" + _CHANGE.pack(20, 300, 0),
        b"\x40" + _CHANGE.pack(0, 1 << 19, 77),
    )

    @cached_property
    def forks(self) -> Forks:
        made = Forks()
        proof.Child = made.child  # type: ignore[assignment, misc]
        return made

    @cached_property
    def good(self) -> dict[str, bytes]:
        """The files of the shipped bundle."""
        return {name: (_SHIPPED / name).read_bytes() for name in (_MODEL, _LANGUAGE_MODEL)}

    @cached_property
    def named(self) -> dict[str, str]:
        """Their SHA-256."""
        return {name: hashlib.sha256(content).hexdigest() for name, content in self.good.items()}

    @cached_property
    def written(self) -> dict[str, bytes]:
        """What the files of the folder hold."""
        return {}

    @cached_property
    def manifest(self) -> str:
        return (_SHIPPED / bundle.FILE).read_text().split("[provenance]")[0]

    @cached_property
    def structure(self) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Places of the model's numbers that are neither weights nor names, each of four bytes."""
        return _structure(self.good[_MODEL])

    def run(self, data: bytes) -> bool:
        assert self.forks
        which, rest = (data[0], data[1:]) if data else (0xFF, b"")
        files = {**self.good, _MODEL: self._changed(rest)}
        rng = Random(data)
        if which < 8:
            files[_LANGUAGE_MODEL] = _damaged(files[_LANGUAGE_MODEL], rng)
        manifest = self.manifest
        for name, content in files.items():
            if content is not self.good[name]:
                manifest = manifest.replace(self.named[name], hashlib.sha256(content).hexdigest())
            if content is not self.written.get(name):
                (self.folder / name).write_bytes(content)
                self.written[name] = content
        encoded = manifest.encode()
        if 8 <= which < 24:
            encoded = as_toml(altered(tomllib.loads(manifest), rng))
        elif 24 <= which < 224:  # taken, where the model answers at all
            encoded = manifest.split("[selftest]")[0].encode()
        (self.folder / bundle.FILE).write_bytes(encoded)
        config = Config(recognize=RecognizeConfig(bundle=str(self.folder)))
        recognizer = daemon._recognizer(config, DelegateSelection("off"))
        for seen in _hand():
            recognizer.push(seen)
        recognizer.finish()
        return True

    def made(self, rng: Random) -> bytes:
        changes = [
            _CHANGE.pack(rng.randrange(256), rng.getrandbits(32), rng.getrandbits(32))
            for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 5, 8)))
        ]
        return bytes([rng.randrange(256)]) + b"".join(changes)

    def figures(self) -> dict[str, Any]:
        return {"tried_in_a_child": self.forks.tried, "children_that_died": self.forks.died}

    def close(self) -> None:
        self.forks.close()
        proof.Child = Child  # type: ignore[misc]
        super().close()

    def _changed(self, data: bytes) -> bytes:
        good = self.good[_MODEL]
        model = bytearray(good)
        whole = data[: min(len(data) // _CHANGE.size, _MOST_CHANGES) * _CHANGE.size]
        for kind, place, number in _CHANGE.iter_unpack(whole):
            at = int(self.structure[place % len(self.structure)])
            anywhere = place % len(model)
            if kind < 128:
                struct.pack_into("<I", model, at, _NUMBERS[number % len(_NUMBERS)])
            elif kind < 160:
                (value,) = struct.unpack_from("<I", model, at)
                struct.pack_into("<I", model, at, (value + number % 9 - 4) % (1 << 32))
            elif kind < 200:
                model[at + number % 4] ^= 1 << (number >> 8) % 8
            elif kind < 220:
                other = int(self.structure[number % len(self.structure)])
                model[at : at + 4] = good[other : other + 4]
            elif kind < 240:
                model[anywhere] = number % 256
            elif kind < 250:
                run = number.to_bytes(4, "big") * 8
                model[anywhere : anywhere + len(run)] = run
            else:  # cut off: what follows is another model's
                model[anywhere:] = bytes(len(model) - anywhere)
        del model[len(good) :]
        if model == good:
            model[-1] ^= 1
        return bytes(model)


def _structure(model: bytes) -> np.ndarray[Any, np.dtype[np.int64]]:
    from ai_edge_litert import schema_py_generated

    inside = np.zeros(len(model), bool)
    root = schema_py_generated.Model.GetRootAs(model, 0)
    for n in range(root.BuffersLength()):
        buffer = root.Buffers(n)
        if buffer.DataLength() > 64:  # shorter ones are shapes and the like
            at = buffer._tab.Vector(buffer._tab.Offset(4))
            inside[at : at + buffer.DataLength()] = True
        inside[buffer.Offset() : buffer.Offset() + buffer.Size()] = True
    content = np.frombuffer(model, np.uint8)[: len(model) // 4 * 4].reshape(-1, 4)
    text = ((content >= 32) & (content < 127)).all(axis=1)  # names
    weights = inside[: content.size].reshape(-1, 4).any(axis=1)
    return np.flatnonzero(~weights & ~text) * 4


def _damaged(archive: bytes, rng: Random) -> bytes:
    """The language model with some bytes of a table, or of the archive, changed."""
    if rng.random() < 0.3:
        at = rng.randrange(len(archive))
        return archive[:at] + rng.randbytes(rng.randrange(1, 9)) + archive[at + rng.randrange(9) :]
    with zipfile.ZipFile(io.BytesIO(archive)) as whole:
        tables = {name: bytearray(whole.read(name)) for name in whole.namelist()}
    table = tables[rng.choice(list(tables))]
    for _ in range(rng.randint(1, 4)):
        table[rng.randrange(len(table))] = rng.randrange(256)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        for name, content in tables.items():
            made.writestr(name, bytes(content))
    return file.getvalue()


def _hand() -> list[Landmarks]:
    """A hand that comes, moves and goes."""
    points = np.zeros((21, 3), np.float32)
    points[:, 0] = 0.5 + 0.01 * np.arange(21)
    points[:, 1] = 0.5 - 0.005 * np.arange(21)
    frames = []
    for n in range(6):
        hand = Hand(points + np.float32(0.02 * (n % 7)), presence=1.0, right=1.0, track=1)
        hands = (hand,) if 1 <= n < 5 else ()
        frames.append(Landmarks(hands, (640, 480), n / 30, captured=n / 30, index=n))
    return frames
