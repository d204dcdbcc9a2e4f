"""What the daemon says: events, numbered by a bus. `edge.events.protocol` is the specification."""

from edge.events.protocol import (
    Broadcast,
    Event,
    Final,
    Hello,
    Partial,
    State,
    Status,
    encode,
)

__all__ = ["Broadcast", "Event", "Final", "Hello", "Partial", "State", "Status", "encode"]
