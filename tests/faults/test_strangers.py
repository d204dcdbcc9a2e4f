"""What strangers ran into: the real process, and what it is to do about it."""

from __future__ import annotations

from tests.clients import Client, eventually

from .conftest import Start

SOURCE = "signer:abc abc?speed=5"


def test_the_socket_file_removed_under_the_daemon_is_made_anew(start: Start) -> None:
    service = start(SOURCE)
    client = service.listen()
    client.wait(lambda event: event["type"] == "hello")
    service.socket.unlink()
    assert eventually(service.socket.exists, 60)
    Client(service.socket).sync()
    client.wait(lambda event: event["type"] == "final", most=120)
    assert "was removed: it is there again" in service.said
