"""What one client doing its worst costs the others of a running ishara: delay, and lost events.

    python benchmarks/worst_client.py [KIND...] [--clients 20] [--rounds 3] [--seconds 10] [--out F]

The real program reads the rendered signer at 30 frames a second. Well-behaved clients stay
connected and read; quiet rounds alternate with rounds in which one other process does its worst, as
one KIND says:

- ``resets``, ``pauses``, ``expects``: asks for that 45 times a second, within the rate of requests;
- ``leaves``: connects, pauses and leaves, over and over;
- ``silent``, ``silent-tcp``: as many connections as are accepted, which never send nor read;
- ``connections``: 940 connections a second;
- ``requests``, ``status``: pings, or questions for the status, as fast as they are taken.

The delay is from the capture of the frame to the arrival at a client, both on the monotonic clock.
No client may miss an event (they are numbered), and the 95th percentile may be at most 20 ms later
than in the quiet rounds. A reset, or a pause, that is allowed takes the text of its moment from
all, which are told so: the finals of a minute are reported beside.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import platform
import select
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

if not __package__:  # run as a file: the checkout is not on the path
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.faults.service import Service
from benchmarks.report.stats import too_few

SOURCE = "signer:quick brown fox?speed=6"
BOUND_MS = 20.0
"""How much later than in the quiet rounds the 95th percentile may be."""
RATE = 45.0
"""Requests a second that are within the rate."""
CONNECTIONS = 940.0
PLACES = 64
_REST_S = 1.0
_SNAPSHOT = 2  # events that a new connection begins with

Where = tuple[Path, int]
"""The path of the socket, and the TCP port."""
Worst = Callable[[Where, Any], None]
"""Does its worst until it is killed, and counts how often in a shared number."""


def connect(where: Where, tcp: bool = False) -> socket.socket:
    if tcp:
        return socket.create_connection(("127.0.0.1", where[1]))
    made = socket.socket(socket.AF_UNIX)
    made.connect(str(where[0]))
    return made


def asking(*requests: dict[str, Any]) -> Worst:
    """Asks for these in turn, within the rate."""

    def worst(where: Where, done: Any) -> None:
        one = connect(where)
        while True:
            for request in requests:
                one.sendall(json.dumps(request).encode() + b"\n")
                done.value += 1
                one.setblocking(False)
                with suppress(BlockingIOError):
                    while one.recv(1 << 16):
                        pass
                one.setblocking(True)
                time.sleep(1 / RATE)

    return worst


def leaves(where: Where, done: Any) -> None:
    while True:
        with connect(where) as one:
            one.sendall(b'{"type":"pause"}\n')
            one.recv(1 << 16)
        done.value += 1
        time.sleep(1 / RATE)


def silent(tcp: bool) -> Worst:
    """Holds as many places as it gets, and comes again for each that it loses."""

    def worst(where: Where, done: Any) -> None:
        held: list[socket.socket] = []
        poll = select.poll()
        while True:
            while len(held) < PLACES:
                try:
                    held.append(connect(where, tcp))
                except OSError:
                    break
                poll.register(held[-1], select.POLLRDHUP | select.POLLHUP)
                done.value += 1
            lost = {handle for handle, _ in poll.poll(50)}
            for one in [each for each in held if each.fileno() in lost]:
                poll.unregister(one)
                held.remove(one)
                one.close()

    return worst


def connections(where: Where, done: Any) -> None:
    began = time.monotonic()
    while True:
        with suppress(OSError):  # its queue is full
            one = socket.socket(socket.AF_UNIX)
            one.setblocking(False)
            try:
                one.connect(str(where[0]))
            finally:
                one.close()
        done.value += 1
        time.sleep(max(0.0, began + done.value / CONNECTIONS - time.monotonic()))


def flooding(request: bytes) -> Worst:
    def worst(where: Where, done: Any) -> None:
        while True:
            with suppress(OSError), connect(where) as one:
                while True:
                    done.value += one.send(request * 100) // len(request)

    return worst


KINDS: dict[str, Worst] = {
    "resets": asking({"type": "reset"}),
    "pauses": asking({"type": "pause"}, {"type": "resume"}),
    "expects": asking(*({"type": "expect", "expect": name} for name in ("letters", "any"))),
    "leaves": leaves,
    "silent": silent(tcp=False),
    "silent-tcp": silent(tcp=True),
    "connections": connections,
    "requests": flooding(b'{"type":"ping"}\n'),
    "status": flooding(b'{"type":"status"}\n'),
}


def read(where: Where, clients: int, results: Connection) -> None:
    """Well-behaved clients, until the server ends; sends what came: (client, when, line)."""
    poll = select.epoll()
    unread: dict[int, bytearray] = {}
    made: dict[int, socket.socket] = {}
    for _ in range(clients):
        one = connect(where)
        made[one.fileno()], unread[one.fileno()] = one, bytearray()
        poll.register(one, select.EPOLLIN)
    results.send("ready")
    came: list[tuple[int, float, bytes]] = []
    while made:
        for handle, _ in poll.poll():
            data = made[handle].recv(1 << 16)
            now = time.monotonic()
            if not data:
                poll.unregister(handle)
                made.pop(handle).close()
                continue
            *lines, rest = (unread[handle] + data).split(b"\n")
            unread[handle] = rest
            came.extend((handle, now, bytes(line)) for line in lines)
    results.send(came)


def status_ms(where: Where) -> float:
    """Milliseconds until one who comes now is told the status, however often it has to come."""
    began = time.monotonic()
    while (now := time.monotonic()) < began + 10:
        with suppress(OSError), connect(where) as one, one.makefile("rb") as lines:
            one.settimeout(began + 10 - now)
            one.sendall(b'{"type":"status"}\n')
            for line in lines:
                if json.loads(line)["type"] == "status":
                    return 1000 * (time.monotonic() - began)
    return float("inf")


Window = tuple[float, float, bool]


def measured(kind: str, clients: int, rounds: int, seconds: float) -> dict[str, Any]:
    """Of one kind: the figures of the quiet and of the loud rounds."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    windows: list[Window] = []
    done = multiprocessing.Value("q", 0)
    waits: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        config = f"[publish]\ntcp = {port}\nclients = {PLACES}\n"
        with Service(Path(folder), SOURCE, config=config) as service:
            service.listen().wait(lambda event: event["type"] == "partial", most=60.0)
            where = service.socket, port
            results, end = multiprocessing.Pipe()
            reader = multiprocessing.Process(target=read, args=(where, clients, end))
            reader.start()
            end.close()  # only the child keeps it open: one that dies is noticed
            results.recv()
            for number in range(2 * rounds):
                loud = number % 2 == 1
                worst = multiprocessing.Process(target=KINDS[kind], args=(where, done))
                if loud:
                    worst.start()
                time.sleep(_REST_S)
                began = time.monotonic()
                time.sleep(seconds)
                windows.append((began, time.monotonic(), loud))
                if loud:
                    waits.append(status_ms(where))
                    if not worst.is_alive():
                        sys.exit(f"{kind}: the worst client failed")
                    worst.kill()
                    worst.join()
            code, _ = service.stop()
            came = results.recv()
            reader.join()
            if code:
                sys.exit(f"ishara ended: {code}: {service.said}")
    return {
        "kind": kind,
        "done_a_second": round(done.value / (rounds * seconds)),
        "status_ms": round(max(waits), 1),
        **{name: figures(came, [w for w in windows if w[2] == loud])
           for name, loud in (("quiet", False), ("loud", True))},
    }  # fmt: skip


def figures(came: list[tuple[int, float, bytes]], windows: list[Window]) -> dict[str, float]:
    """Of what came to the clients in these windows."""
    delays: list[float] = []
    finals: set[int] = set()
    events: set[int] = set()
    seqs: dict[int, list[tuple[int, bool]]] = {}
    for client, when, line in came:
        event = json.loads(line)
        if "seq" not in event:
            continue
        within = any(begin <= when < end for begin, end, _ in windows)
        seqs.setdefault(client, []).append((event["seq"], within))
        if within and "captured" in event:
            delays.append(1000 * (when - event["captured"]))
            events.add(event["seq"])
            if event["type"] == "final":
                finals.add(event["seq"])
    missed = sum(
        after - before - 1
        for each in seqs.values()
        for (before, _), (after, within) in pairwise(each[_SNAPSHOT:])
        if within
    )
    minutes = sum(end - begin for begin, end, _ in windows) / 60
    p50, p95, p99, most = np.percentile(delays, (50, 95, 99, 100)) if delays else [float("nan")] * 4
    return {
        "events": len(events), "received": len(delays), "missed": missed,
        "finals_a_minute": round(len(finals) / minutes, 1),
        "p50": round(p50, 2), "p95": round(p95, 2), "p99": round(p99, 2), "max": round(most, 2),
    }  # fmt: skip


def verdict(found: dict[str, Any]) -> str:
    quiet, loud = found["quiet"], found["loud"]
    if quiet["missed"] or loud["missed"]:
        return "MISSED: an event did not reach a well-behaved client"
    if why := too_few(int(min(quiet["events"], loud["events"])), "p95"):
        return f"NOT JUDGED: {why}"
    over = loud["p95"] - quiet["p95"]
    return f"{'MET' if over <= BOUND_MS else 'MISSED'}: p95 {over:+.1f} ms"


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"of {', '.join(KINDS)}")
    parser.add_argument("--clients", type=int, default=20, help="well-behaved ones")
    parser.add_argument("--rounds", type=int, default=3, help="quiet ones, and as many loud ones")
    parser.add_argument("--seconds", type=float, default=10.0, help="of each round")
    parser.add_argument("--out", type=Path, help="the figures, as JSON")
    options = parser.parse_args()
    if unknown := set(options.kinds) - KINDS.keys():
        parser.error(f"no such kind: {', '.join(sorted(unknown))}")
    found = []
    print("| one client | a second | p95 without, ms | p95 with, ms | missed | finals a minute |"
          " status, ms | |\n|---|---|---|---|---|---|---|---|")  # fmt: skip
    for kind in options.kinds or KINDS:
        one = measured(kind, options.clients, options.rounds, options.seconds)
        one["verdict"] = verdict(one)
        found.append(one)
        quiet, loud = one["quiet"], one["loud"]
        cells = (kind, one["done_a_second"], quiet["p95"], loud["p95"],
                 quiet["missed"] + loud["missed"],
                 f"{quiet['finals_a_minute']}, {loud['finals_a_minute']}", one["status_ms"],
                 one["verdict"])  # fmt: skip
        print(f"| {' | '.join(map(str, cells))} |", flush=True)
    if options.out:
        environment = {
            "python": platform.python_version(),
            "machine": platform.machine(),
            "cpus": os.cpu_count(),
            "load": os.getloadavg()[0],
            "command": ["python", "-m", "benchmarks.worst_client", *sys.argv[1:]],
        }
        options.out.write_text(
            json.dumps({"environment": environment, "kinds": found}, indent=1) + "\n"
        )
    words = [one["verdict"].split(":")[0] for one in found]
    return 1 if "MISSED" in words else 3 if "NOT JUDGED" in words else 0


if __name__ == "__main__":
    sys.exit(main())
