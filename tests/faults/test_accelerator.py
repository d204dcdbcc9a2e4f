"""The process that holds an accelerator's delegate aborts, dies or hangs: the text goes on."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.faults.listener import Listener, troubles
from benchmarks.faults.service import Service

from .accelerated import bundle, compiled
from .conftest import Record, Start
from .test_camera import SOURCE, status

pytestmark = pytest.mark.fault("accelerator")


def children(service: Service) -> list[int]:
    """Those of the process, dead ones too that nobody has asked about."""
    tasks = Path(f"/proc/{service.process.pid}/task").iterdir()
    return [int(pid) for task in tasks for pid in (task / "children").read_text().split()]


def until(true: Callable[[], bool], most: float = 15.0) -> float:
    """Seconds until it is so."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < most
        time.sleep(0.02)
    return time.monotonic() - began


def accelerated(start: Start, folder: Path, library: Path) -> tuple[Service, Listener]:
    config = f'[recognize]\nbundle = "{folder}"\n'
    service = start(SOURCE, config=config, files={"delegate": str(library)})
    return service, service.listen()


def on(client: Listener, reason: str = "") -> bool:
    """Whether the model runs on the accelerator, for this reason."""
    found = status(client)
    return (found["delegate"], found["delegate_reason"]) == ("edgetpu", reason)


def switches(process: int) -> int:
    """How often it has waited."""
    counters = Path(f"/proc/{process}/status").read_text()
    return int(counters.split("\nvoluntary_ctxt_switches:")[1].split()[0])


def test_an_accelerators_process_that_dies_or_hangs_is_replaced(
    start: Start, record: Record, tmp_path: Path
) -> None:
    service, client = accelerated(start, bundle(tmp_path / "bundle"), compiled(tmp_path))
    assert status(client)["delegate"] == "cpu"
    until(lambda: on(client))
    before = service.usage().descriptors
    back, ages = [], []
    for count, number in enumerate((signal.SIGKILL, signal.SIGSTOP), 1):
        (child,) = children(service)
        waited, now = switches(child), time.monotonic()
        client.wait(lambda event: event["type"] == "partial" and event["text"], now)
        until(lambda child=child, waited=waited: switches(child) > waited + 10)
        os.kill(child, number)
        now = time.monotonic()
        client.wait(lambda event: event["type"] == "partial" and event["text"], now, 2)
        times = f"restarted {count} time{'s' * (count > 1)}"
        back.append(until(lambda times=times: on(client, times)))
        ages += [e["age_ms"] for t, e in client.events if t > now and e["type"] == "partial"]
        (other,) = children(service)
        assert other != child
        assert service.usage().descriptors == before
    assert service.said.count("started again: it ended (SIGKILL)") == 1
    assert service.said.count("started again: it does not answer") == 1
    assert troubles(client) == []
    assert service.stop()[0] == 0
    assert not Path(f"/proc/{other}").exists()
    record(
        "accelerator's process killed, stopped while it reads",
        "its process replaced, at most 5 times in 60 s; the text goes on meanwhile, on the CPU",
        f"used again after {min(back):.1f} to {max(back):.1f} s; the oldest partial meanwhile "
        f"{max(ages):.0f} ms; descriptors as before, no zombie",
    )


def test_an_accelerator_that_always_aborts_is_given_up(
    start: Start, record: Record, tmp_path: Path
) -> None:
    folder = bundle(tmp_path / "bundle", selftest=False)

    service, client = accelerated(start, folder, compiled(tmp_path, "-DINVOKES=5"))
    until(lambda: "again" in status(client)["delegate_reason"])
    took = until(lambda: "given up" in status(client)["delegate_reason"], 30)
    found = status(client)
    assert found["delegate"] == "cpu"
    assert "restarted 5 times within 60 s, and it ended (SIGABRT)" in found["delegate_reason"]
    now = time.monotonic()
    client.wait(lambda event: event["type"] == "partial" and event["text"], now)
    assert service.said.count("started again") == 5
    assert service.said.count("given up") == 1
    assert children(service) == []
    assert len(client.of("hello")) == 1
    assert troubles(client) == []
    record(
        "accelerator aborts inside `invoke`, always",
        "its process started again 5 times, then CPU, named in the status; the socket stays up",
        f"given up {took:.1f} s after the first",
    )


def test_an_accelerators_process_ends_with_the_daemon(
    start: Start, record: Record, tmp_path: Path
) -> None:
    """Even one that hangs."""
    service, client = accelerated(start, bundle(tmp_path / "bundle"), compiled(tmp_path))
    until(lambda: on(client))
    (child,) = children(service)
    os.kill(child, signal.SIGSTOP)
    service.process.kill()
    service.process.wait()
    took = until(lambda: not Path(f"/proc/{child}/exe").exists(), 2)
    record(
        "daemon killed (SIGKILL) while the accelerator's process hangs",
        "the process ends too",
        f"after {1000 * took:.0f} ms",
    )
