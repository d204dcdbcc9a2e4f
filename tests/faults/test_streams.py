"""Standard streams that nobody reads: no client of the socket notices, and SIGTERM ends it."""

from __future__ import annotations

import fcntl
import os
import pty
import socket
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from benchmarks.faults.listener import Listener, troubles
from benchmarks.faults.service import Service

from .conftest import Record, Start

pytestmark = pytest.mark.fault("streams")

SIGNED = "signer:abc abc?speed=5"
PIPE_BYTES = 4096


@contextmanager
def unread_pipe() -> Iterator[int]:
    """The writing end of a pipe that holds one page, and is full soon."""
    reading, writing = os.pipe()
    with os.fdopen(reading), os.fdopen(writing, "w") as end:
        fcntl.fcntl(end, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        yield end.fileno()


@contextmanager
def unread_terminal() -> Iterator[int]:
    reading, writing = pty.openpty()
    try:
        yield writing
    finally:
        os.close(writing)
        os.close(reading)


def finals(client: Listener, count: int) -> None:
    """Wait until ``count`` more segments have ended."""
    seen = len(client.of("final"))
    client.wait(lambda _: len(client.of("final")) >= seen + count, most=30)


def publishes(client: Listener, size: int) -> None:
    """Wait until more was published than ``size`` bytes hold."""
    client.wait(lambda _: sum(len(str(event)) for _, event in client.events) > size, most=60)


def ends(service: Service, *clients: Listener) -> float:
    """SIGTERM ends it, and the clients have everything. Returns the seconds it took."""
    code, took = service.stop()
    assert code == 0
    assert took < 2
    for client in clients:
        assert client.ended.wait(5)
        assert troubles(client) == []
        assert client.of("bye")[-1]["reason"] == "stopping"
    return took


def test_a_terminal_that_nobody_reads(start: Start, record: Record) -> None:
    with unread_terminal() as terminal:
        service = start(SIGNED, arguments=("--print",), output=terminal)
        client = service.listen()
        # Ten drawings a second of some 50 bytes: what the kernel holds of a terminal is full soon.
        time.sleep(10)
        finals(client, 3)
        late = service.listen()
        finals(late, 1)
        took = ends(service, client, late)
    record(
        "`run --print` on a terminal that nobody reads",
        "clients miss nothing, SIGTERM ends it within 2 s",
        f"ended after {took:.2f} s",
    )


def test_a_pipe_of_json_lines_that_nobody_reads(start: Start, record: Record) -> None:
    with unread_pipe() as pipe:
        service = start(SIGNED, arguments=("--json",), output=pipe)
        client = service.listen()
        publishes(client, 3 * PIPE_BYTES)
        finals(client, 3)
        took = ends(service, client)
    record(
        "`run --json` into a pipe that nobody reads",
        "clients miss nothing, SIGTERM ends it within 2 s",
        f"ended after {took:.2f} s",
    )


@pytest.mark.fault(
    "streams",
    "a recording, `--json`, and a reader that stops",
    "the recording waits; SIGTERM ends it within 2 s",
)
def test_a_recording_waits_for_the_reader_of_its_json_lines(start: Start) -> None:
    with unread_pipe() as pipe:
        service = start("signer:abc?pace=0", arguments=("--json",), output=pipe)
        client = service.listen()
        publishes(client, 2 * PIPE_BYTES)
        deadline = time.monotonic() + 60
        while client.events[-1][0] > time.monotonic() - 1:  # nothing for a second: it waits
            time.sleep(0.1)
            assert time.monotonic() < deadline
        code, took = service.stop()
    assert code == 0
    assert took < 2


def test_a_log_that_nobody_reads(start: Start, record: Record) -> None:
    with unread_pipe() as pipe:
        service = start(SIGNED, error=pipe, verbose=True)
        client = service.listen()
        for _ in range(100):  # a line of the log each
            with closing(socket.socket(socket.AF_UNIX)) as visitor:
                visitor.settimeout(10)
                visitor.connect(str(service.socket))
                assert visitor.recv(1)
        late = service.listen()
        finals(client, 2)
        finals(late, 1)
        took = ends(service, client, late)
    record(
        "a standard error output that nobody reads, and a hundred clients",
        "clients miss nothing, SIGTERM ends it within 2 s",
        f"ended after {took:.2f} s",
    )
