"""A real mosquitto on a free port, a relay in front of it, and a client that sees all."""

from __future__ import annotations

import json
import select
import shutil
import socket
import subprocess
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.clients import eventually

MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
needs_mosquitto = pytest.mark.skipif(
    not MOSQUITTO, reason="no mosquitto here: sudo apt install mosquitto"
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Mosquitto:
    """A broker that can be killed and started again, and keeps nothing."""

    def __init__(self, folder: Path, *settings: str) -> None:
        self.port = free_port()
        self._config = folder / "mosquitto.conf"
        lines = [f"listener {self.port} 127.0.0.1", "persistence false", "log_dest stderr"]
        lines += settings or ["allow_anonymous true"]
        self._config.write_text("\n".join(lines) + "\n")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        assert MOSQUITTO is not None
        self._process = subprocess.Popen(
            [MOSQUITTO, "-c", str(self._config)], stderr=subprocess.DEVNULL
        )
        assert eventually(self._listens, 60)

    def kill(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()

    def _listens(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False


class Relay:
    """Passes connections on to a port while it is open; those that there were end with it."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self._open = threading.Event()
        self._ended = False
        threading.Thread(target=self._accept, daemon=True).start()

    def open(self) -> None:
        self._open.set()

    def shut(self) -> None:
        """For new connections; the broker ends those that there are."""
        self._open.clear()

    def close(self) -> None:
        self._ended = True
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _accept(self) -> None:
        while not self._ended:
            try:
                near = self._listening.accept()[0]
            except OSError:
                return
            if not self._open.is_set():
                near.close()
                continue
            threading.Thread(target=self._pass_on, args=(near,), daemon=True).start()

    def _pass_on(self, near: socket.socket) -> None:
        with suppress(OSError), near, socket.create_connection(("127.0.0.1", self._to), 5) as far:
            other = {near: far, far: near}
            while True:
                for ready in select.select([far, near], [], [])[0]:
                    if not (data := ready.recv(65536)):
                        return
                    other[ready].sendall(data)


class Watcher:
    """Subscribes to everything, at QoS 0: what the broker passes on is sent at once, and read to
    the end though the broker is killed. At QoS 1 a slow reader's texts would wait in the broker,
    and die with it.

    Attributes:
        messages: (topic, payload, retained) of all that came.
    """

    def __init__(self, port: int) -> None:
        import paho.mqtt.client as paho

        self.messages: list[tuple[str, str, bool]] = []
        self.subscribed = threading.Event()
        self._client = paho.Client(paho.CallbackAPIVersion.VERSION2)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = lambda client, *_: client.subscribe("#", qos=0)
        self._gone = threading.Event()
        self._client.on_disconnect = lambda *_: self._gone.set()
        self._client.on_subscribe = lambda *_: self.subscribed.set()
        self._client.on_message = lambda _, __, m: self.messages.append(
            (m.topic, m.payload.decode(), m.retain)
        )
        self._client.connect("127.0.0.1", port, keepalive=30)
        self._client.loop_start()
        assert self.subscribed.wait(60)

    def publish(self, topic: str, payload: str) -> None:
        self._client.publish(topic, payload, qos=1).wait_for_publish(30)

    def payloads(self, topic: str) -> list[str]:
        return [payload for at, payload, _ in self.messages if at == topic]

    def texts(self, topic: str) -> list[dict[str, Any]]:
        return [json.loads(payload) for payload in self.payloads(topic)]

    def saw(self, topic: str, payload: str) -> bool:
        return eventually(lambda: self.payloads(topic)[-1:] == [payload], 60)

    def read_to_the_end(self) -> None:
        """The broker has ended: take what it had sent before."""
        assert self._gone.wait(120)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
