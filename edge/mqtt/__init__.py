"""Texts, state and buttons over MQTT, for Home Assistant and others: ``ishara mqtt``.

- `broker`: where the broker is and how it is reached.
- `topics`, `discovery`: what is published where, and how Home Assistant finds it.
- `store`: what waits for the broker, bounded.
- `bridge`: from a daemon's socket to the broker, and commands back.

It needs the extra ``mqtt``.
"""

from edge.mqtt.bridge import Bridge
from edge.mqtt.broker import Broker, broker
from edge.mqtt.topics import Topics, node

__all__ = ["Bridge", "Broker", "Topics", "broker", "node"]
