"""How Home Assistant finds the reader: one retained message for each of its entities.

See https://www.home-assistant.io/integrations/mqtt/#discovery-messages.
"""

from __future__ import annotations

from typing import Any

from edge import __version__
from edge.mqtt.topics import COMMANDS, OFFLINE, ONLINE, Topics

MOST = 255
"""Characters that Home Assistant takes as a state."""
_ICONS = {"pause": "mdi:pause", "resume": "mdi:play", "reset": "mdi:backspace"}


def messages(topics: Topics, commands: bool = True) -> dict[str, dict[str, Any] | None]:
    """The configuration of each entity by its topic; None for one that is not there.

    ``commands``: there are buttons.
    """
    return {
        _topic(topics, "sensor", "text"): _entity(topics, "text", {
            "name": "Text",
            "icon": "mdi:hand-clap",
            "state_topic": topics.text,
            "value_template": f"{{{{ value_json.text[:{MOST}] }}}}",
            "json_attributes_topic": topics.text,
        }),
        _topic(topics, "sensor", "state"): _entity(topics, "state", {
            "name": "State",
            "icon": "mdi:camera-iris",
            "state_topic": topics.state,
            "entity_category": "diagnostic",
        }),
        **{
            _topic(topics, "button", command): _entity(topics, command, {
                "name": command.capitalize(),
                "icon": _ICONS[command],
                "command_topic": topics.command,
                "payload_press": command,
                "qos": 1,
            }) if commands else None
            for command in COMMANDS
        },
    }  # fmt: skip


def _topic(topics: Topics, component: str, name: str) -> str:
    return f"{topics.discovery}/{component}/ishara_{topics.node}/{name}/config"


def _entity(topics: Topics, name: str, own: dict[str, Any]) -> dict[str, Any]:
    return {
        **own,
        "unique_id": f"ishara_{topics.node}_{name}",
        "availability_topic": topics.availability,
        "payload_available": ONLINE,
        "payload_not_available": OFFLINE,
        "device": {
            "identifiers": [f"ishara_{topics.node}"],
            "name": f"Ishara {topics.node}",
            "model": "Ishara Edge",
            "manufacturer": "Ishara Edge",
            "sw_version": __version__,
        },
        "origin": {"name": "ishara-edge", "sw_version": __version__},
    }
