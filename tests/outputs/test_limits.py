"""What a client may do, and what becomes of one that does more."""

from __future__ import annotations

import errno
import grp
import os
import socket
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.client import connect
from edge.client.errors import Busy
from edge.client.raw import status_at_the_door
from edge.errors import ConfigError, UserError
from edge.events import State
from edge.outputs.socket.clients import WARY_BURST
from edge.outputs.socket.connection import Connection
from edge.outputs.socket.rate_limiter import BURST, EFFECT_BURST, RATE, RateLimiter
from edge.outputs.socket.unix_listener import UnixListener
from edge.system.board import rss_mb
from tests.clients import Client, Serve, Server, eventually, text_event


@given(st.lists(st.floats(0, 0.2), max_size=400))
def test_no_more_is_allowed_than_a_burst_and_the_rate(gaps: list[float]) -> None:
    limiter, now, allowed = RateLimiter(0.0), 0.0, 0
    for gap in gaps:
        now += gap
        allowed += limiter.allow(now) == "allowed"
        assert allowed <= BURST + RATE * now + 1e-6


def test_who_keeps_to_the_rate_is_never_refused() -> None:
    limiter = RateLimiter(0.0)
    assert {limiter.allow(n / RATE) for n in range(10_000)} == {"allowed"}
    assert {limiter.allow(200 + 3 * n) for n in range(1000)} == {"allowed"}


def test_who_goes_on_beyond_the_rate_is_over_and_who_stops_is_forgiven() -> None:
    limiter = RateLimiter(0.0)
    verdicts = [limiter.allow(0.0) for _ in range(2 * BURST)]
    assert verdicts == ["allowed"] * BURST + ["refused"] * (BURST - 1) + ["abusive"]
    forgiven = RateLimiter(0.0)
    for begin in (0.0, BURST / RATE, 2 * BURST / RATE):
        assert [forgiven.allow(begin) for _ in range(2 * BURST - 1)][-1] == "refused"


def test_requests_beyond_the_rate_are_refused_with_their_id_then_end_it(serve: Serve) -> None:
    server = serve()
    client, other = serve.connect(server), serve.connect(server)
    client.next()
    burst = [b'{"type":"ping","id":%d}\n' % n for n in range(BURST + 20)]
    client.send(b"".join(burst))
    answers = [client.next() or {} for _ in burst]
    assert [answer["id"] for answer in answers] == list(range(len(burst)))
    assert {answer["type"] for answer in answers[:BURST]} == {"pong"}
    assert answers[-1]["code"] == "rate"
    time.sleep(5 / RATE)
    client.ask(type="ping", id="later")
    assert client.until("pong")["id"] == "later"
    client.send(b"\n" * 1000)
    assert client.rest()[-1] == {"type": "bye", "reason": "rate"}
    other.sync()


def test_who_floods_and_comes_again_is_ended_sooner(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve()
    before = serve.connect(server)
    for allowed in (BURST, WARY_BURST, WARY_BURST):
        flood = serve.connect(server)
        flood.send(b'{"type":"ping"}\n' * 1000)
        answers = flood.rest()
        assert answers[-1] == {"type": "bye", "reason": "rate"}
        assert allowed <= sum(answer["type"] == "pong" for answer in answers) < allowed + 20
    serve.connect(server).sync()
    before.send(b'{"type":"ping"}\n' * BURST)
    assert [before.until("pong")["type"] for _ in range(BURST)]
    monkeypatch.setattr("edge.outputs.socket.clients.FLOOD_S", 0.0)
    later = serve.connect(server)
    later.send(b'{"type":"ping"}\n' * BURST)
    assert [later.until("pong")["type"] for _ in range(BURST)]


def test_an_endless_line_and_endless_requests_take_no_memory(serve: Serve) -> None:
    server = serve()
    healthy = serve.connect(server)
    before = rss_mb()
    for content in (b"x" * 65536, b'{"type":"ping"}\n' * 4096, os.urandom(65536), b"\n" * 65536):
        endless = serve.connect(server)
        sent = 0
        while sent < 1 << 30 and endless.send(content):
            sent += len(content)
        assert sent < 1 << 24  # it was ended, and long before the gigabyte
    healthy.sync()
    assert rss_mb() < before + 30
    assert eventually(lambda: server.clients == 1)


def test_the_cap_leaves_descriptors_to_the_rest(tmp_path: Path) -> None:
    program = (
        "import resource, sys, pathlib; resource.setrlimit(resource.RLIMIT_NOFILE, (80, 80));"
        "from tests.clients import Server;"
        "print(Server(pathlib.Path(sys.argv[1]), clients=64).socket._clients._most)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, tmp_path / "s"], capture_output=True, text=True, check=True
    )
    assert done.stdout == "16\n"
    assert "room for 16 clients, not 64" in done.stderr


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def test_tcp_is_there_when_asked_for_and_only_on_loopback(serve: Serve) -> None:
    port = free_port()
    server = serve(tcp=port)
    server.publish(State(state="searching"))
    families = ["127.0.0.1"] + ["::1"] * socket.has_dualstack_ipv6()
    for address in families:
        client = serve.connect((address, port))
        assert client.until("state")["state"] == "searching"
        client.sync()
        server.publish(text_event("hello"))
        assert client.until("partial")["text"] == "hello"
    listening = {
        line.split()[1].split(":")[0]
        for table in ("/proc/self/net/tcp", "/proc/self/net/tcp6")
        for line in Path(table).read_text().splitlines()[1:]
        if line.split()[1].endswith(f":{port:04X}") and line.split()[3] == "0A"
    }
    assert listening <= {"0100007F", "00000000000000000000000001000000"}
    with pytest.raises(UserError, match=f"TCP port {port}"):
        Server(server.path.with_name("other"), tcp=port)
    assert not server.path.with_name("other").exists()
    server.close()
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port), timeout=5)


def test_who_goes_over_tcp_makes_room(serve: Serve) -> None:
    port = free_port()
    server = serve(tcp=port, clients=4)
    for _ in range(4):
        client = Client(("127.0.0.1", port))
        client.ask(type="subscribe", events=[])
        client.until("ok")
        client.close()
    assert eventually(lambda: server.clients == 0), "with nothing to be sent to them"


def test_a_web_page_can_ask_nothing_over_tcp(serve: Serve) -> None:
    paused: list[bool] = []
    port = free_port()
    serve(tcp=port, on_pause=paused.append)
    browser = serve.connect(("127.0.0.1", port))
    browser.next()
    browser.send(b'POST / HTTP/1.1\r\nHost: x\r\n\r\n{"type":"pause"}\n')
    assert [event["type"] for event in browser.rest()] in (["error", "bye"], [])
    assert paused == []


@pytest.mark.skipif(os.getuid() != 0, reason="only root may become another user")
def test_members_of_the_group_may_connect_and_nobody_else() -> None:
    knock = "import socket, sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])"
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        server = Server(Path(folder) / "run" / "s", group="daemon")
        found = server.path.stat()
        assert stat.S_IMODE(found.st_mode) == 0o660
        assert stat.S_IMODE(server.path.parent.stat().st_mode) == 0o710
        for group, welcome in ((found.st_gid, True), (found.st_gid + 1, False)):
            done = subprocess.run(
                ["/usr/bin/python3", "-c", knock, server.path], user=65534, group=group,
                extra_groups=[], capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert (done.returncode == 0) == welcome, done.stderr
            assert welcome or "Permission denied" in done.stderr
        server.close()


def test_a_group_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no group no-such-group: sudo groupadd"):
        UnixListener(tmp_path / "s", "no-such-group")
    assert not (tmp_path / "s").exists()


def test_a_group_from_outside_the_namespace_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unmapped(*_: object) -> None:
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))

    monkeypatch.setattr(os, "chown", unmapped)
    with pytest.raises(ConfigError, match="change group in"):
        UnixListener(tmp_path / "s", grp.getgrgid(os.getgid()).gr_name)
    assert not (tmp_path / "s").exists()


def refused_to_nobody(path: Path, group: str = "") -> str:
    """The error that a user without rights gets for a socket at ``path``."""
    into, out = os.pipe()
    child = os.fork()
    if not child:
        if os.getuid() == 0:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
        try:
            UnixListener(path, group)
        except BaseException as error:
            os.write(out, f"{type(error).__name__}: {error}".encode())
        os._exit(0)
    os.close(out)
    os.waitpid(child, 0)
    with os.fdopen(into) as error:
        return error.read()


def test_what_a_user_may_not_do_is_refused_and_leaves_nothing() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        error = refused_to_nobody(folder / "s", "root")
        assert error.startswith("ConfigError")
        assert "cannot be given to the group root: this user is not in it" in error
        error = refused_to_nobody(folder / "run" / "s", "root")
        assert "cannot be given to the group root" in error
        folder.chmod(0o555)
        error = refused_to_nobody(folder / "s")
        assert error.startswith("UserError")
        assert error.endswith("cannot be made: Permission denied")
        folder.chmod(0o700)
        assert [file.name for file in folder.iterdir()] in ([], ["run"])


def test_a_socket_made_by_another_is_used_and_left_there(serve: Serve, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(tmp_path / "activated"))
        made.listen()
        early = Client(tmp_path / "activated")  # before the program starts
        server = serve(inherited=made)
        assert server.path == tmp_path / "activated"
        early.sync()
        early.close()
        server.close()
    assert (tmp_path / "activated").exists()
    assert not (tmp_path / "s.sock").exists()


def test_who_connects_is_in_the_log(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", "edge.outputs.socket"):
        serve.connect(serve()).sync()
    assert f"pid {os.getpid()}, uid {os.getuid()}, gid {os.getgid()}" in caplog.text


def test_what_one_client_does_to_all_is_limited_far_lower_than_requests(serve: Serve) -> None:
    resets: list[int] = []
    server = serve(on_reset=lambda: resets.append(1))
    other = serve.connect(server)
    clients = [serve.connect(server) for _ in range(3)]  # more connections give no more effects
    for _ in range(10):
        for client in clients:
            client.ask(type="reset")
            client.sync()
    assert EFFECT_BURST <= len(resets) <= EFFECT_BURST + 2
    clients[0].ask(type="expect", expect="digits", id="own limit")
    assert clients[0].until("ok")["id"] == "own limit"
    for _ in range(EFFECT_BURST + 1):
        clients[1].ask(type="pause")
        clients[1].ask(type="resume")
    clients[1].sync()
    clients[2].ask(type="resume", id=1)
    assert clients[2].until("error")["code"] == "rate"
    assert other.until("state")["request"] == "reset"


def test_a_pause_ends_with_its_client_unless_it_is_to_be_kept(serve: Serve) -> None:
    pauses: list[bool] = []
    server = serve(on_pause=pauses.append)
    watcher = serve.connect(server)
    watcher.sync()
    first, second = Client(server.path), Client(server.path)
    for client in (first, second):
        client.ask(type="pause")
        client.until("ok")
    first.close()
    assert eventually(lambda: server.clients == 2)
    assert pauses == [True], "the second wants it too"
    second.close()
    assert eventually(lambda: pauses == [True, False])
    said = [watcher.until("state"), watcher.until("state")]
    assert [state["request"] for state in said] == ["pause", "resume"]
    assert all(state["by"].startswith("pid ") for state in said)
    third = Client(server.path)
    third.ask(type="pause", keep=True)
    third.until("ok")
    third.close()
    assert eventually(lambda: server.clients == 1)
    assert pauses == [True, False, True]
    watcher.ask(type="resume")
    watcher.until("ok")
    assert pauses[-1] is False


def test_the_status_is_told_to_whom_there_is_no_room_for(serve: Serve) -> None:
    server = serve(clients=2)
    for _ in range(2):
        serve.connect(server).sync()
    silent = serve.connect(server)
    with pytest.raises(Busy):
        connect(server.path)
    assert [event["type"] for event in silent.rest()] == ["error", "bye"]
    assert status_at_the_door(server.path).clients == 2
    nosy = serve.connect(server)
    nosy.ask(type="pause")
    assert [event["type"] for event in nosy.rest()] == ["error", "bye"]
    assert server.session.state != "paused"


def test_who_neither_reads_nor_sends_gives_its_place_up(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.outputs.socket.clients.SILENT_S", 0.3)
    server = serve(clients=8)
    silent = [serve.connect(server) for _ in range(4)]
    listener = serve.connect(server)
    assert listener.next()["type"] == "hello"  # type: ignore[index]
    assert eventually(lambda: server.clients == 1)
    assert silent[0].rest()[-1] == {"type": "bye", "reason": "slow"}
    time.sleep(0.5)
    server.publish(text_event("hello"))
    assert listener.until("partial")["text"] == "hello"


def test_over_tcp_nothing_is_changed_and_half_the_places_stay_free(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    server = serve(tcp=port, clients=6)
    first = serve.connect(("127.0.0.1", port))
    for request in (
        {"type": "reset"}, {"type": "pause"}, {"type": "expect", "expect": "any"},
        {"type": "answer", "segment": 1, "text": "a"},
    ):  # fmt: skip
        first.ask(**request)
        assert first.until("error")["code"] == "not_allowed"
    first.ask(type="status")
    assert first.until("status")["state"] == "starting"
    silent = [serve.connect(("127.0.0.1", port)) for _ in range(2)]
    assert all(each.next()["type"] == "hello" for each in silent)  # type: ignore[index]
    late = serve.connect(("127.0.0.1", port))
    assert late.next()["code"] == "busy"  # type: ignore[index]
    serve.connect(server).sync()
    monkeypatch.setattr("edge.outputs.socket.clients.SILENT_S", 0.0)
    serve.connect(("127.0.0.1", port)).sync()  # one that never sent anything makes room
    first.sync()


def test_over_tcp_all_may_be_allowed(serve: Serve) -> None:
    port = free_port()
    serve(tcp=port, tcp_commands=True)
    client = serve.connect(("127.0.0.1", port))
    client.ask(type="pause")
    assert client.until("state")["by"] == "over TCP"
    client.until("ok")


def test_another_user_has_at_most_half_of_the_places(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.getuid", lambda: 12345)
    monkeypatch.setattr(Connection, "_credentials", lambda self: (1, 7, 7))
    server = serve(clients=4)
    for _ in range(2):
        serve.connect(server).sync()
    assert serve.connect(server).rest()[0]["code"] == "busy"
    monkeypatch.setattr(Connection, "_credentials", lambda self: (1, 8, 8))
    serve.connect(server).sync()


def test_no_more_connections_are_accepted_than_a_burst_and_the_rate(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.outputs.socket.acceptor.ACCEPT_RATE", 20.0)
    monkeypatch.setattr("edge.outputs.socket.acceptor.ACCEPT_BURST", 5)
    server = serve()
    began = time.monotonic()
    for _ in range(25):
        serve.connect(server).sync()
    assert time.monotonic() - began > 0.9
