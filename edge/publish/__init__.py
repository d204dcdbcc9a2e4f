"""From hypotheses to events on a local socket. `edge.publish.protocol` is the specification."""

from edge.publish.client import ask, lines, listen
from edge.publish.paths import socket_path, socket_to_join
from edge.publish.protocol import (
    Broadcast,
    Event,
    Final,
    Hello,
    Partial,
    State,
    Status,
    encode,
)
from edge.publish.server import Server
from edge.publish.texts import from_hypothesis

__all__ = [
    "Broadcast",
    "Event",
    "Final",
    "Hello",
    "Partial",
    "Server",
    "State",
    "Status",
    "ask",
    "encode",
    "from_hypothesis",
    "lines",
    "listen",
    "socket_path",
    "socket_to_join",
]
