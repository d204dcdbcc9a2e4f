"""A fake clock for the pace of recordings."""

from types import SimpleNamespace

import pytest

from edge.camera import pace


class Clock:
    """Monotonic time that passes only in waits, or when a test moves it."""

    def __init__(self):
        self.now = 100.0

    def monotonic(self):
        return self.now

    def wait(self, seconds):
        self.now += seconds
        return False

    def is_set(self):
        return False


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(pace, "time", SimpleNamespace(monotonic=clock.monotonic))
    monkeypatch.setattr(pace, "threading", SimpleNamespace(Event=lambda: clock))
    return clock
