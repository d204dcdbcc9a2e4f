"""A sink's queue and thread: bounded, in order, and never in the way of who publishes."""

from __future__ import annotations

import threading

import pytest

from edge.events import Bus, Hello, Partial, Published, Session, State
from edge.outputs.queue import EventQueue
from edge.outputs.threaded import ThreadedSink
from tests.clients import eventually, text_event

HELLO = Hello(version="", source="", live=True, bundle="")


class Recorder(ThreadedSink):
    """Remembers what it wrote; writes nothing while `blocked` is set."""

    def __init__(self, limit: int = 8) -> None:
        super().__init__("recorder", limit)
        self.written: list[Published] = []
        self.open = threading.Event()
        self.open.set()
        self.closed = False

    def write(self, published: Published) -> None:
        self.open.wait(20)
        self.written.append(published)

    def close(self) -> None:
        self.closed = True


def started(sink: Recorder) -> tuple[Session, Recorder]:
    bus = Bus(HELLO)
    bus.attach(sink)
    sink.start(lambda failure: None)
    return Session(bus), sink


def test_events_are_written_in_order_and_to_the_end() -> None:
    session, sink = started(Recorder())
    for text in ("h", "he", "hel"):
        session.publish(text_event(text))
        assert eventually(lambda: len(sink.written) == len(text))  # noqa: B023
    sink.stop()
    assert sink.join(10)
    assert [p.seq for p in sink.written] == [1, 2, 3]
    assert sink.closed


def test_a_blocked_sink_delays_nobody_and_loses_partials_before_finals() -> None:
    session, sink = started(Recorder(limit=8))
    other = Recorder(limit=1000)
    session._bus.attach(other)
    other.start(lambda failure: None)
    sink.open.clear()
    for n in range(6):
        for text in ("a", "ab", "abc"):
            session.publish(text_event(text))
        session.publish(text_event(f"abc{n}", final=True))
    assert eventually(lambda: len(other.written) == 24), "the other is not held up"
    assert not sink.join(0)
    sink.open.set()
    sink.stop()
    assert sink.join(10)
    finals = [p.event.text for p in sink.written if p.event.type == "final"]  # type: ignore[union-attr]
    assert finals == [f"abc{n}" for n in range(6)]
    assert len(sink.written) < 24


def test_a_failure_of_the_sink_is_reported() -> None:
    failures: list[BaseException] = []

    class Broken(Recorder):
        def write(self, published: Published) -> None:
            raise BrokenPipeError

    sink = Broken()
    sink.start(failures.append)
    Bus(HELLO).attach(sink, replay=True)
    assert sink.join(10)
    assert [type(failure) for failure in failures] == [BrokenPipeError]


def test_a_reader_may_be_waited_for() -> None:
    session, sink = started(Recorder(limit=8))
    sink.open.clear()
    for n in range(6):
        session.publish(text_event(str(n), final=True))
    assert not sink.wait_for_room(0.05)
    sink.open.set()
    assert sink.wait_for_room(10)
    sink.stop()
    assert sink.join(10)


def queued(*events: Published) -> EventQueue:
    queue = EventQueue(3)
    for event in events:
        queue.put(event)
    return queue


def numbered(*events: object) -> list[Published]:
    return [Published(event, b"", n) for n, event in enumerate(events, 1)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("events", "kept", "dropped"),
    [
        pytest.param(["1a", "1ab", "1abc", "1abcd"], [4], 0, id="superseded partials go first"),
        pytest.param(["1a.", "2b", "3c", "4d", "S"], [1, 5], 0, id="then all partials"),
        pytest.param(["1a.", "2b.", "3c.", "4d."], [2, 3, 4], 1, id="then the oldest"),
        pytest.param(["S", "S", "1a.", "S"], [2, 3, 4], 1, id="whatever it is"),
    ],
)
def test_what_a_full_queue_drops(events: list[str], kept: list[int], dropped: int) -> None:
    made = [
        State(state="reading")
        if event == "S"
        else text_event(event[1:].rstrip("."), int(event[0]), event.endswith("."))
        for event in events
    ]
    queue = queued(*numbered(*made))
    assert [published.seq for published in queue.take_all()] == kept
    assert queue.dropped == dropped


def test_a_closed_queue_gives_what_it_has_and_takes_nothing() -> None:
    (event,) = numbered(text_event("a"))
    queue = queued(event)
    queue.close()
    queue.put(event)
    assert not queue.finished
    assert queue.take(0) is event
    assert queue.finished
    assert queue.take() is None
    assert isinstance(event.event, Partial)
