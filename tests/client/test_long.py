"""Many events, slow programs, and daemons that end and come back under both clients."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import pytest

from edge.client import Bye, Closed, Final, Hello, NotRunning, Partial
from edge.client.session import QUEUE_EVENTS
from tests.client.both import Either
from tests.client.conftest import Connect, Start
from tests.clients import Serve, text_event


def finals(client: Either, count: int) -> list[int]:
    """The segments of the next ``count`` finals."""
    segments: list[int] = []
    while len(segments) < count:
        event = client.next()
        assert event is not None
        if isinstance(event, Final):
            segments.append(event.segment)
    return segments


def test_a_hundred_thousand_events(serve: Serve, join: Connect) -> None:
    server = serve()
    client = join(server.path)
    assert isinstance(client.next(), Hello)
    event = text_event("hello", final=True)
    for batch in range(1000):
        for _ in range(100):
            server.publish(event)
        received = [e.seq for e in client.take(100) if isinstance(e, Final)]
        assert received == list(range(100 * batch + 1, 100 * batch + 101))
    assert client.dropped == 0


def test_a_slow_program_misses_partials_and_no_final(serve: Serve, join: Connect) -> None:
    server = serve()
    client = join(server.path)
    for segment in range(1, 101):
        for _ in range(200):
            server.publish(text_event("a text of some length", segment))
        server.publish(text_event("a text of some length", segment, final=True))
    partials, segments = 0, []
    while 100 not in segments:
        event = client.next()
        partials += isinstance(event, Partial)
        segments += [event.segment] if isinstance(event, Final) else []
    assert segments == list(range(1, 101))
    assert partials < 20_000
    assert client.dropped == 0


def test_a_program_that_only_asks_keeps_a_bounded_queue(serve: Serve, join: Connect) -> None:
    server = serve()
    client = join(server.path)
    for segment in range(1, 61):
        for _ in range(100):
            server.publish(text_event("abc", segment))
        server.publish(text_event("abc", segment, final=True))
        client.ping()
    server.close()
    events = list(iter(client.next, None))
    assert len(events) <= QUEUE_EVENTS + 1, "the bye came after"
    assert [e.segment for e in events if isinstance(e, Final)] == list(range(1, 61))
    assert client.dropped > 0


def test_a_daemon_that_is_killed_and_restarted(start: Start, join: Connect, tmp_path: Path) -> None:
    path = tmp_path / "d.sock"
    first = start("signer:ab?pace=0")
    client = join(path, wait=True, reconnect=True, timeout=60, events={"final"})
    finals(client, 1)
    first.kill()
    first.wait()
    again = start("signer:xy?pace=0")
    while not isinstance(event := client.next(), Hello):
        assert isinstance(event, Final)
    assert event.source.startswith("signer:xy")
    finals(client, 1)
    assert client.status().source.startswith("signer:xy")
    again.send_signal(signal.SIGTERM)
    while not isinstance(event := client.next(), Bye):
        assert isinstance(event, Final)
    assert event.reason == "stopping"
    assert again.wait() == 0
    start("signer:ab?pace=0")
    assert isinstance(client.next(), Hello)
    finals(client, 1)


def test_without_reconnect_a_killed_daemon_ends_it(
    start: Start, join: Connect, tmp_path: Path
) -> None:
    daemon = start("signer:ab?pace=0")
    client = join(tmp_path / "d.sock", wait=True, timeout=60)
    finals(client, 1)
    daemon.kill()
    with pytest.raises(Closed) as caught:
        list(iter(client.next, None))
    assert caught.value.reason == "lost"


def test_the_socket_file_is_replaced(serve: Serve, join: Connect, tmp_path: Path) -> None:
    old = serve()
    client = join(old.path, reconnect=True, timeout=60)
    assert isinstance(client.next(), Hello)
    old.path.rename(tmp_path / "moved")
    new = serve()
    old.publish(text_event("still the old one", final=True))
    assert finals(client, 1) == [1]
    old.close()
    assert client.next() == Bye(reason="stopping")
    assert isinstance(client.next(), Hello)
    new.publish(text_event("the new one", final=True))
    assert finals(client, 1) == [1]


def test_a_request_waits_for_the_next_daemon(serve: Serve, join: Connect) -> None:
    server = serve()
    client = join(server.path, reconnect=True, answer_timeout=60)
    server.close()
    assert [client.next(), client.next()] == [client.hello, Bye(reason="stopping")]
    later = threading.Timer(0.3, serve)
    later.start()
    assert client.status().clients == 1
    later.join()


def test_no_daemon_comes_back(serve: Serve, join: Connect) -> None:
    server = serve()
    client = join(server.path, reconnect=True, timeout=0.3)
    server.close()
    assert [client.next(), client.next()] == [client.hello, Bye(reason="stopping")]
    with pytest.raises(NotRunning):
        client.next()
    with pytest.raises(Closed):
        client.status()
