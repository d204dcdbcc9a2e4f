"""Where the broker is, and how it is reached."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from edge.errors import UserError, first_line

if TYPE_CHECKING:
    import aiomqtt

PORT = 1883
TLS_PORT = 8883
KEEPALIVE_S = 15
"""A broker that is silent for longer is gone."""


@dataclass(frozen=True, slots=True)
class Broker:
    """A broker, and who connects to it."""

    host: str
    port: int
    tls: ssl.SSLContext | None = None
    username: str | None = None
    password: str | None = None

    def __str__(self) -> str:
        return f"{'mqtts' if self.tls else 'mqtt'}://{self.host}:{self.port}"

    def client(self, name: str, will: tuple[str, str]) -> aiomqtt.Client:
        """A client that is not connected yet.

        Args:
            name: that it gives itself; another of that name is disconnected by the broker.
            will: (topic, payload) that the broker publishes when this is gone; retained.

        Raises:
            UserError: the extra ``mqtt`` is not installed.
        """
        mqtt = library()
        client: aiomqtt.Client = mqtt.Client(
            self.host,
            self.port,
            username=self.username,
            password=self.password,
            identifier=name,
            tls_context=self.tls,
            will=mqtt.Will(*will, qos=1, retain=True),
            keepalive=KEEPALIVE_S,
            timeout=KEEPALIVE_S,
        )
        return client


def broker(
    url: str, username: str | None = None, password: str | None = None, ca: Path | None = None
) -> Broker:
    """
    Args:
        url: mqtt://HOST[:PORT] or, for TLS, mqtts://HOST[:PORT].
        ca: certificates to trust instead of the system's.

    Raises:
        UserError: ``url`` is none of these, or ``ca`` cannot be read.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UserError(f"--broker {url}: {error}: give mqtt://HOST:PORT") from error
    if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname or parts.path.strip("/"):
        raise UserError(f"--broker {url} is no address: give mqtt://HOST:PORT, or mqtts:// for TLS")
    if parts.username or parts.password:
        raise UserError("--broker takes no password: give --username and ISHARA_MQTT_PASSWORD")
    if password and not username:
        raise UserError("ISHARA_MQTT_PASSWORD is set, but no --username")
    context = None
    if parts.scheme == "mqtts":
        try:
            context = ssl.create_default_context(cafile=ca)
        except OSError as error:
            raise UserError(f"--ca {ca} cannot be read: {first_line(error)}") from error
    elif ca:
        raise UserError("--ca is for TLS: give mqtts://HOST:PORT")
    usual = TLS_PORT if context else PORT
    return Broker(parts.hostname, port or usual, context, username, password)


def library() -> ModuleType:
    """The module aiomqtt.

    Raises:
        UserError: it is not installed.
    """
    try:
        import aiomqtt
    except ImportError as error:
        raise UserError(
            "ishara mqtt needs aiomqtt: pip install 'ishara-edge[mqtt]', or systemd/install --mqtt"
        ) from error
    module: ModuleType = aiomqtt
    return module
