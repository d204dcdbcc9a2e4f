"""A suspend of the machine ends the segment, though its monotonic clock does not show it."""

from __future__ import annotations

import pytest

from benchmarks.faults.listener import troubles

from .conftest import Record, Start
from .test_camera import SOURCE, back, status
from .test_webcam import TEXT, reading

pytestmark = pytest.mark.fault("suspend")


@pytest.mark.parametrize("source", [SOURCE, "v4l2:0"])
def test_a_suspend_cuts_the_segment_and_opens_the_camera_again(
    start: Start, record: Record, source: str
) -> None:
    service = start(source, files=TEXT if source.startswith("v4l2") else None)
    client, before = reading(service)
    slept = service.start("slept", "6")
    noticed, event = client.state("camera_lost", slept)
    assert event["reason"] == "the machine was suspended for 6 s"
    _, final = client.wait(lambda event: event["type"] == "final", slept)
    assert final["segment"] == before["segment"]
    assert final["captured"] <= noticed
    back(client, noticed)
    began, _ = client.wait(
        lambda event: event["type"] == "partial" and event["segment"] > before["segment"], noticed
    )
    now = status(client)
    assert now["restarts"] == 1, "once for one suspend"
    assert now["state"] in ("searching", "reading")
    assert troubles(client) == []
    record(
        "the machine suspended for 6 s",
        "the open segment ends, the camera is opened again",
        f"segment cut {noticed - slept:.2f} s, reading again {began - slept:.1f} s after it",
    )
