"""Orders, crashes and hangs of the process itself."""

from __future__ import annotations

import signal
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest

from benchmarks.faults.listener import troubles
from benchmarks.faults.service import Service
from tests.clients import eventually

from .conftest import Manager, Record, Start
from .test_camera import SOURCE, status

pytestmark = pytest.mark.fault("process")

THREADS = ("camera", "landmarks", "recognize", "publish")


def catches(service: Service, number: int) -> bool:
    """Whether the program has come so far that it handles a signal itself."""
    try:
        fields = Path(f"/proc/{service.process.pid}/status").read_text()
    except FileNotFoundError:
        return False
    (mask,) = [line.split()[1] for line in fields.splitlines() if line.startswith("SigCgt")]
    return bool(int(mask, 16) >> (number - 1) & 1)


def stopped(start: Start, delay: float, faults: tuple[str, ...]) -> tuple[int, float]:
    """(exit code, seconds) of a SIGTERM ``delay`` seconds after it can be handled."""
    service = start(SOURCE, faults=faults)
    while not catches(service, signal.SIGTERM):
        time.sleep(0.001)
    time.sleep(delay)
    return service.stop()


def test_sigterm_at_any_moment(start: Start, record: Record) -> None:
    """While the libraries and models load, while it reads, and while it waits for a camera."""
    moments = [(delay, ()) for delay in (0.0, 0.1, 0.25, 0.4, 0.6, 1.5)]
    moments += [(1.0, ("absent",)), (2.5, ("frozen",))]
    with ThreadPoolExecutor(8) as pool:
        ends = list(pool.map(lambda moment: stopped(start, *moment), moments))
    assert [code for code, _ in ends] == [0] * len(moments)
    slowest = max(took for _, took in ends)
    assert slowest < 2
    record(
        "SIGTERM at any moment (start, models loading, reading, camera lost)",
        "exit code 0 within 2 s",
        f"{len(moments)} moments, the slowest {slowest:.2f} s",
    )


def test_the_last_events_are_stopping_and_bye(start: Start) -> None:
    services = [start(SOURCE), start(SOURCE, faults=("absent",))]
    clients = [service.listen() for service in services]
    clients[0].wait(lambda event: event["type"] == "partial" and len(event["text"]) > 2)
    clients[1].state("camera_lost")
    for service, client in zip(services, clients, strict=True):
        for _ in range(3):  # who asks more than once gets no more
            service.send(signal.SIGTERM)
        assert service.stop()[0] == 0
        assert client.ended.wait(2)
        state, bye = client.of("state", "bye")[-2:]
        assert state["state"] == "stopping"
        assert bye["reason"] == "stopping"
    (final,) = clients[0].of("final")
    assert final["text"], "the text so far must not be lost"
    assert final["text"] not in services[0].said, "and is not for the journal"


def test_sighup_with_a_bad_and_a_good_file(start: Start, record: Record, manager: Manager) -> None:
    service = start("", config=f'[camera]\nsource = "{SOURCE}"\n', environment=managed_by(manager))
    while not catches(service, signal.SIGHUP):
        time.sleep(0.001)
    service.send(signal.SIGHUP)  # while the libraries load: later, then
    client = service.listen()
    client.wait(lambda event: "was read again" in event.get("reason", ""))
    client.wait(lambda event: event["type"] == "partial" and event["text"])
    ready = manager.wait("READY=1")

    service.config.write_text('[camera]\nsource = "signer:abc"\nwidht = 3\n')
    asked = service.send(signal.SIGHUP)
    _, bad = client.wait(lambda event: "stays as it was" in event.get("reason", ""), asked)
    assert "ishara.toml:3: unknown key widht" in bad["reason"]
    assert eventually(lambda: "widht" in service.said), "in the log as well"
    assert bad["state"] in ("searching", "reading")

    now = time.monotonic()
    client.wait(lambda event: event["type"] == "partial" and len(event["text"]) == 2, now)
    service.config.write_text(f'[camera]\nsource = "{SOURCE}"\n[recognize]\nrest = 2.5\n')
    asked = service.send(signal.SIGHUP)
    client.wait(lambda event: "was read again" in event.get("reason", ""), asked)
    _, text = client.wait(lambda event: event["type"] == "partial", asked)
    assert len(text["text"]) > 1, "another rest cuts nothing short"

    for text in ('[camera]\nsource = "video:/no/such.mp4"\n', '[recognize]\nbundle = "none"\n'):
        service.config.write_text(text)
        asked = service.send(signal.SIGHUP)
        client.wait(lambda event: "stays as it was" in event.get("reason", ""), asked)
    assert status(client)["source"] == SOURCE

    service.config.write_text(
        '[camera]\nsource = "signer:abc abc abc?speed=5"\n'
        "[recognize]\nbeam = 4\n[landmarks]\nhands = 2\n"
    )
    asked = service.send(signal.SIGHUP)
    applied, _ = client.wait(lambda event: "was read again" in event.get("reason", ""), asked)
    began, _ = client.wait(lambda event: event.get("text") == "abc", asked)
    assert status(client)["source"] == "signer:abc abc abc?speed=5"
    assert troubles(client) == [], "the client stays connected and misses nothing"
    segments = [event["segment"] for event in client.of("partial", "final")]
    assert segments == sorted(segments), "numbers go on"
    reloads = manager.times("RELOADING=1\nMONOTONIC_USEC=", since=ready)
    assert len(reloads) >= 4
    manager.wait("READY=1", since=reloads[-1])
    record(
        "SIGHUP with a bad file; with a good one",
        "old settings kept, the error reported; applied, clients stay connected",
        f"applied after {applied - asked:.2f} s, text of the new source after "
        f"{began - asked:.1f} s",
    )


def managed_by(manager: Manager, watchdog: float = 0.0) -> dict[str, str]:
    """The environment of a service that systemd manages."""
    period = {"WATCHDOG_USEC": str(round(watchdog * 1e6))} if watchdog else {}
    return {"NOTIFY_SOCKET": manager.address, **period}


def test_an_exception_in_any_thread_ends_the_process(start: Start, record: Record) -> None:
    services = [start(SOURCE) for _ in THREADS]
    clients = [service.listen() for service in services]
    took = []
    for thread, service, client in zip(THREADS, services, clients, strict=True):
        client.state("searching")
        began = service.start(f"crash-{thread}")
        if thread == "publish":
            client.ask(type="ping")
        assert service.process.wait(5) == 1, thread
        took.append(time.monotonic() - began)
        assert f"injected into {thread}" in service.said
        assert client.ended.wait(2)
    record(
        f"an exception in any thread ({', '.join(THREADS)})",
        "the whole process ends non-zero",
        f"after at most {max(took):.2f} s",
    )


def test_the_watchdog_is_fed_by_progress_only(start: Start, record: Record) -> None:
    """Fed while it reads or waits for a camera, not when a stage hangs; never ready if one does."""
    period = 1.0
    hang = ("camera", "landmarks", "recognize", "publish", "landmarks")
    lost: tuple[tuple[str, ...], ...] = ((), (), (), (), ("absent",))
    managers = [Manager() for _ in hang]
    services = [
        start(SOURCE, faults=faults, environment=managed_by(manager, period))
        for faults, manager in zip(lost, managers, strict=True)
    ]
    unborn = Manager()
    start(SOURCE, faults=("absent", "stall-landmarks"), environment=managed_by(unborn, period))
    for manager in managers:
        ready = manager.wait("READY=1")
        manager.wait("WATCHDOG=1", since=ready + period)
    injected = [
        service.start(f"stall-{thread}") for thread, service in zip(hang, services, strict=True)
    ]
    time.sleep(1.5 * period)
    last = []
    for began, service, manager in zip(injected, services, managers, strict=True):
        feeds = manager.times("WATCHDOG=1")
        assert max(after - before for before, after in pairwise(feeds)) < period
        last.append(feeds[-1] - began)
        code, took = service.stop()
        assert (code, took < 2) == (0, True), "it stops all the same"
        assert manager.times("STOPPING=1")
    assert max(last) < period
    assert not unborn.times("READY=1")
    record(
        f"a thread that hangs ({', '.join(hang[:4])}), also while the camera is lost",
        "the watchdog is fed no more; it was while frames came, or the camera was waited for",
        f"last fed {max(0.0, *last):.2f} s after the hang at the latest",
    )


@pytest.mark.fault("unit")
def test_frames_that_are_too_old_are_progress_while_the_stages_turn(
    start: Start, record: Record
) -> None:
    """From the beginning, and later; a stage that hangs besides is still found."""
    period = 1.0
    late, never, hung = Manager(), Manager(), Manager()
    service = start(SOURCE, environment=managed_by(late, period))
    start(SOURCE, faults=("old",), environment=managed_by(never, period))
    hanging = start(SOURCE, faults=("old",), environment=managed_by(hung, period))
    late.wait("READY=1")
    began = service.start("old")
    for manager in (never, hung):
        manager.wait("READY=1")
    stalled = hanging.start("stall-recognize")
    time.sleep(5 * period)
    client = service.listen()
    assert status(client)["dropped"] > 0
    longest = 0.0
    for manager in (late, never):
        feeds = [*manager.times("WATCHDOG=1"), time.monotonic()]
        longest = max(longest, *(after - before for before, after in pairwise(feeds)))
    assert longest < period
    assert late.times("WATCHDOG=1", since=began + 4 * period)
    assert not hung.times("WATCHDOG=1", since=stalled + period)
    record(
        "every frame is too old when its turn comes",
        "ready, and the watchdog is fed; not where a stage hangs besides",
        f"fed at least every {longest:.2f} s of {period:g}",
    )


@pytest.mark.fault("unit")
@pytest.mark.quiet
def test_a_service_that_gets_hardly_any_processor_lives(
    start: Start, record: Record, manager: Manager
) -> None:
    """As with CPUQuota=4%: in each tenth of a second it runs for that share of it."""
    share, period = 0.04, 10.0  # the period is that of the unit
    service = start(SOURCE, environment=managed_by(manager, period))
    manager.wait("READY=1")
    began = time.monotonic()
    while time.monotonic() < began + 2 * period:
        service.send(signal.SIGSTOP)
        time.sleep(0.1 * (1 - share))
        service.send(signal.SIGCONT)
        time.sleep(0.1 * share)
    feeds = [when for when in manager.times("WATCHDOG=1") if when >= began - period]
    longest = max(after - before for before, after in pairwise([*feeds, time.monotonic()]))
    assert service.process.poll() is None, service.said
    assert longest < period
    record(
        f"{share:.0%} of a core",
        "the watchdog is fed: it is slow, and does not hang",
        f"fed at least every {longest:.1f} s of {period:g}",
    )


def test_a_camera_that_takes_its_time_to_open(
    start: Start, record: Record, manager: Manager
) -> None:
    period = 1.0
    config = '[camera]\nsource = "signer:abc"\n'
    service = start("", config=config, faults=("opening",), environment=managed_by(manager, period))
    time.sleep(3 * period)
    assert not manager.times("READY=1"), "nothing is read yet"
    service.end("opening")
    manager.wait("READY=1")
    client = service.listen()
    client.wait(lambda event: event["type"] == "partial" and event["text"])
    with service.during("opening"):
        service.config.write_text(config.replace("abc", "xyz"))
        reloaded = service.send(signal.SIGHUP)
        time.sleep(5 * period)
    client.wait(lambda event: event["type"] == "partial" and event["text"], reloaded + 5 * period)
    feeds = manager.times("WATCHDOG=1")
    longest = max(after - before for before, after in pairwise(feeds))
    assert longest < period
    record(
        "a camera that takes 5 s to open, at a reload",
        "not ready before it gives frames; later the watchdog is fed, as for a lost one",
        f"fed at least every {longest:.2f} s of {period:g}",
    )


def test_slow_as_when_throttled(start: Start, record: Record) -> None:
    """The process gets the processor two fifths of the time, in slices, as a board that is hot."""
    service = start(SOURCE)
    client = service.listen()
    client.wait(lambda event: event["type"] == "partial" and event["text"])
    before = status(client)["frames"]
    began = time.monotonic()
    while time.monotonic() < began + 2:
        service.send(signal.SIGSTOP)
        time.sleep(0.12)
        service.send(signal.SIGCONT)
        time.sleep(0.08)
    slow = [e for when, e in client.events if when > began and e["type"] == "partial"]
    due = 30 * (time.monotonic() - began)
    read = status(client)["frames"] - before
    assert slow
    assert read < due, "it was not slowed down"
    worst = max(event["age_ms"] for event in slow)
    assert worst < 500
    assert troubles(client) == []
    assert service.process.poll() is None
    record(
        "slowed down to 40 %",
        "frames dropped, latency bounded",
        f"oldest text {worst:.0f} ms, {read} of {due:.0f} frames read",
    )
