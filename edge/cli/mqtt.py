"""``ishara mqtt``: texts and state to an MQTT broker, for Home Assistant and others."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from edge.cli.options import Commands, add_command, add_config, add_socket, effective


def add(commands: Commands) -> None:
    mqtt = add_command(
        commands, "mqtt", _mqtt, "publish texts to an MQTT broker, as for Home Assistant"
    )
    add_config(mqtt)
    add_socket(mqtt)
    mqtt.add_argument(
        "--broker", metavar="URL", default="mqtt://127.0.0.1", help="mqtt://HOST:PORT, or mqtts://"
    )
    mqtt.add_argument("--username", help="the password is taken from ISHARA_MQTT_PASSWORD")
    mqtt.add_argument("--ca", metavar="FILE", type=Path, help="certificates to trust, for mqtts://")
    mqtt.add_argument("--name", default="", help="of this reader; without it that of the machine")
    mqtt.add_argument("--read-only", action="store_true", help="obey no command from the broker")


def _mqtt(options: argparse.Namespace) -> int:
    import asyncio

    from edge.mqtt import Bridge, Topics, broker, node

    password = os.environ.get("ISHARA_MQTT_PASSWORD") or None
    at = broker(options.broker, options.username, password, options.ca)
    topics = Topics(node(options.name))
    address = effective(options).publish.socket or None
    asyncio.run(Bridge(at, topics, address, not options.read_only).serve())
    return 0
