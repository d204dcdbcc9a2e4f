"""A socket server without a daemon, to measure what publishing costs."""

from __future__ import annotations

from pathlib import Path

from edge.events import Bus, Hello, RequestHandler, Session
from edge.outputs.socket import SocketServer


def serve(path: Path, clients: int = 64) -> tuple[Session, SocketServer]:
    """(where to publish, the server that sends it to its clients), serving at ``path``."""
    bus = Bus(Hello(version="0", source="-", live=True, bundle="-"))
    session = Session(bus)
    server = SocketServer(path, bus, RequestHandler(session), clients=clients)
    bus.attach(server)
    server.start()
    return session, server
