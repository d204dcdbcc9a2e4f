"""Messages to systemd: sd_notify(3), and its watchdog, sd_watchdog_enabled(3)."""

from __future__ import annotations

import logging
import os
import socket
import threading
import time

log = logging.getLogger(__name__)

TIMEOUT_S = 1.0
"""Seconds a message may take; systemd that does not read is no reason to hang."""


class Notifier:
    """Sends to the socket that systemd names in the environment; silent where it names none.

    The variables are taken out of the environment, so that no child process uses them.

    Attributes:
        active: systemd listens.
        period: seconds within which the watchdog must be fed; 0 where there is none.
    """

    def __init__(self) -> None:
        address = os.environ.pop("NOTIFY_SOCKET", "")
        usec = os.environ.pop("WATCHDOG_USEC", "")
        pid = os.environ.pop("WATCHDOG_PID", "")
        # A leading @ stands for the zero byte of an abstract socket.
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self.active = bool(address)
        ours = self.active and usec.isdigit() and pid in ("", str(os.getpid()))
        self.period = int(usec) / 1e6 if ours else 0.0
        self._out: socket.socket | None = None
        self._lock = threading.Lock()
        self._status = ""
        self._is_ready = False

    def ready(self) -> None:
        self._is_ready = True
        self._send("READY=1")

    def reloading(self) -> None:
        """`reloaded` must follow, whether the new configuration was taken or not."""
        if self._is_ready:
            self._send(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def reloaded(self) -> None:
        if self._is_ready:
            self._send("READY=1")

    def stopping(self) -> None:
        self._send("STOPPING=1")

    def watchdog(self) -> bool:
        """Feed the watchdog; whether the message was sent."""
        return self._send("WATCHDOG=1")

    def status(self, line: str) -> None:
        """What ``systemctl status`` shows; sent when it is new."""
        line = " ".join(line.split())
        if line != self._status:
            self._status = line
            self._send(f"STATUS={line}")

    def store(self, name: str, handle: int) -> bool:
        """Have systemd keep a descriptor for the next start of a service that crashed."""
        return self._send(f"FDSTORE=1\nFDNAME={name}", handle)

    def forget(self, name: str) -> None:
        """It need keep the descriptor no longer."""
        self._send(f"FDSTOREREMOVE=1\nFDNAME={name}")

    def _send(self, message: str, *handles: int) -> bool:
        """Whether it was sent; the socket is kept, since a new one needs a descriptor."""
        if not self.active:
            return False
        with self._lock:
            try:
                if self._out is None:
                    self._out = self._connected()
                socket.send_fds(self._out, [message.encode(errors="replace")], handles)
            except OSError as error:
                log.warning("%s cannot be sent to systemd: %s", message.split("=")[0], error)
                self._disconnect()
                return False
        return True

    def _connected(self) -> socket.socket:
        out = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        try:
            out.settimeout(TIMEOUT_S)
            out.connect(self._address)
        except BaseException:
            out.close()
            raise
        return out

    def _disconnect(self) -> None:
        if self._out is not None:
            self._out.close()
            self._out = None
