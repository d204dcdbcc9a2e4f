"""No room to write, no descriptors, no clock to trust."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import socket
import subprocess
import time
from itertools import pairwise
from pathlib import Path

import pytest

from benchmarks.faults.listener import troubles
from benchmarks.soak import soak

from .conftest import Manager, Record, Start
from .test_camera import SOURCE, back, status

pytestmark = pytest.mark.fault("shortage")


def test_nothing_can_be_written(start: Start, record: Record) -> None:
    """Any write to a file fails, as on a full disk; nothing can be made where it stands."""

    def nowhere() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        os.chdir("/proc")

    homeless = {"HOME": "/proc/none", "TMPDIR": "/proc/none", "PYTHONPYCACHEPREFIX": "/proc/none"}
    service = start("", config=f'[camera]\nsource = "{SOURCE}"\n', before=nowhere,
                    environment=homeless)  # fmt: skip
    client = service.listen()
    client.wait(lambda event: event["type"] == "partial" and event["text"])
    with service.during("unplugged") as began:
        client.state("camera_lost", began)
    back(client, began)
    asked = service.send(signal.SIGHUP)
    client.wait(lambda event: "was read again" in event.get("reason", ""), asked)
    assert service.said == "", "not even a log line had room"
    assert troubles(client) == []
    assert service.stop()[0] == 0
    record(
        "disk full, read-only",
        "keeps running: it needs no writes",
        "reads, gets a lost camera back, reloads and stops with every write to a file failing",
    )


def test_a_read_only_system(start: Start, record: Record, tmp_path: Path) -> None:
    """All of the file system is read-only but the folder with the socket: for root only."""
    libc = ctypes.CDLL(None, use_errno=True)
    new_mounts, bind, again, read_only, everything, private = 0x20000, 4096, 32, 1, 16384, 1 << 18

    def mount(source: Path | None, target: Path, flags: int) -> None:
        if libc.mount(source and bytes(source), bytes(target), None, flags, None):
            raise OSError(ctypes.get_errno(), "mount")

    def closed() -> None:
        if libc.unshare(new_mounts):
            raise OSError(ctypes.get_errno(), "unshare")
        mount(None, Path("/"), everything | private)
        mount(tmp_path / "0" / "run", tmp_path / "0" / "run", bind)
        mount(None, Path("/"), again | bind | read_only)

    try:
        service = start("", config=f'[camera]\nsource = "{SOURCE}"\n', before=closed)
    except subprocess.SubprocessError:
        pytest.skip("mounting is not permitted")
    client = service.listen()
    client.wait(lambda event: event["type"] == "partial" and event["text"])
    with pytest.raises(OSError, match="Read-only"):
        Path(f"/proc/{service.process.pid}/root", str(service.config)[1:]).write_text("x")
    asked = service.send(signal.SIGHUP)
    client.wait(lambda event: "was read again" in event.get("reason", ""), asked)
    assert service.stop()[0] == 0
    record(
        "the whole file system read-only, but the socket's folder",
        "keeps running: it needs no writes",
        "reads, reloads and stops",
    )


@pytest.mark.fault("model")
def test_rebuilt_models_leave_no_memory(start: Start, record: Record) -> None:
    """One set is 20 MB and more; the old one is to be gone when the reload is announced."""
    service = start(SOURCE)
    client = service.listen()
    client.wait(lambda event: event["type"] == "partial" and event["text"])
    used = []
    for turn in range(8):
        odd = turn % 2
        service.config.write_text(
            f"[recognize]\nbeam = {6 - 2 * odd}\n[landmarks]\nhands = {1 + odd}\n"
        )
        asked = service.send(signal.SIGHUP)
        announced, _ = client.wait(lambda event: "was read again" in event.get("reason", ""), asked)
        client.wait(lambda event: event["type"] == "partial" and event["text"], announced)
        used.append(service.usage().rss_mb)
    assert max(used) - used[0] < 10
    record(
        "all models rebuilt, eight times",
        "one set of them stays",
        f"{used[0]:.0f} MB after the first reload, at most {max(used):.0f} after those that follow",
    )


def test_out_of_descriptors(start: Start, record: Record, manager: Manager) -> None:
    period = 2.0
    watched = {"NOTIFY_SOCKET": manager.address, "WATCHDOG_USEC": f"{period * 1e6:.0f}"}
    service = start("", config=f'[camera]\nsource = "{SOURCE}"\n', environment=watched)
    client = service.listen()
    client.wait(lambda event: event["type"] == "partial" and event["text"])
    time.sleep(0.3)
    base = service.usage()
    pid = service.process.pid
    usual = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (3, usual[1]))  # none beyond those open
    kept_out = []
    for _ in range(20):
        kept_out.append(socket.socket(socket.AF_UNIX))
        kept_out[-1].connect(str(service.socket))
    assert status(client)["rss_mb"] == 0, "even that needs a descriptor"
    asked = service.send(signal.SIGHUP)
    _, event = client.wait(lambda event: "stays as it was" in event.get("reason", ""), asked)
    assert "Too many open files" in event["reason"]
    with service.during("unplugged") as began:
        client.state("camera_lost", began)
    recovered = back(client, began)
    client.wait(lambda event: event["type"] == "partial", recovered)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, usual)
    again = time.monotonic()
    late = service.listen()
    accepted, _ = late.wait(lambda event: event["type"] == "hello")
    for each in kept_out:
        each.close()
    late.close()
    deadline = time.monotonic() + 5
    while service.usage().descriptors > base.descriptors and time.monotonic() < deadline:
        time.sleep(0.05)
    after = service.usage()
    assert (after.descriptors, after.threads) == (base.descriptors, base.threads)
    assert troubles(client) == []
    feeds = manager.times("WATCHDOG=1")
    assert max(after - before for before, after in pairwise(feeds)) < period
    assert feeds[-1] > again - period
    record(
        "out of file descriptors (RLIMIT_NOFILE), 20 clients at the door",
        "reads on, feeds the watchdog, gets a lost camera back; accepts again; base line",
        f"accepts {accepted - again:.1f} s after there are some; "
        f"{base.descriptors} descriptors before, {after.descriptors} after",
    )


@pytest.mark.fault("process")
def test_the_wall_clock_jumps_an_hour(start: Start, record: Record) -> None:
    """`time.time` of the process is what jumps: the clock of the machine is not ours to set."""
    faults = ("ahead", "back")
    services = [start("signer:abc abc?speed=4") for _ in faults]
    clients = [service.listen() for service in services]
    for fault, service, client in zip(faults, services, clients, strict=True):
        client.wait(lambda event: event["type"] == "partial" and event["text"] == "ab")
        service.start(fault)
    for client in clients:
        _, final = client.wait(lambda event: event["type"] == "final")
        assert len(final["text"]) > 2, "the segment went on across the jump"
        assert final["age_ms"] < 600_000
        assert status(client)["uptime_s"] < 600
        assert troubles(client) == []
        states = {event["state"] for event in client.of("state")}
        assert states <= {"starting", "searching", "reading"}
    record(
        "the wall clock jumps an hour, ahead or back",
        "no effect: monotonic clocks only",
        "text read across the jump, ages in order",
    )


@pytest.mark.fault("process")
def test_a_short_soak(landmark_weights: None, record: Record, tmp_path) -> None:
    found = soak(6.0, seed=5, folder=tmp_path)
    assert found["broken"] == []
    assert sum(found["disturbances"].values()) >= 2
    assert found["finals"] >= 1
    record(
        "clients and faults coming and going (6 s of `benchmarks.soak`)",
        "descriptors and threads back at the base line, no event lost, ages in order",
        f"{found['disturbances']}",
    )
