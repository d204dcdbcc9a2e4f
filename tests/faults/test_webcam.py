"""One failed read is not a lost camera; several in a row are."""

from __future__ import annotations

import time

import pytest

from benchmarks.faults.listener import Listener, troubles
from benchmarks.faults.service import Service

from .conftest import Record, Start
from .test_camera import back, status

pytestmark = pytest.mark.fault("sample")

TEXT = {"webcam": "hello world hello world hello world hello world hello world hello world"}


def reading(service: Service) -> tuple[Listener, dict]:
    """A client, and a text in the middle of a segment."""
    client = service.listen()
    _, event = client.wait(lambda event: event["type"] == "partial" and len(event["text"]) >= 2)
    return client, event


def fail(service: Service, what: str, times: int) -> float:
    """Let ``what`` fail ``times`` times, and wait until it has; when that began."""
    began = time.monotonic()
    service.start(what, str(times))
    deadline = began + 60
    while service.active(what):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return began


@pytest.mark.fault(
    "sample",
    "{times} failed read(s) of a webcam ({what})",
    "neither the camera nor the segment is lost; counted as dropped",
)
@pytest.mark.parametrize(
    ("what", "times"),
    [
        ("failed-grab", 1),
        ("error-retrieve", 1),
        ("failed-retrieve", 1),
        ("error-grab", 1),
        ("failed-grab", 3),
        ("error-retrieve", 4),
    ],
)
def test_a_few_failed_reads_lose_neither_the_camera_nor_the_segment(
    start: Start, what: str, times: int
) -> None:
    service = start("v4l2:0", files=TEXT)
    client, before = reading(service)
    dropped = status(client)["dropped"]
    fail(service, what, times)
    failed = time.monotonic()
    client.wait(
        lambda event: (
            event["type"] == "partial"
            and event["captured"] > failed
            and event["segment"] == before["segment"]
            and len(event["text"]) > len(before["text"])
        ),
        failed,
    )
    assert "camera_lost" not in {event["state"] for event in client.of("state")}
    assert troubles(client) == []
    now = status(client)
    assert now["restarts"] == 0
    assert now["dropped"] >= dropped + times, "they are counted"


def test_reads_that_go_on_failing_lose_the_camera_within_two_seconds(
    start: Start, record: Record
) -> None:
    service = start("v4l2:0", files=TEXT)
    client, since = service.listen(), 0.0
    for what in ("failed-grab", "error-retrieve"):
        client.wait(lambda event: event["type"] == "partial" and event["text"], since)
        began = time.monotonic()
        service.start(what, "1000000")
        noticed, event = client.state("camera_lost", began)
        assert noticed - began < 2
        assert event["reason"].startswith("/dev/video0 gives no more frames")
        client.wait(lambda event: event["type"] == "final", began)
        since = back(client, service.end(what))
        record(
            f"every read of a webcam fails ({what})",
            "lost within 2 s, opened again; one failed read changes nothing",
            f"noticed after {noticed - began:.2f} s",
        )
    assert troubles(client) == []
