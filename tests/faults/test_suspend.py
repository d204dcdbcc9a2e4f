"""A suspend of the machine ends the segment, though its monotonic clock does not show it."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.faults.listener import troubles
from edge.camera.signer import Signer

from .conftest import Record, Start
from .test_camera import SOURCE, back, status
from .test_clips import write
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


def test_one_suspend_after_the_other_and_in_a_pause(start: Start, record: Record) -> None:
    service = start(SOURCE)
    client, _ = reading(service)
    client.ask(type="pause")
    client.state("paused")
    slept = service.start("slept", "3600")
    lost, _ = client.state("camera_lost", slept)
    client.ask(type="resume")
    client.wait(lambda event: event.get("request") == "resume", lost)
    back(client, lost)
    _, before = client.wait(
        lambda event: event["type"] == "partial" and len(event["text"]) >= 2, lost
    )
    slept = service.start("slept", "3601")
    noticed, event = client.state("camera_lost", slept)
    assert event["reason"] == "the machine was suspended for 1 s"
    back(client, noticed)
    client.wait(
        lambda event: event["type"] == "partial" and event["segment"] > before["segment"], noticed
    )
    assert status(client)["restarts"] == 2
    assert troubles(client) == []
    record(
        "suspended for an hour in a pause, then for a second",
        "the camera is opened again each time; nothing of the pause is published",
        f"noticed after {noticed - slept:.2f} s",
    )


def test_a_suspend_while_a_clip_plays_in_real_time(
    start: Start, record: Record, tmp_path: Path
) -> None:
    write(tmp_path / "clip.mp4", Signer("abcdefghijklm", speed=4.0, pace=False))
    service = start(f"video:{tmp_path / 'clip.mp4'}")
    client, before = reading(service)
    slept = service.start("slept", "60")
    cut, final = client.wait(lambda event: event["type"] == "final", slept)
    assert final["segment"] == before["segment"]
    assert len(final["text"]) < 13
    client.wait(
        lambda event: event["type"] == "partial" and event["segment"] > before["segment"], cut
    )
    assert "camera_lost" not in {event["state"] for event in client.of("state")}
    assert troubles(client) == []
    record(
        "suspended for 60 s while a clip plays in real time",
        "the open segment ends; the clip goes on",
        f"segment cut {cut - slept:.2f} s after it",
    )
