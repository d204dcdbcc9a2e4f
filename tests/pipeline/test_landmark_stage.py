"""The landmark stage in a pause: no hand is looked for, and all else goes on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.faults.listener import Listener
from edge import daemon
from edge.camera import Frame
from edge.config import CameraConfig, Config, PublishConfig
from edge.landmarks import Landmarks


class Counter:
    """A tracker that never finds a hand, and counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, frame: Frame) -> Landmarks:
        self.asked += 1
        return Landmarks((), (640, 480), frame.time, frame.captured, frame.index)

    def wait(self) -> None:
        before = self.asked
        until(lambda: self.asked > before + 2)


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_pause_looks_at_no_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tracker = Counter()
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)  # the daemon sets its own
    monkeypatch.setattr(daemon, "open_tracker", lambda *_: tracker)
    running = daemon.Daemon(
        Config(
            camera=CameraConfig(source="signer:abc"),
            publish=PublishConfig(socket=str(tmp_path / "s")),
        )
    )
    thread = threading.Thread(target=running.run)
    thread.start()
    client = Listener(tmp_path / "s")
    try:
        tracker.wait()
        client.ask(type="pause")
        asked, _ = client.state("paused")
        before, passed = tracker.asked, frames(client, 1)
        until(lambda: frames(client, 2) > passed + 10)
        assert tracker.asked <= before + 1, "one may have been under way"
        client.ask(type="resume")
        client.state("searching", asked)
        tracker.wait()
    finally:
        running.stop()
        thread.join(10)
        client.close()
    assert not thread.is_alive()


def frames(client: Listener, number: int) -> int:
    """How many have passed all stages."""
    now = time.monotonic()
    client.ask(type="status", id=number)
    _, status = client.wait(lambda event: event["type"] == "status", now)
    return int(status["frames"])
