"""A client that remembers every event and when it came."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

Event = dict[str, Any]
Received = tuple[float, Event]


class Listener:
    """Reads in a thread of its own until the server ends the connection, or `close`.

    Attributes:
        events: (monotonic seconds of arrival, event), oldest first.
        ended: set when the connection has ended.
    """

    def __init__(self, path: Path, timeout_s: float = 20.0) -> None:
        """Connects, trying for ``timeout_s`` seconds."""
        deadline = time.monotonic() + timeout_s
        while True:
            self.socket = socket.socket(socket.AF_UNIX)
            try:
                self.socket.connect(str(path))
                break
            except OSError:
                self.socket.close()
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
        self.events: list[Received] = []
        self.ended = threading.Event()
        self._news = threading.Condition()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def ask(self, **request: Any) -> None:
        self.socket.sendall(json.dumps(request).encode() + b"\n")

    def wait(
        self, wanted: Callable[[Event], bool], since: float = 0.0, most: float = 30.0
    ) -> Received:
        """The first event after ``since`` that is wanted, waiting at most ``most`` seconds."""
        deadline = time.monotonic() + most
        with self._news:
            seen = 0
            while True:
                for when, event in self.events[seen:]:
                    if when >= since and wanted(event):
                        return when, event
                seen = len(self.events)
                left = deadline - time.monotonic()
                if left <= 0 or (self.ended.is_set() and seen == len(self.events)):
                    raise AssertionError(f"no such event; the last: {self.events[-5:]}")
                self._news.wait(left)

    def state(self, name: str, since: float = 0.0, most: float = 30.0) -> Received:
        """The first ``state`` event after ``since`` with this name; else as `wait`."""
        return self.wait(
            lambda event: event["type"] == "state" and event["state"] == name, since, most
        )

    def of(self, *types: str) -> list[Event]:
        """The events of these types, oldest first."""
        return [event for _, event in list(self.events) if event["type"] in types]

    def close(self) -> None:
        with suppress(OSError):  # the other end was first
            self.socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self.socket.close()

    def _read(self) -> None:
        with suppress(OSError), self.socket.makefile("rb") as lines:
            for line in lines:
                now = time.monotonic()
                with self._news:
                    self.events.append((now, json.loads(line)))
                    self._news.notify_all()
        with self._news:
            self.ended.set()
            self._news.notify_all()


# A connection begins with a snapshot of at most a state and a partial, as old as they are.
_SNAPSHOT = 2


def troubles(listener: Listener, stale: float = 1.0) -> list[str]:
    """What a client that read all the time can hold against the server.

    No event may be missing, texts come in the order of their frames, no age is negative, and no
    partial is older than ``stale`` seconds: only a final that ends a broken segment may be.
    """
    found = []
    numbered = [event for _, event in list(listener.events) if "seq" in event]
    for before, event in pairwise(numbered[_SNAPSHOT:]):
        if event["seq"] != before["seq"] + 1:
            found.append(f"after event {before['seq']} came {event['seq']}")
    found += [
        f"partial {event['seq']} is {event['age_ms']} ms old"
        for event in numbered[_SNAPSHOT:]
        if event["type"] == "partial" and event["age_ms"] > 1000 * stale
    ]
    texts = [event for event in numbered if "captured" in event]
    for before, event in pairwise(texts):
        if event["captured"] < before["captured"]:
            found.append(f"event {event['seq']} is of an earlier frame than the one before")
    found += [f"event {event['seq']} has a negative age" for event in texts if event["age_ms"] < 0]
    return found
