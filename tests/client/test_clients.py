"""Both clients against the real server."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from edge.client import (
    Answer,
    Bye,
    Closed,
    Error,
    Event,
    Final,
    Hello,
    NotRunning,
    Partial,
    RequestFailed,
    State,
    Status,
    Timeout,
)
from edge.errors import UserError
from tests.client.both import Either
from tests.client.conftest import HELLO, Connect, Fake, says, says_and_ends
from tests.clients import Serve, eventually, text_event


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(client: Either, wanted: Callable[[Event], bool]) -> Event:
    while (event := client.next()) is not None:
        if wanted(event):
            return event
    raise AssertionError("the iteration ended before")


def rest(client: Either) -> list[Event]:
    return list(iter(client.next, None))


def test_events_are_typed_and_the_iteration_ends_with_the_daemon(
    serve: Serve, join: Connect
) -> None:
    server = serve()
    server.publish(State(state="reading", fps=30.0))
    client = join(server.path)
    assert client.hello == client.next() == Hello(
        version="0", source="test:", live=True, bundle="none"
    )  # fmt: skip
    assert client.next() == State(state="reading", fps=30.0, seq=1)
    server.publish(text_event("he"))
    server.publish(text_event("hello", final=True))
    partial, final = client.next(), client.next()
    assert isinstance(partial, Partial)
    assert isinstance(final, Final)
    assert (final.type, final.text, final.segment, final.seq) == ("final", "hello", 1, 3)
    assert [char.text for char in final.chars] == list("hello")
    server.close()
    assert rest(client) == [Bye(reason="stopping")]
    with pytest.raises(Closed) as caught:
        client.status()
    assert caught.value.reason == "stopping"


@pytest.mark.parametrize("kind", ["path", "text", "unix", "tcp", "tcp6"])
def test_addresses(serve: Serve, join: Connect, kind: str) -> None:
    port = free_port()
    server = serve(tcp=port)
    address = {
        "path": server.path,
        "text": str(server.path),
        "unix": f"unix:{server.path}",
        "tcp": f"tcp:127.0.0.1:{port}",
        "tcp6": f"tcp:[::1]:{port}",
    }[kind]
    if kind == "tcp6" and not socket.has_dualstack_ipv6():
        pytest.skip("no IPv6 here")
    client = join(address)
    assert isinstance(client.status(), Status)


def test_without_an_address_it_finds_what_listen_finds(
    serve: Serve, join: Connect, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("RUNTIME_DIRECTORY", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    server = serve()
    (tmp_path / "ishara").mkdir()
    (tmp_path / "ishara" / "ishara.sock").symlink_to(server.path)
    assert join().status().source == "test:"


@pytest.mark.parametrize(
    "address", ["tcp:example.org:80", "tcp:0.0.0.0:80", "tcp:127.0.0.1", "tcp:127.0.0.1:x",
                "tcp:127.0.0.1:99999", "/" + "x" * 200, "a\0b"],
)  # fmt: skip
def test_what_can_be_no_address_is_refused(join: Connect, address: str) -> None:
    with pytest.raises(UserError):
        join(address)


def test_every_request_is_answered_while_events_wait(serve: Serve, join: Connect) -> None:
    resets: list[int] = []
    server = serve(on_reset=lambda: resets.append(1))
    client = join(server.path)
    server.publish(text_event("a"))
    assert client.status().clients == 1
    client.reset()
    assert resets == [1]
    assert client.ping() >= 0
    client.pause()
    assert client.status().state == "paused"
    client.resume()
    client.expect("digits")
    assert client.status().expect == "digits"
    with pytest.raises(RequestFailed, match="expect must be one of") as refused:
        client.expect("numbers")
    assert refused.value.code == "bad_request"
    client.subscribe({"final"})
    server.publish(text_event("b", segment=2))
    server.publish(text_event("bc", segment=2, final=True))
    client.ping()
    server.close()
    received = [(event.type, getattr(event, "text", "")) for event in rest(client)]
    assert received[:2] == [("hello", ""), ("partial", "a")]
    assert received[-2:] == [("final", "bc"), ("bye", "")]
    assert ("partial", "b") not in received


def test_an_answer_reaches_the_others(serve: Serve, join: Connect) -> None:
    server = serve()
    client, other = join(server.path), join(server.path, events={"answer"})
    server.publish(text_event("hours", final=True))
    client.answer(1, "From 7.\nTo 9.", "written", ("a.md", "b.md"))
    _, event = other.take(2)
    assert isinstance(event, Answer)
    assert (event.text, event.kind, event.sources) == (
        "From 7.\nTo 9.",
        "written",
        ("a.md", "b.md"),
    )
    with pytest.raises(RequestFailed, match="none of the last"):
        client.answer(2, "?", "unknown")


def test_only_the_events_asked_for(serve: Serve, join: Connect) -> None:
    server = serve()
    server.publish(State(state="reading"))
    server.publish(text_event("a"))
    client = join(server.path, events={"final"})
    client.ping()
    for text in ("ab", "abc"):
        server.publish(text_event(text))
    server.publish(text_event("abc", final=True))
    server.close()
    assert [event.type for event in rest(client)] == ["hello", "final", "bye"]
    with pytest.raises(ValueError, match="no such event: finals"):
        join(server.path, events=["finals"])


def test_requests_of_other_threads_while_one_iterates(serve: Serve, join: Connect) -> None:
    server = serve()
    client = join(server.path)
    events: list[Event] = []
    iterating = threading.Thread(target=lambda: events.extend(rest(client)))
    iterating.start()
    failures: list[BaseException] = []

    def ask() -> None:
        try:
            for _ in range(5):
                assert client.status().bundle == "none"
        except BaseException as failure:
            failures.append(failure)

    asking = [threading.Thread(target=ask) for _ in range(4)]
    for thread in asking:
        thread.start()
    for segment in range(1, 101):
        server.publish(text_event("x", segment, final=True))
    for thread in asking:
        thread.join()
    server.close()
    iterating.join()
    assert failures == []
    assert [event.seq for event in events if isinstance(event, Final)] == list(range(1, 101))


def test_close_ends_an_iteration_elsewhere(serve: Serve, join: Connect) -> None:
    client = join(serve().path)
    events: list[Event] = []

    def iterate() -> None:
        while (event := client.next()) is not None:
            events.append(event)

    iterating = threading.Thread(target=iterate)
    iterating.start()
    assert eventually(lambda: len(events) == 1)
    client.close()
    iterating.join()


def test_nobody_is_there(join: Connect, tmp_path: Path) -> None:
    with pytest.raises(NotRunning, match=r"nothing listens on .*: start it with `ishara run`"):
        join(tmp_path / "none")
    began = time.monotonic()
    with pytest.raises(NotRunning):
        join(tmp_path / "none", wait=True, timeout=0.3)
    assert time.monotonic() - began >= 0.3


def test_wait_until_it_is_there(serve: Serve, join: Connect, tmp_path: Path) -> None:
    later = threading.Timer(0.3, serve)
    later.start()
    client = join(tmp_path / "s.sock", wait=True, timeout=60)
    assert client.next() == client.hello
    later.join()


def test_one_client_too_many(serve: Serve, join: Connect) -> None:
    server = serve(clients=1)
    first = join(server.path)
    with pytest.raises(UserError, match="is busy: there are 1 clients already"):
        join(server.path)
    leaving = threading.Timer(0.2, first.close)
    leaving.start()
    assert join(server.path, wait=True, timeout=60).hello
    leaving.join()


def test_a_request_that_fails_and_an_answer_nobody_waits_for(fake: Fake, join: Connect) -> None:
    def script(connection: socket.socket) -> None:
        connection.sendall(HELLO)
        connection.recv(4096)
        connection.sendall(b'{"type":"error","code":"rate","message":"too often","id":1}\n')
        connection.recv(4096)
        connection.sendall(b'{"type":"pong","time":1.0,"id":77}\n{"type":"pong","time":1,"id":2}\n')
        connection.recv(4096)

    client = join(fake(script))
    with pytest.raises(UserError, match="too often") as caught:
        client.status()
    assert getattr(caught.value, "code", "") == "rate"
    assert client.ping() > 0


def test_an_ended_request_and_iteration_say_why(fake: Fake, join: Connect) -> None:
    slow = join(fake(says_and_ends(HELLO, b'{"type":"bye","reason":"slow"}\n'), name="1"))
    assert [slow.next(), slow.next()] == [slow.hello, Bye(reason="slow")]
    with pytest.raises(Closed) as caught:
        slow.next()
    assert caught.value.reason == "slow"
    lost = join(fake(says_and_ends(HELLO), name="2"))
    with pytest.raises(Closed) as caught:
        lost.status()
    assert caught.value.reason == "lost"


def test_a_server_that_stalls(fake: Fake, join: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    client = join(fake(says(HELLO), name="later"), answer_timeout=0.2)
    with pytest.raises(Timeout, match="does not answer"):
        client.status()
    with pytest.raises(TimeoutError):
        client.ping()
    monkeypatch.setattr("edge.client.session.HELLO_TIMEOUT_S", 0.2)
    with pytest.raises(Timeout, match="does not answer"):
        join(fake(says(), name="mute"))
    with pytest.raises(Timeout):
        join(fake(says(), says(), says(), name="mutes"), wait=True, timeout=0.3)


GARBAGE = [
    b"hello\n", b"[1]\n", b"{}\n", b'{"type":7}\n', b"\xff\n", b"x" * (1 << 21), b"[" * 100_000,
    b"[" * 100_000 + b"\n", b'{"type":"state"}\n', b'{"type":"bye","reason":7}\n',
    b'{"type":"pong","time":NaN}\n', b'{"type":"error","code":"rate","message":"x","id":true}\n',
    b'{"type":"hello","protocol":1}\n', b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\n",
    b'{"type":"pong","time":' + b"9" * 5000 + b"}\n",
]  # fmt: skip


@pytest.mark.parametrize("garbage", GARBAGE, ids=lambda garbage: repr(garbage[:16]))
def test_garbage(fake: Fake, join: Connect, garbage: bytes) -> None:
    with pytest.raises(UserError):
        join(fake(says_and_ends(garbage), name="first"))
    complete = garbage.endswith(b"\n")  # without a line feed it is a connection that was lost
    client = join(fake(says_and_ends(HELLO, garbage), name="later"), reconnect=complete)
    with pytest.raises(UserError):
        rest(client)


def test_another_protocol_is_named(fake: Fake, join: Connect) -> None:
    with pytest.raises(UserError, match="speaks protocol 2, this client 1"):
        join(fake(says(HELLO.replace(b'"protocol":1', b'"protocol":2'))))


def test_what_is_not_known_is_ignored(fake: Fake, join: Connect) -> None:
    lines = (
        b'{"type":"weather","sun":true}\n',
        HELLO.replace(b"{", b'{"more":[1],', 1),
        b'{"type":"state","state":"dreaming","extra":{}}\n',
        b'{"type":"error","code":"new","message":"m"}\n',
        b'{"type":"bye","reason":"stopping"}\n',
    )
    hello, state, error, _ = rest(join(fake(says_and_ends(*lines))))
    assert isinstance(hello, Hello)
    assert isinstance(state, State)
    assert (state.state, state.fps) == ("dreaming", 0.0)
    assert isinstance(error, Error)


def test_lines_in_pieces(fake: Fake, join: Connect) -> None:
    stream = HELLO + b'{"type":"state","state":"reading","reason":"\xc3\xbc"}\n'

    def script(connection: socket.socket) -> None:
        for k in range(len(stream)):
            connection.sendall(stream[k : k + 1])
        connection.recv(4096)

    client = join(fake(script))
    assert until(client, lambda event: isinstance(event, State)) == State(
        state="reading", reason="ü"
    )
