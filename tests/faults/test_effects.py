"""One client doing its worst, on the real process: the others lose nothing, and are told."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress

import pytest

from benchmarks.faults.listener import Listener, troubles
from benchmarks.faults.service import Service
from tests.clients import Client, eventually

from .conftest import Record, Start

pytestmark = pytest.mark.fault("effects")

SOURCE = "signer:abc abc?speed=5"
BURST, EVERY_S = 10, 5


@contextmanager
def undisturbed(service: Service) -> Iterator[Listener]:
    """A client that reads all the time; it misses nothing, and finals come afterwards."""
    other = service.listen()
    other.wait(lambda event: event["type"] == "final", most=120)
    yield other
    other.wait(lambda event: event["type"] == "final", time.monotonic(), most=120)
    assert troubles(other) == []


def status_is_told(service: Service) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "edge", "status", "--socket", str(service.socket)],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert (done.returncode in (0, 1), done.stderr) == (True, "")


def test_who_asks_all_the_time_for_what_concerns_all_is_limited_and_named(
    start: Start, record: Record
) -> None:
    service = start(SOURCE)
    requests = {
        "reset": [{"type": "reset"}],
        "expect": [{"type": "expect", "expect": name} for name in ("letters", "any")],
        "pause": [{"type": "pause"}, {"type": "resume"}],
    }
    with undisturbed(service) as other:
        for kind, each in requests.items():
            worst = service.listen()
            began = time.monotonic()
            for number in range(120):
                worst.ask(**each[number % len(each)])
                time.sleep(0.022)
            took = time.monotonic() - began
            done = len(worst.of("ok"))
            worst.close()
            assert 0 < done <= BURST + took / EVERY_S + 1
            told = [state for state in other.of("state") if state["request"] in (kind, "resume")]
            assert told
            assert all(state["by"].startswith(f"pid {os.getpid()}, ") for state in told)
            record(f"one client asks to {kind} 45 times a second",
                   "limited far lower; the others get finals, and are told who it was",
                   f"{done} of 120 in {took:.0f} s")  # fmt: skip


def test_silent_connections_over_tcp_shut_nobody_out(start: Start, record: Record) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    service = start(SOURCE, config=f"[publish]\nclients = 8\ntcp = {port}\n")
    with undisturbed(service), ExitStack() as stack:
        for _ in range(12):
            stack.enter_context(closing(Client(("127.0.0.1", port))))
        late = stack.enter_context(closing(Client(service.socket)))
        assert (late.next() or {}).get("type") == "hello", "half of the places are not for TCP"
        status_is_told(service)
        over = stack.enter_context(closing(Client(("127.0.0.1", port))))
        refusal = over.next() or {}
        assert refusal.get("type") == "hello" or refusal.get("code") == "busy"

        def room() -> bool:
            with closing(Client(("127.0.0.1", port))) as one:
                return (one.next() or {}).get("type") == "hello"

        assert eventually(room, 60), "who never sent anything makes room for one that comes"
    record("silent connections over TCP, more than there are places",
           "a newcomer on the socket is served, `ishara status` answered; they make room",
           "12 held, 8 places")  # fmt: skip


def test_nothing_is_changed_over_tcp(start: Start, record: Record) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    service = start(SOURCE, config=f"[publish]\ntcp = {port}\n")
    with undisturbed(service) as other, closing(Client(("127.0.0.1", port))) as one:
        for request in ({"type": "reset"}, {"type": "pause"}, {"type": "expect", "expect": "any"}):
            one.ask(**request)
            assert one.until("error")["code"] == "not_allowed"
        one.send(b"GET / HTTP/1.1\r\n\r\n")
        assert {"type": "bye", "reason": "malformed"} in one.rest()
        assert not [state for state in other.of("state") if state["request"]]
    record("reset, pause and expect over TCP, and a web page's request",
           "refused as not allowed; the connection ends", "refused")  # fmt: skip


def test_connections_all_the_time_cost_nobody_an_event(start: Start, record: Record) -> None:
    service = start(SOURCE)
    made = 0
    with undisturbed(service):
        began = time.monotonic()
        while (now := time.monotonic()) < began + 3:
            with suppress(OSError), closing(socket.socket(socket.AF_UNIX)) as one:
                one.setblocking(False)
                one.connect(str(service.socket))
            made += 1
            time.sleep(max(0.0, began + made / 940 - now))
        status_is_told(service)
    assert eventually(lambda: service.usage().descriptors < 30, 60)
    record("940 connections a second, for 3 s", "the others miss nothing; `ishara status` answered",
           f"{made} connections")  # fmt: skip


@pytest.mark.parametrize("what", ["ping", "status"])
def test_requests_as_fast_as_they_are_taken_cost_nobody_an_event(
    start: Start, record: Record, what: str
) -> None:
    service = start(SOURCE)
    line = f'{{"type":"{what}"}}\n'.encode()
    ends = 0
    with undisturbed(service):
        began = time.monotonic()
        while time.monotonic() < began + 3:
            with closing(Client(service.socket)) as one:
                while one.send(line * 100):
                    pass
            ends += 1
    assert ends > 0
    record(f"requests ({what}) as fast as they are taken, for 3 s",
           "disconnected; the others miss nothing", f"disconnected {ends} times")  # fmt: skip
