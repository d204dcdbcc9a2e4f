"""Fixtures of both clients, and servers that misbehave."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.client.both import Asyncio, Either, Threaded

HELLO = (
    b'{"type":"hello","protocol":1,"program":"ishara-edge","version":"0","source":"fake:",'
    b'"live":true,"bundle":"none"}\n'
)

Script = Callable[[socket.socket], None]
Fake = Callable[..., Path]


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[Fake]:
    """Starts a server that runs one script for each of its connections, in turn."""
    with ExitStack() as stack:

        def start(*scripts: Script, name: str = "fake.sock") -> Path:
            path = tmp_path / name
            listening = stack.enter_context(socket.socket(socket.AF_UNIX))
            listening.bind(str(path))
            listening.listen()
            stack.callback(lambda: listening.shutdown(socket.SHUT_RDWR))

            def serve() -> None:
                for script in scripts:
                    with suppress(OSError), listening.accept()[0] as connection:
                        script(connection)

            threading.Thread(target=serve, daemon=True).start()
            return path

        yield start


def says(*lines: bytes) -> Script:
    """A script that sends these bytes, waits until the client has gone, and ends."""

    def script(connection: socket.socket) -> None:
        connection.sendall(b"".join(lines))
        while connection.recv(4096):
            pass

    return script


def says_and_ends(*lines: bytes) -> Script:
    """A script that sends these bytes and ends the connection, but takes what it was sent."""

    def script(connection: socket.socket) -> None:
        connection.sendall(b"".join(lines))
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(4096):
            pass

    return script


Start = Callable[[str], "subprocess.Popen[bytes]"]


@pytest.fixture
def start(tmp_path: Path, landmark_weights: None) -> Iterator[Start]:
    """Starts ``ishara run --source SOURCE`` on ``tmp_path / "d.sock"``."""
    with ExitStack() as stack:

        def run(source: str) -> subprocess.Popen[bytes]:
            command = [sys.executable, "-m", "edge", "run", "--source", source]
            process = stack.enter_context(
                subprocess.Popen(
                    [*command, "--socket", str(tmp_path / "d.sock")],
                    stdout=subprocess.DEVNULL,
                    env={**os.environ, "XDG_CONFIG_HOME": str(tmp_path)},
                )
            )
            stack.callback(process.kill)
            return process

        yield run


class Connect:
    """Connects clients of one kind, and closes them after the test."""

    def __init__(self, kind: type[Either]) -> None:
        self.kind = kind
        self._made: list[Either] = []

    def __call__(self, *address: Any, **options: Any) -> Either:
        client = self.kind(*address, **{"answer_timeout": 60.0, **options})
        self._made.append(client)
        return client

    def close(self) -> None:
        for client in self._made:
            client.close()


@pytest.fixture(params=[Threaded, Asyncio], ids=["sync", "asyncio"])
def join(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connect]:
    """Connects clients: every test that uses it runs with both; a busy machine may be slow."""
    monkeypatch.setattr("edge.client.session.HELLO_TIMEOUT_S", 60.0)
    connect = Connect(request.param)
    yield connect
    connect.close()
