"""The page in a real browser."""

from __future__ import annotations

from collections.abc import Callable

from edge.events import State
from tests.kiosk.conftest import Daemon, Kiosk, Visit
from tests.kiosk.states import answer, draft, final, revised, state

Open = Callable[..., Visit]


def test_what_is_spelled_stands_there_settled_and_open(
    daemon: Daemon, kiosk: Kiosk, visit: Open
) -> None:
    server = daemon.start()
    page = visit(kiosk())
    state(server, "reading")
    draft(server, "hello", 3)
    page.shows("#text", "hello")
    assert page.text("#text .settled") == "hel"
    assert page.text("#text .open") == "lo"
    final(server, "hello")
    page.shows("#text .settled", "hello")
    assert page.page.locator("#text .open").count() == 0
    assert page.text("#text .pair") == "ll"
    assert page.text("#spoken") == "hello"
    assert page.problems == []
