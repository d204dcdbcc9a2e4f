"""Starts the real program with a camera that breaks on command."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from benchmarks.faults.service import Service
from tests.conftest import Record as Record  # its users are here

from . import unit

Start = Callable[..., Service]


@pytest.fixture
def start(tmp_path: Path, landmark_weights: None) -> Iterator[Start]:
    """Starts services as `Service`, each in a folder of its own; ends them after the test."""
    with ExitStack() as stack:
        count = iter(range(100))

        def started(*arguments: Any, **options: Any) -> Service:
            folder = tmp_path / str(next(count))
            folder.mkdir()
            return stack.enter_context(Service(folder, *arguments, **options))

        yield started


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Skips where the sandbox of the unit cannot be made."""
    if why := unit.why_not(tmp_path_factory.mktemp("sandbox")):
        pytest.skip(why)


@pytest.fixture
def confined(start: Start, tmp_path: Path, sandbox: None) -> Start:
    """As `start`, in the sandbox of the unit; it sees and may write the folder of the test."""

    def started(*arguments: Any, environment: dict[str, str] | None = None, **options: Any) -> Any:
        environment = {**unit.environment(), **(environment or {})}
        return start(*arguments, environment=environment, shell=unit.shell(tmp_path), **options)

    return started


class Manager:
    """Receives the messages to systemd, on an abstract socket.

    Attributes:
        messages: (monotonic seconds, message), oldest first.
    """

    _count = 0

    def __init__(self) -> None:
        Manager._count += 1
        name = f"ishara-test-{os.getpid()}-{Manager._count}"
        self.address = "@" + name
        self.messages: list[tuple[float, str]] = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind("\0" + name)
        threading.Thread(target=self._receive, daemon=True).start()

    def wait(self, wanted: str, since: float = 0.0, most: float = 30.0) -> float:
        """When the first message that begins so came after ``since``."""
        deadline = time.monotonic() + most
        while time.monotonic() < deadline:
            for when, message in list(self.messages):
                if when >= since and message.startswith(wanted):
                    return when
            time.sleep(0.01)
        raise AssertionError(f"no message {wanted}: {self.messages[-8:]}")

    def times(self, wanted: str, since: float = 0.0) -> list[float]:
        return [
            when for when, text in list(self.messages) if when >= since and text.startswith(wanted)
        ]

    def _receive(self) -> None:
        while True:
            message = self._socket.recv(65536).decode()
            self.messages.append((time.monotonic(), message))


@pytest.fixture
def manager() -> Manager:
    return Manager()
