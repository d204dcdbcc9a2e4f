"""The server over HTTP: what it gives, what it refuses, and what bad input does to it."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.clients import eventually
from tests.kiosk.conftest import Daemon, Kiosk, rss_mb
from tests.kiosk.states import draft, final, revised, state

TOKEN = "0123456789abcdef0123"

Answer = tuple[int, dict[str, str], str]


def ask(address: str, path: str, method: str = "GET", body: Any = None, **headers: str) -> Answer:
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body, names)
    answer = connection.getresponse()
    content = answer.read().decode()
    connection.close()
    return answer.status, dict(answer.getheaders()), content


def order(address: str, what: Any, **headers: str) -> tuple[int, str]:
    """The status, and the code of a refusal."""
    body = what if isinstance(what, (str, bytes)) else json.dumps(what)
    kind = {"Content_Type": "application/json", **headers}
    status, _, content = ask(address, "/do", "POST", body, **kind)
    return status, json.loads(content)["error"] if content else ""


@contextmanager
def stream(address: str, path: str = "/events", **headers: str) -> Iterator[Any]:
    """Gives the messages of a page one by one."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request("GET", path, headers=names)
    answer = connection.getresponse()
    assert answer.status == 200, answer.read()

    def messages() -> Iterator[dict[str, Any]]:
        number = ""
        while line := answer.readline():
            if line.startswith(b"id: "):
                number = line[4:].strip().decode()
            if line.startswith(b"data: "):
                yield {**json.loads(line[6:]), "id": number}

    try:
        yield messages()
    finally:
        connection.sock.close() if connection.sock else None
        answer.close()


def until(messages: Iterator[dict[str, Any]], kind: str) -> dict[str, Any]:
    return next(message for message in messages if message["type"] == kind)


def test_the_page_and_its_files_come_with_a_strict_policy(daemon: Daemon, kiosk: Kiosk) -> None:
    daemon.start()
    address = kiosk()
    for path in ("/", "/caption", "/page/kiosk.js", "/page/words/es.json", "/page/sign.json"):
        status, headers, content = ask(address, path)
        assert (status, content > "") == (200, True), path
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
    for path in (
        "/page/../server.py",
        "/page/server.py",
        "/page/%2e%2e/board.py",
        "/etc",
        "/page/",
    ):
        assert ask(address, path)[0] == 404, path


def test_a_page_that_comes_back_is_told_what_it_missed(daemon: Daemon, kiosk: Kiosk) -> None:
    server = daemon.start()
    address = kiosk()
    with stream(address) as messages:
        last = until(messages, "everything")["id"]
    final(server, "one")
    final(server, "two")
    with stream(address, Last_Event_ID=last) as messages:
        found = [until(messages, "text")["text"] for _ in range(2)]
    assert found == ["one", "two"]


def test_orders_reach_the_daemon(daemon: Daemon, kiosk: Kiosk) -> None:
    server = daemon.start()
    state(server, "searching")
    address = kiosk()
    assert order(address, {"do": "pause"}) == (204, "")
    assert eventually(lambda: server.session.state == "paused")
    assert order(address, {"do": "resume"}) == (204, "")
    assert eventually(lambda: server.session.state == "searching")
    with stream(address) as messages:
        until(messages, "everything")
        revised(server, final(server, "helo"), "hello")
        assert until(messages, "text")["text"] == "helo"
        assert until(messages, "text")["text"] == "hello"
        assert order(address, {"do": "choose", "text": 1, "reading": 1}) == (204, "")
        assert until(messages, "text")["text"] == "helo"
        assert order(address, {"do": "correct", "text": 1, "to": " help\n me "}) == (204, "")
        assert until(messages, "text")["text"] == "help me"
        draft(server, "abc", 1)
        assert until(messages, "draft")["text"] == "abc"
        assert order(address, {"do": "clear"}) == (204, "")
        assert until(messages, "cleared")["cleared"] == 1
        assert until(messages, "draft")["text"] == ""
        assert order(address, {"do": "forget"}) == (204, "")
        assert until(messages, "forgotten")


def test_a_pause_outlives_the_page_and_its_server(daemon: Daemon, kiosk: Kiosk) -> None:
    server = daemon.start()
    state(server, "searching")
    assert order(kiosk(), {"do": "pause"})[0] == 204
    kiosk.process.kill()  # type: ignore[attr-defined]
    kiosk.process.wait()  # type: ignore[attr-defined]
    assert eventually(lambda: server.clients == 0)
    assert server.session.state == "paused"


REFUSED: list[tuple[Any, int, str]] = [
    ("", 400, "malformed"),
    ("[]", 400, "malformed"),
    ("[" * 10_000, 400, "malformed"),
    (b"\xff\xfe", 400, "malformed"),
    ('{"do": 5}', 400, "malformed"),
    ({"do": "explode"}, 400, "bad_order"),
    ({"do": "expect", "expect": ["any"]}, 400, "bad_order"),
    ({"do": "choose", "text": 1, "reading": 7}, 400, "bad_order"),
    ({"do": "choose", "text": 1, "reading": True}, 400, "bad_order"),
    ({"do": "choose", "text": 99, "reading": 0}, 404, "no_such_text"),
    ({"do": "choose", "text": "1", "reading": 0}, 404, "no_such_text"),
    ({"do": "correct", "text": 1, "to": "x" * 5000}, 400, "too_long"),
    ({"do": "correct", "text": 1, "to": "\x00\x1b \n"}, 400, "bad_order"),
    ({"do": "correct", "text": 1}, 400, "bad_order"),
    ({"do": "correct", "text": 1, "to": "x" * 50_000}, 413, "http"),
]


def test_orders_that_are_none_are_refused(daemon: Daemon, kiosk: Kiosk) -> None:
    server = daemon.start()
    address = kiosk()
    with stream(address) as messages:
        until(messages, "everything")
        final(server, "text")
        until(messages, "text")
    for what, status, code in REFUSED:
        assert order(address, what) == (status, code), what
        time.sleep(0.05)  # orders have a rate


def test_without_a_daemon_the_page_is_there_and_says_so(daemon: Daemon, kiosk: Kiosk) -> None:
    address = kiosk(wait=False)
    assert ask(address, "/")[0] == 200
    assert ask(address, "/healthz")[0] == 503
    assert order(address, {"do": "pause"}) == (503, "away")


def test_another_site_can_neither_read_nor_order(daemon: Daemon, kiosk: Kiosk) -> None:
    daemon.start()
    address = kiosk()
    assert ask(address, "/events", Host="evil.example")[0] == 403
    assert order(address, {"do": "pause"}, Origin="http://evil.example") == (403, "foreign")
    assert ask(address, "/socket", Origin="http://evil.example")[0] == 403
    # What a form of another site can send.
    status, _, content = ask(address, "/do", "POST", '{"do":"pause"}', Content_Type="text/plain")
    assert (status, json.loads(content)["error"]) == (415, "malformed")


@pytest.fixture
def token_file(tmp_path: Path) -> str:
    file = tmp_path / "token"
    file.write_text(TOKEN)
    return str(file)


def test_a_token_wrong_a_thousand_times_opens_nothing_and_shuts_nobody_out(
    daemon: Daemon, kiosk: Kiosk, token_file: str
) -> None:
    daemon.start()
    address = kiosk("--token-file", token_file, wait=False)
    before = rss_mb(kiosk.process.pid)  # type: ignore[attr-defined]
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    for n in range(1000):
        connection.request("GET", "/events", headers={"Authorization": f"Bearer wrong{n}"})
        answer = connection.getresponse()
        assert (answer.status, json.loads(answer.read())["error"]) == (401, "token")
    connection.close()
    assert rss_mb(kiosk.process.pid) - before < 10  # type: ignore[attr-defined]
    for path in ("/", "/events", "/page/kiosk.js", "/?token=", "/?token=é"):
        assert ask(address, path.replace("é", "%C3%A9"))[0] == 401
    assert order(address, {"do": "pause"})[0] == 401
    with stream(address, Authorization=f"Bearer {TOKEN}") as messages:
        assert until(messages, "everything")


def test_the_token_leaves_the_address(daemon: Daemon, kiosk: Kiosk, token_file: str) -> None:
    daemon.start()
    address = kiosk("--token-file", token_file, wait=False)
    status, headers, _ = ask(address, f"/?token={TOKEN}&language=es")
    assert (status, headers["Location"]) == (303, "/?language=es")
    cookie = headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert ask(address, "/", Cookie=cookie.split(";")[0])[0] == 200


def test_two_hundred_pages_at_once_are_told_and_one_too_many_is_refused(
    daemon: Daemon, kiosk: Kiosk
) -> None:
    server = daemon.start()
    address = kiosk()
    with ExitStack() as stack:
        pages = [stack.enter_context(stream(address)) for _ in range(200)]
        for page in pages:
            until(page, "everything")
        final(server, "hello")
        assert all(until(page, "text")["text"] == "hello" for page in pages)
        assert rss_mb(kiosk.process.pid) < 150  # type: ignore[attr-defined]
        for _ in range(56):
            stack.enter_context(stream(address))
        status, headers, _ = ask(address, "/events")
        assert (status, headers["Retry-After"]) == (503, "5")
    assert eventually(lambda: '"pages": 0' in ask(address, "/healthz")[2], 30)


def test_a_page_that_does_not_read_costs_nothing_and_holds_up_nobody(
    daemon: Daemon, kiosk: Kiosk
) -> None:
    server = daemon.start()
    address = kiosk()
    parts = urlsplit(address)
    with socket.socket() as deaf, stream(address) as page:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        deaf.connect((parts.hostname, parts.port))
        deaf.sendall(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        until(page, "everything")
        for n in range(120):
            final(server, f"text {n} " + "x" * 1000)
            assert until(page, "text")["text"].startswith(f"text {n} ")
        assert rss_mb(kiosk.process.pid) < 120  # type: ignore[attr-defined]


def test_connections_that_say_nothing_are_ended(daemon: Daemon, kiosk: Kiosk) -> None:
    daemon.start()
    address = kiosk()
    parts = urlsplit(address)
    with ExitStack() as stack:
        silent = [
            stack.enter_context(socket.create_connection((parts.hostname, parts.port), timeout=60))
            for _ in range(50)
        ]
        silent[0].sendall(b"GET / HT")  # nor half a request
        assert ask(address, "/healthz")[0] == 200
        assert all(one.recv(1) == b"" for one in silent)


def test_what_is_not_http_is_refused_and_harms_nobody(daemon: Daemon, kiosk: Kiosk) -> None:
    daemon.start()
    address = kiosk()
    parts = urlsplit(address)
    for bad in (
        b"\x00" * 4000,
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 100_000,
        b"{}\n",
    ):
        with socket.create_connection((parts.hostname, parts.port), timeout=60) as strange:
            strange.sendall(bad)
            strange.shutdown(socket.SHUT_WR)
            while strange.recv(4096):
                pass
    assert ask(address, "/healthz")[0] == 200


def test_orders_have_a_rate(daemon: Daemon, kiosk: Kiosk) -> None:
    daemon.start()
    address = kiosk()
    statuses: list[int] = []
    threads = [
        threading.Thread(
            target=lambda: statuses.extend(order(address, {"do": "clear"})[0] for _ in range(40))
        )
        for _ in range(8)
    ]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.monotonic() - began
    assert set(statuses) <= {204, 429}
    assert statuses.count(204) <= 40 + 20 * (seconds + 1)
