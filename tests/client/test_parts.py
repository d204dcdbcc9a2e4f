"""The parts of the client that need no socket."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import MISSING, fields
from typing import Any, get_args

import pytest

from edge.client.errors import Closed, NotAllowed, NotIshara, NotRunning
from edge.client.lines import MAX_LINE_BYTES, LineBuffer
from edge.client.parse import parse
from edge.client.queue import EventQueue
from edge.client.retry import MAX_DELAY_S, PERMISSION_GRACE_S, Attempts
from edge.events.protocol import CharSpan, Event, State, encode
from tests.clients import text_event

_VALUES: dict[str, Any] = {
    "version": "1", "source": "s", "live": True, "bundle": "b", "segment": 3, "text": "ab",
    "stable": 1, "confidence": 0.5, "time": 1.5, "captured": 1.0, "age_ms": 2, "state": "reading",
    "code": "rate", "message": "m", "reason": "slow", "request": "ping", "uptime_s": 7.5,
    "kind": "unknown", "width": 640, "height": 480, "hands": (((0.5, 0.25), (0, 1)),),
    "chars": (CharSpan(text="a", start=0.5, end=1.0, confidence=1),),
}  # fmt: skip


@pytest.mark.parametrize("kind", get_args(Event), ids=lambda kind: kind.type)
def test_every_event_of_the_protocol_is_parsed(kind: Any) -> None:
    required = {f.name: _VALUES[f.name] for f in fields(kind) if f.default is MISSING}
    event = kind(**required)
    assert parse(encode(event)) == event


def test_lines_are_cut_wherever_the_pieces_end() -> None:
    stream = b"one\n\ntwo\nthree"
    for cut in range(len(stream)):
        buffer = LineBuffer()
        assert buffer.feed(stream[:cut]) + buffer.feed(stream[cut:]) == [b"one", b"", b"two"]
    buffer = LineBuffer()
    for _ in range(MAX_LINE_BYTES // 4096):
        assert buffer.feed(b"x" * 4096) == []
    with pytest.raises(ValueError, match="more than"):
        buffer.feed(b"x")


def test_the_queue_drops_the_oldest_partial_first() -> None:
    queue = EventQueue(3)
    first, second = text_event("a"), text_event("ab")
    final = text_event("abc", final=True)
    for event in (State(state="reading"), first, final, second):
        queue.put(event)
    assert [queue.take(), queue.take(), queue.take(), queue.take()] == [
        State(state="reading"), final, second, None,
    ]  # fmt: skip
    for _ in range(5):
        queue.put(final)
    assert (len(queue), queue.dropped) == (3, 3)


def test_when_to_try_again() -> None:
    refused = NotRunning("")
    patient = Attempts(100.0)
    delays = [patient.delay(refused, 1e6) for _ in range(9)]
    assert delays == sorted(delays)
    assert (delays[0], delays[-1]) == (0.1, MAX_DELAY_S)
    bounded = Attempts(100.0, timeout=5.0)
    assert bounded.delay(refused, 104.95) == pytest.approx(0.05)
    assert bounded.delay(Closed("", "busy"), 105.0) is None
    assert patient.delay(NotIshara(""), 100.0) is None
    assert patient.delay(NotAllowed(""), 100.0) is not None
    assert patient.delay(NotAllowed(""), 100.1 + PERMISSION_GRACE_S) is None


def test_importing_it_needs_the_standard_library_only() -> None:
    probe = (
        "import sys; before = set(sys.modules); import edge.client;"
        "print(*set(sys.modules) - before)"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    foreign = {name.split(".")[0] for name in loaded} - sys.stdlib_module_names
    assert foreign == {"edge"}
    rooms = {".".join(name.split(".")[:2]) for name in loaded if name.startswith("edge.")}
    assert rooms == {"edge.client", "edge.errors", "edge.events", "edge.socket_path"}
    assert "asyncio" not in loaded
