"""From hypotheses to events on a local socket. `edge.publish.protocol` is the specification."""

from edge.publish.client import lines, listen
from edge.publish.paths import socket_path, socket_to_join
from edge.publish.protocol import (
    Broadcast,
    Event,
    Final,
    Hello,
    Partial,
    State,
    encode,
    from_hypothesis,
)
from edge.publish.server import Server

__all__ = [
    "Broadcast",
    "Event",
    "Final",
    "Hello",
    "Partial",
    "Server",
    "State",
    "encode",
    "from_hypothesis",
    "lines",
    "listen",
    "socket_path",
    "socket_to_join",
]
