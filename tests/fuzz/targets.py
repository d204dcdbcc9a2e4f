"""What reads bytes that others made, and must accept or reject any of them.

A target gets bytes and returns whether they were accepted. It may raise `UserError`, `ConfigError`
and `BadRequest`, each with one line, and nothing else; `tried` checks that.
"""

from __future__ import annotations

import hashlib
import io
import json
import socket
import sys
import tomllib
import zipfile
from contextlib import suppress
from functools import cached_property
from random import Random
from typing import Any

import numpy as np

from edge import config, resources
from edge.errors import UserError
from edge.events import State, requests
from edge.landmarks import weights
from edge.recognize import bundle, open_recognizer
from edge.recognize.language_model import CharacterLM
from tests.clients import Server

from .bundles import Bundles
from .foreign import ForeignLists
from .grammar import altered, as_json, as_toml
from .pictures import Pictures
from .target import Target

_SHIPPED = resources.models() / "bundles" / "ishara-stream"
_LIST = resources.models() / "landmarks.toml"


_JSON_WORDS = (
    '{"type":', '"ping"', '"subscribe"', '"events":', '"partial"', '"final"', '"state"', '"reset"',
    '"pause"', '"resume"', '"status"', '"expect":', '"digits"', '"id":', "null", "true", "1e999",
    "NaN", "-Infinity", "\n", "\\ud800", "[[[[[[[[", "9007199254740992", '""',
)  # fmt: skip
_REQUESTS = (
    b'{"type":"ping","id":1}',
    b'{"type":"subscribe","events":["partial","final","state"],"id":"a"}',
    b'{"type":"pause"}',
    b'{"type":"resume","id":null}',
    b'{"type":"status","id":"\\u00e9"}',
    b'{"type":"reset"}',
    b'{"type":"expect","expect":"digits","id":2}',
    b'{"type":"words","words":["anna = 2"],"only":true,"id":3}',
)


class Requests(Target):
    """A client's line."""

    name, share, seeds, words = "requests", 0.4, _REQUESTS, _JSON_WORDS

    def run(self, data: bytes) -> bool:
        requests.decode(data)
        return True

    def made(self, rng: Random) -> bytes:
        return as_json(altered(json.loads(rng.choice(_REQUESTS)), rng))


class Conversation(Target):
    """A client's stream, through a real socket to a live server; the first byte repeats it."""

    name, share, words = "conversation", 0.04, _JSON_WORDS
    seeds = (
        b"\0" + b"\n".join(_REQUESTS) + b"\n", b"\x05" + _REQUESTS[0] + b"\n", b"\x0fx" * 20,
        b"\x09\n", b"\x0a\xff\0\n", b"\0",
    )  # fmt: skip
    _END = b'\n{"type":"ping","id":"the end"}\n'
    _LONGEST = 1 << 18

    @cached_property
    def server(self) -> Server:
        return Server(self.folder / "s", clients=8)

    def run(self, data: bytes) -> bool:
        times = min(1 << data[0] % 16, self._LONGEST // len(data) + 1) if data else 0
        answered = self._converse((data[1:] * times)[: self._LONGEST])
        self.server.publish(State(state="reading"))
        assert self._converse(b""), "no answer for a client that does nothing wrong"
        return answered

    def _converse(self, stream: bytes) -> bool:
        """Whether the server answered to the end; it may say ``bye`` before."""
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(10)
            client.connect(str(self.server.path))
            with suppress(BrokenPipeError, ConnectionResetError):
                client.sendall(stream + self._END)
            last: dict[str, Any] = {}
            with client.makefile("rb") as received, suppress(ConnectionResetError):
                for line in received:
                    last = json.loads(line)
                    if last.get("id") == "the end":
                        return last["type"] == "pong"
            assert last["type"] == "bye", f"ended without a bye, after {last}"
            return False

    def made(self, rng: Random) -> bytes:
        lines = [as_json(altered(json.loads(rng.choice(_REQUESTS)), rng)) for _ in range(3)]
        return bytes([rng.randrange(10)]) + b"\n".join(lines) + rng.choice((b"\n", b""))

    def close(self) -> None:
        self.server.close()
        super().close()


_TOML_WORDS = (
    "[", "]", "[[", "]]", "=", ".", '"""', "'''", "\n", "#", "inf", "nan", "1e999", "0x", "true",
    "1979-05-27T07:32:00Z", "{", "}", ",", '"\\u0000"', '"\\n"', '"\\U0010ffff"', "9" * 40, "''",
)  # fmt: skip


class Configuration(Target):
    """A configuration file."""

    name, share = "configuration", 0.25
    seeds = (config.render(config.Config()).encode(), b"[camera]\nwidth = 64\n", b"publish.tcp = 1")
    words = (*_TOML_WORDS, "[camera]", "[landmarks]", "[recognize]", "[publish]")

    def run(self, data: bytes) -> bool:
        file = self.folder / "ishara.toml"
        file.write_bytes(data)
        assert isinstance(config.load(file), config.Config)
        return True

    def made(self, rng: Random) -> bytes:
        return as_toml(altered(tomllib.loads(self.seeds[0].decode()), rng))


class Manifest(Target):
    """A ``bundle.toml`` beside files that are whole."""

    name, share = "manifest", 0.15
    words = (
        *_TOML_WORDS, "[tensors]", "[decoding]", "[language_model]", "[selftest]", "[accelerated]",
        "[provenance]", 'model = "', "alphabet", "states = [[", "weight", "width", "rate",
        "look_ahead", "poses",
    )  # fmt: skip

    @cached_property
    def seeds(self) -> tuple[bytes, ...]:  # type: ignore[override]
        text = (_SHIPPED / bundle.FILE).read_text().split("[provenance]")[0]
        for file in ("model.tflite", "language_model.npz"):
            content = (_SHIPPED / file).read_bytes()
            (self.folder / file).write_bytes(content[:100])
            text = text.replace(
                hashlib.sha256(content).hexdigest(), hashlib.sha256(content[:100]).hexdigest()
            )
        model = hashlib.sha256((self.folder / "model.tflite").read_bytes()).hexdigest()
        accelerated = f'[accelerated]\nmodel = "model.tflite"\nsha256 = "{model}"\n'
        return (
            f"{text}\n{accelerated}".encode(),
            text.split("[selftest]")[0].encode(),
            text.split("[language_model]")[0].encode(),
        )

    def run(self, data: bytes) -> bool:
        assert self.seeds  # makes the files
        (self.folder / bundle.FILE).write_bytes(data)
        bundle.load(self.folder)
        return True

    def made(self, rng: Random) -> bytes:
        return as_toml(altered(tomllib.loads(self.seeds[0].decode()), rng))


class LanguageModelFile(Target):
    """A ``language_model.npz``; by its first byte the whole archive, or one table of one."""

    name, share = "language_model", 0.1
    words = ("'descr': ", "'<u1'", "'|O'", "'<f8'", "'shape': (", "99999999999,", "'fortran_order'")

    @cached_property
    def tables(self) -> dict[str, bytes]:
        small = {
            "format": np.int64(1), "alphabet": np.str_("ab "), "order": np.int64(2),
            "weights": np.array([0.5, 0.25, 0.25]), "switching": np.float64(0.1),
            "mean": np.float64(2),
            "contexts": np.array([0, 1, 1], np.uint32), "sizes": np.array([3, 1, 1], np.uint8),
            "backoffs": np.array([9, 9, 9], np.uint8), "chars": np.array([0, 1, 2, 0, 1], np.uint8),
            "shares": np.array([9, 9, 9, 9, 9], np.uint8),
        }  # fmt: skip
        return {name: _npy(value) for name, value in small.items()}

    @cached_property
    def seeds(self) -> tuple[bytes, ...]:  # type: ignore[override]
        whole = b"\xff" + _npz(self.tables)
        return (whole, *(bytes([n]) + table for n, table in enumerate(self.tables.values())))

    def run(self, data: bytes) -> bool:
        which, content = (data[0], data[1:]) if data else (0xFF, b"")
        if which < 0xF0:
            name = list(self.tables)[which % len(self.tables)]
            content = _npz({**self.tables, name: content})
        file = self.folder / "language_model.npz"
        file.write_bytes(content)
        language_model = CharacterLM.load(file)
        for context in ("", "ab", " ba b"):
            assert np.isfinite(language_model.scores(context)).all()
        return True

    def made(self, rng: Random) -> bytes:
        which = rng.randrange(len(self.tables))
        table = np.load(io.BytesIO(list(self.tables.values())[which]))
        if table.dtype.kind != "U":
            table = np.resize(table, rng.choice(((), (0,), (1,), (3,), (5,), (2, 3), (70,))))
            table = np.asarray(
                table.astype(float) * rng.choice((1, 1, -1, 0, 2, 1000)) + rng.choice((0, 0, 1))
            )
            kinds = ("u1", "u4", "i8", "f4", "f8", "c16", "M8[s]", "?", "U3", "S2", table.dtype)
            with np.errstate(all="ignore"):
                table = table.astype(rng.choice(kinds))
        return bytes([which]) + _npy(table)


def _npy(value: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, value)
    return file.getvalue()


def _npz(tables: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, table in tables.items():
            archive.writestr(f"{name}.npy", table)
    return file.getvalue()


class LandmarkList(Target):
    """The list of landmark weights."""

    name, share = "landmarks", 0.05
    seeds = (_LIST.read_bytes(), b"\n\n".join(_LIST.read_bytes().split(b"\n\n")[1:3]))
    words = (*_TOML_WORDS, "[origins.", "[weights.", "origin", "path", "bytes", "sha256", "licence")

    def run(self, data: bytes) -> bool:
        (self.folder / "landmarks.toml").write_bytes(data)
        real = resources.models, resources.weights
        resources.models = resources.weights = lambda: self.folder
        try:
            states = weights.check()
            with suppress(UserError):  # the files are not here
                weights.path("palm_detection_full")
        finally:
            resources.models, resources.weights = real
        return bool(states)

    def made(self, rng: Random) -> bytes:
        return as_toml(altered(tomllib.loads(self.seeds[0].decode()), rng))


class Model(Target):
    """Bytes written somewhere into a good model: refused before a runtime sees them."""

    name, share, seeds = "model", 0.01, (b"\0\0\0\0", b"\0\0\x10\0TFL3", b"\xff\xff\xff\xffabc")

    @cached_property
    def good(self) -> bytes:
        for name in ("model.tflite", "language_model.npz", bundle.FILE):
            (self.folder / name).write_bytes((_SHIPPED / name).read_bytes())
        return (self.folder / "model.tflite").read_bytes()

    def run(self, data: bytes) -> bool:
        at = int.from_bytes(data[:4], "big") % len(self.good)
        written = data[4:] or self.good[at : at + 1]
        with (self.folder / "model.tflite").open("r+b") as file:
            file.seek(at)
            file.write(written)
            file.flush()
            same = self.good[at : at + len(written)] == written
            try:
                if same:
                    return bool(bundle.load(self.folder))
                open_recognizer(config.RecognizeConfig(bundle=str(self.folder)))
            finally:
                assert "ai_edge_litert" not in sys.modules, "the runtime was loaded"
                file.truncate(len(self.good))
                file.seek(at)
                file.write(self.good[at : at + len(written)])
        raise AssertionError("a changed model was taken")

    def made(self, rng: Random) -> bytes:
        return rng.randbytes(4) + rng.randbytes(rng.randrange(1, 2000))


TARGETS: dict[str, type[Target]] = {
    target.name: target
    for target in (
        Requests,
        Conversation,
        Configuration,
        Manifest,
        LanguageModelFile,
        LandmarkList,
        Model,
        Pictures,
        Bundles,
        ForeignLists,
    )
}
