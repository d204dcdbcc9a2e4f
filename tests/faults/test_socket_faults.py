"""Clients that misbehave towards the real program, and what may stand where its socket is to be."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from itertools import pairwise
from pathlib import Path

import pytest

from benchmarks.faults.listener import Listener, troubles
from benchmarks.faults.service import Service
from edge.events.requests import MAX_LINE_BYTES

from ..clients import Client, eventually
from ..conftest import Ishara
from .conftest import Record, Start

pytestmark = pytest.mark.fault("clients")

# Text comes all the time, so that a delay would be seen.
SOURCE = "signer:the quick brown fox jumps over the lazy dog?speed=6"


def reads(service: Service) -> Listener:
    """A healthy client, after the program has begun to read."""
    client = service.listen()
    client.wait(lambda event: event["type"] == "partial" and event["text"])
    return client


def unharmed(client: Listener) -> float:
    """Fails where ``client`` missed an event; else the longest time without an event, seconds."""
    assert troubles(client) == []
    counted = [event["seq"] for event in client.of("partial", "final", "state")]
    assert counted == list(range(counted[0], counted[0] + len(counted)))
    return max(after - before for (before, _), (after, _) in pairwise(list(client.events)))


def back_at(base: int, service: Service) -> bool:
    return eventually(lambda: service.usage().descriptors <= base, 5)


def test_a_client_that_never_reads(start: Start, record: Record) -> None:
    service = start(SOURCE, config="[publish]\nqueue = 8\n")
    healthy = reads(service)
    base = service.usage().descriptors
    slow = Client(service.socket)
    began = time.monotonic()
    request, sent = b'{"type":"status"}\n', 0
    while sent < 2000 and slow.send(request):  # within the rate, its answers never read
        sent += 1
        time.sleep(0.022)
    took = time.monotonic() - began
    assert sent < 2000
    byes = [event["reason"] for event in slow.rest() if event["type"] == "bye"]
    assert byes in ([], ["slow"])  # it gets one if the kernel has room
    slow.close()
    assert back_at(base, service)
    silence = unharmed(healthy)
    record(
        "slow client: asks and never reads",
        "bounded queue, then closed; nobody else notices",
        f"closed after {sent} answers in {took:.0f} s; another client lost none of"
        f" {len(healthy.events)} events (longest silence {silence:.2f} s)",
    )


def test_clients_that_die(start: Start, record: Record) -> None:
    service = start(SOURCE)
    healthy = reads(service)
    base = service.usage().descriptors
    program = (
        "import socket, sys\n"
        "made = [socket.socket(socket.AF_UNIX) for _ in range(60)]\n"
        "for each in made: each.connect(sys.argv[1])\n"
        "print('connected', flush=True); sys.stdin.read()"
    )
    for _ in range(3):
        dying = subprocess.Popen(
            [sys.executable, "-c", program, str(service.socket)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert dying.stdout is not None
        assert dying.stdout.readline()
        assert eventually(lambda: service.usage().descriptors >= base + 60)
        dying.kill()
        dying.communicate()
        assert back_at(base, service)
    silence = unharmed(healthy)
    record(
        "dead clients: three times 60, killed",
        "descriptors back to the base line",
        f"{base} before, {service.usage().descriptors} after; longest silence {silence:.2f} s",
    )


def test_more_clients_than_there_is_room_for(start: Start, record: Record) -> None:
    service = start(SOURCE, config="[publish]\nclients = 16\n")
    healthy = reads(service)
    base = service.usage().descriptors
    busy = 0
    with ExitStack() as stack:
        for _ in range(60):
            client = stack.enter_context(closing(Client(service.socket)))
            event = client.next()
            assert event is not None
            busy += event.get("code") == "busy"
            if event.get("code") == "busy":
                assert client.rest() == [{"type": "bye", "reason": "busy"}]
        most = service.usage().descriptors
        assert most <= base + 16
    assert busy == 60 - 15
    assert back_at(base, service)
    Client(service.socket).sync()
    silence = unharmed(healthy)
    record(
        "client flood: 60 where 16 may be",
        "a cap and a `busy` answer; the others notice nothing",
        f"{busy} refused as busy; at most {most - base} descriptors more;"
        f" longest silence {silence:.2f} s",
    )


def test_input_that_is_malformed_huge_binary_or_endless(start: Start, record: Record) -> None:
    service = start(SOURCE)
    healthy = reads(service)
    time.sleep(0.5)
    base = service.usage()
    once = {
        b'{"type":\n': "malformed",
        b"\xff\x00\n": "malformed",
        b"x" * (MAX_LINE_BYTES + 1): "too_long",
    }
    for content, code in once.items():
        with closing(Client(service.socket)) as client:
            client.ask(type="subscribe", events=[])
            client.until("ok")
            client.send(content)
            assert client.until("error")["code"] == code
            if code == "too_long":
                assert client.rest() == [{"type": "bye", "reason": code}]
    floods = {
        "malformed lines": (b'{"type":\n' * 7000, "rate"),
        "binary": (random.Random(0).randbytes(1 << 16), "rate"),
        "a line without end": (b"x" * (1 << 16), "too_long"),
        "empty lines": (b"\n" * (1 << 16), "rate"),
        "pings, never read": (b'{"type":"ping"}\n' * 4096, "rate"),
        "nested brackets": (b"[" * 60_000 + b"\n", "rate"),
    }
    figures, most = [], base.rss_mb
    for name, (content, reason) in floods.items():
        client = Client(service.socket)
        client.next()
        sent = 0
        while sent < 1 << 32 and client.send(content):  # until the program ends it
            sent += len(content)
        assert sent < 1 << 25, name
        byes = [event["reason"] for event in client.rest() if event["type"] == "bye"]
        assert byes in ([], [reason]), name  # the end of a socket may swallow what it was sent
        client.close()
        most = max(most, service.usage().rss_mb)
        figures.append(f"{name} {sent / 1e6:.1f} MB")
    assert back_at(base.descriptors, service)
    assert most < base.rss_mb + 20
    assert service.process.poll() is None
    assert service.said == ""
    silence = unharmed(healthy)
    record(
        "malformed, huge, binary and endless input",
        "an error object, a limit, a close; memory flat; nobody else notices",
        f"ended after {', '.join(figures)}; memory {most - base.rss_mb:+.1f} MB;"
        f" longest silence {silence:.2f} s",
    )


def refused(ishara: Ishara, path: Path) -> tuple[int | None, str]:
    process = ishara("run", "--source", "signer:a", "--socket", str(path))
    out, err = process.communicate(timeout=60)
    return process.returncode, out + err


def test_what_stands_at_the_path(
    landmark_weights: None, ishara: Ishara, start: Start, tmp_path: Path, record: Record
) -> None:
    live = start(SOURCE)
    healthy = reads(live)
    stands: dict[str, Callable[[Path], object]] = {
        "a file": lambda path: path.write_text("precious"),
        "a folder": lambda path: path.mkdir(),
        "a pipe": os.mkfifo,
        "a link to nothing": lambda path: path.symlink_to(tmp_path / "nothing"),
        "a link to a live socket": lambda path: path.symlink_to(live.socket),
        "a datagram socket": lambda path: bound.bind(str(path)),
    }
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bound, ThreadPoolExecutor(3) as pool:
        paths = {name: tmp_path / name.replace(" ", "-") for name in stands}
        for name, make in stands.items():
            make(paths[name])
        before = {name: path.lstat() for name, path in paths.items()}
        paths["a live instance"] = live.socket
        paths["a folder that cannot be written"] = Path("/proc/s")
        paths["no folder"] = tmp_path / "no" / "folder" / "s"
        ends = dict(zip(paths, pool.map(lambda p: refused(ishara, p), paths.values()), strict=True))
        for name, (code, said) in ends.items():
            assert code == 2, (name, said)
            assert said.startswith("ishara: "), (name, said)
            assert said.count("\n") == 1, (name, said)
        after = {name: paths[name].lstat() for name in stands}
    assert [a[:2] for a in after.values()] == [b[:2] for b in before.values()]
    assert "another ishara is running" in ends["a live instance"][1]
    assert unharmed(healthy) < 10
    record(
        "live second instance, not a socket, no permission at the path",
        "refused, exit code 2, one line; what stands there stays",
        f"{len(ends)} cases: {', '.join(ends)}",
    )


def test_a_socket_left_by_a_killed_program_is_replaced(start: Start, record: Record) -> None:
    first = start(SOURCE)
    reads(first)
    first.send(signal.SIGKILL)
    first.process.wait()
    assert first.socket.is_socket()
    second = start(SOURCE, arguments=("--socket", str(first.socket)))
    began = time.monotonic()
    client = Listener(first.socket)
    client.wait(lambda event: event["type"] == "hello")
    took = time.monotonic() - began
    client.close()
    assert second.stop()[0] == 0
    assert not first.socket.exists()
    record(
        "stale socket of a killed program",
        "replaced, and removed at the end",
        f"the next program answers there {took:.1f} s after its start",
    )
