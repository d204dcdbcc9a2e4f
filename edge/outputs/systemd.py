"""The line that ``systemctl status`` shows."""

from __future__ import annotations

from collections.abc import Callable

from edge.events import Published, State
from edge.outputs.threaded import ThreadedSink


class SystemdStatus(ThreadedSink):
    """Sends the state and its reason; ``send`` is `edge.system.notify.Notifier.status`."""

    def __init__(self, send: Callable[[str], None]) -> None:
        super().__init__("systemd")
        self._send = send

    def write(self, published: Published) -> None:
        if isinstance(event := published.event, State):
            name = event.state.replace("_", " ")
            self._send(f"{name}: {event.reason}" if event.reason else name)
