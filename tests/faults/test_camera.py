"""What happens to the camera, and what the clients see of it."""

from __future__ import annotations

import signal
import time

import pytest

from benchmarks.faults.listener import Listener, troubles

from .conftest import Manager, Record, Start

pytestmark = pytest.mark.fault("camera")

# So long that the source never begins again by itself while a test runs.
SOURCE = "signer:hello world hello world hello world hello world?speed=6"


def status(listener: Listener) -> dict:
    asked = time.monotonic()
    listener.ask(type="status")
    return listener.wait(lambda event: event["type"] == "status", asked)[1]


def back(listener: Listener, since: float) -> float:
    """When the state was searching or reading after ``since``."""
    return listener.wait(lambda event: event.get("state") in ("searching", "reading"), since)[0]


def test_a_camera_missing_at_start_is_waited_for(
    start: Start, record: Record, manager: Manager
) -> None:
    began = time.monotonic()
    service = start(SOURCE, faults=("absent",), environment={"NOTIFY_SOCKET": manager.address})
    client = service.listen()
    seen, event = client.state("camera_lost")
    assert "plug it in" in event["reason"]
    manager.wait("READY=1")
    manager.wait("STATUS=camera lost: no camera")
    assert status(client)["last_error"] == event["reason"]
    there = service.end("absent")
    recovered = back(client, there)
    assert status(client)["restarts"] == 1
    assert troubles(client) == []
    record(
        "camera missing at start",
        "socket up, state `camera_lost`, tried again with backoff",
        f"`camera_lost` {seen - began:.1f} s after the start, "
        f"reading {recovered - there:.1f} s after it was plugged in",
    )


def test_a_lost_camera_is_noticed_and_got_back(start: Start, record: Record) -> None:
    service = start(SOURCE)
    client = service.listen()
    since = 0.0
    for fault in ("frozen", "unplugged"):
        client.wait(lambda event: event["type"] == "partial" and event["text"], since)
        began = service.start(fault)
        noticed, event = client.state("camera_lost", began)
        assert noticed - began < 2
        assert event["reason"]
        _, final = client.wait(lambda event: event["type"] == "final", began)
        assert final["text"]
        mended = service.end(fault)
        recovered = back(client, mended)
        since, _ = client.wait(lambda event: event["type"] == "partial", recovered)
        record(
            f"camera {fault}",
            "noticed within 2 s, opened again, the text of before ends with a final",
            f"noticed after {noticed - began:.2f} s, seeing {recovered - mended:.2f} s and "
            f"reading {since - mended:.1f} s after it was sound again",
        )
    assert troubles(client) == []
    assert status(client)["restarts"] == 2


def test_bad_pictures_are_reported_once_and_counted(start: Start, record: Record) -> None:
    service = start(SOURCE)
    client = service.listen()
    client.state("searching")
    for fault, word in (("black", "black"), ("same", "the same picture over and over")):
        began = service.start(fault)
        noticed, _ = client.wait(lambda event, word=word: word in event.get("reason", ""), began)
        assert noticed - began < 2
        time.sleep(0.3)
        mended = service.end(fault)
        client.wait(lambda event: event.get("reason") == "", mended)
        reports = [event["state"] for event in client.of("state") if word in event["reason"]]
        assert len(set(reports)) == len(reports), "reported more than once"
        now = status(client)
        assert now[fault] > 10
        assert now["restarts"] == 0
        record(
            {"black": "black frames", "same": "the same frame over and over"}[fault],
            "counted, reported once",
            f"reported after {noticed - began:.2f} s; {now[fault]} frames counted",
        )


def test_a_camera_that_does_not_let_go_ends_the_process(start: Start, record: Record) -> None:
    """Both at once, to save time: a read that never returns, a close that never does."""
    reading, closing = start(SOURCE), start(SOURCE)
    clients = [reading.listen(), closing.listen()]
    for client in clients:
        client.state("searching")
    began = reading.start("hung")
    closing.start("hung-close")
    closing.start("unplugged")
    assert closing.process.wait(10) == 1
    closed = time.monotonic() - began
    assert reading.process.wait(10) == 1
    read = time.monotonic() - began
    for service, client in zip((reading, closing), clients, strict=True):
        assert "does not close" in service.said
        assert client.ended.wait(2)
        assert client.of("bye")
    record(
        "a camera whose close, or read, hangs",
        "the process ends non-zero, for systemd to start it again; clients get `bye`",
        f"after {closed:.1f} s, {read:.1f} s",
    )


def test_after_a_stop_no_old_text_is_new(start: Start, record: Record) -> None:
    service = start(SOURCE)
    client = service.listen()
    client.wait(lambda event: event["type"] == "partial" and len(event["text"]) >= 2)
    stopped = service.send(signal.SIGSTOP)
    time.sleep(5.0)
    went_on = service.send(signal.SIGCONT)
    read, fresh = client.wait(
        lambda event: event["type"] == "partial" and event["captured"] > went_on, went_on
    )
    old = [
        event
        for when, event in client.events
        if when > went_on and "captured" in event and event["captured"] < went_on
    ]
    assert [event["type"] for event in old] in ([], ["final"])
    assert all(event["captured"] <= stopped + 0.1 for event in old)
    assert fresh["age_ms"] < 1000
    assert troubles(client) == []
    record(
        "the process stopped for 5 s (SIGSTOP), as by a machine that sleeps",
        "frames of before are dropped, no old text is published as new",
        f"new text {read - went_on:.1f} s after it went on; of before came {len(old)} final",
    )
