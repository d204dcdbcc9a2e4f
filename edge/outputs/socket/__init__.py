"""Sends events to the clients of a local socket.

- `server`: the thread, its poll loop and its inbox.
- `acceptor`, `unix_listener`, `tcp_listener`: where clients connect.
- `clients`, `connection`, `outbox`, `rate_limiter`: who is connected, and what each may do.
"""

from edge.outputs.socket.server import SocketServer

__all__ = ["SocketServer"]
