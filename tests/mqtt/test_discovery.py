"""The discovery messages are what Home Assistant's documentation allows."""

from __future__ import annotations

import re

import pytest

from edge.mqtt import discovery
from edge.mqtt.topics import Topics

TOPICS = Topics("desk")
# From the tables of https://www.home-assistant.io/integrations/{sensor,button}.mqtt/.
COMMON = {
    "availability_topic", "payload_available", "payload_not_available", "device", "origin",
    "entity_category", "icon", "name", "qos", "unique_id", "json_attributes_topic",
}  # fmt: skip
OWN = {
    "sensor": {"state_topic", "value_template", "expire_after", "force_update", "options"},
    "button": {"command_topic", "payload_press", "retain", "command_template"},
}
REQUIRED = {"sensor": "state_topic", "button": "command_topic"}
DEVICE = {"identifiers", "name", "model", "manufacturer", "sw_version", "hw_version", "via_device"}


@pytest.mark.parametrize("topic", discovery.messages(TOPICS))
def test_each_entity_has_only_known_keys(topic: str) -> None:
    config = discovery.messages(TOPICS)[topic]
    assert config is not None
    prefix, component, node, name, last = topic.split("/")
    assert (prefix, last) == ("homeassistant", "config")
    assert re.fullmatch(r"[a-zA-Z0-9_-]+", node)
    assert re.fullmatch(r"[a-zA-Z0-9_-]+", name)
    assert set(config) <= COMMON | OWN[component]
    assert REQUIRED[component] in config
    assert set(config["device"]) <= DEVICE
    assert config["origin"]["name"]
    assert config.get("entity_category", "diagnostic") in ("diagnostic", "config")


def test_entities_are_distinct_and_of_one_device() -> None:
    found = [config for config in discovery.messages(TOPICS).values() if config]
    assert len({config["unique_id"] for config in found}) == len(found) == 5
    assert len({str(config["device"]) for config in found}) == 1


def test_without_commands_the_buttons_are_taken_back() -> None:
    found = discovery.messages(TOPICS, commands=False)
    assert {topic.split("/")[1] for topic, config in found.items() if config is None} == {"button"}
    assert found.keys() == discovery.messages(TOPICS).keys()
