"""What the daemon says: events, numbered by a bus and given to sinks.

- `protocol`, `requests`: the dataclasses of what goes over the wire; `protocol` specifies it.
- `schema`: the same as a JSON Schema.
- `session`: the owner of state, pause and segment numbers; it decides what is published.
- `bus`: numbers what is published, keeps the snapshot, and gives it to the sinks.
- `request_handler`: carries out what clients request.
"""

from edge.events.bus import Bus, Published, Sink
from edge.events.protocol import (
    Answer,
    Broadcast,
    Event,
    Final,
    Hello,
    Partial,
    Revised,
    State,
    Status,
    View,
    encode,
)
from edge.events.request_handler import RequestHandler
from edge.events.session import Session

__all__ = [
    "Answer",
    "Broadcast",
    "Bus",
    "Event",
    "Final",
    "Hello",
    "Partial",
    "Published",
    "RequestHandler",
    "Revised",
    "Session",
    "Sink",
    "State",
    "Status",
    "View",
    "encode",
]
