"""docs/protocol.md describes every type and field of the protocol, and nothing else."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from edge.events.schema import schema
from tests.docs.pages import ROOT, blocks
from tests.wire import check, check_request

PAGE = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
DEFINITIONS: dict[str, Any] = {
    name: definition for name, definition in schema()["$defs"].items() if "properties" in definition
}
SECTIONS = dict(re.findall(r"^### ([^\n]*)\n(.*?)(?=^#|\Z)", PAGE, re.MULTILINE | re.DOTALL))
EVENTS, REQUESTS = PAGE.split("## From a client")


def heading(name: str) -> str:
    kind = name.removeprefix("request_")
    return f"`{name}`" if kind == name else f"Request `{kind}`"


def documented(section: str) -> list[str]:
    """The names in the first column of the section's table of fields."""
    table = re.search(r"^\| field .*\n\|[-|]*\n((?:\|.*\n)*)", section, re.MULTILINE)
    assert table, section
    return [
        name for row in table[1].splitlines() for name in re.findall(r"`(\w+)`", row.split("|")[1])
    ]


def values(definition: Any) -> set[str]:
    """All that an ``enum`` somewhere in the definition allows."""
    if isinstance(definition, dict):
        named = {value for value in definition.get("enum", ()) if isinstance(value, str)}
        return named.union(*(values(part) for part in definition.values()))
    return set()


@pytest.mark.parametrize("name", DEFINITIONS)
def test_each_type_has_a_section_with_all_of_its_fields(name: str) -> None:
    fields = [field for field in DEFINITIONS[name]["properties"] if field != "type"]
    assert sorted(documented(SECTIONS[heading(name)])) == sorted(fields)


def test_no_section_describes_a_type_that_does_not_exist() -> None:
    described = {title for title in SECTIONS if "`" in title}
    assert described == {heading(name) for name in DEFINITIONS}


@pytest.mark.parametrize("name", DEFINITIONS)
def test_each_value_of_an_enumeration_is_named(name: str) -> None:
    section = SECTIONS["`state`"] if name == "status" else SECTIONS[heading(name)]
    missing = {value for value in values(DEFINITIONS[name]) if f"`{value}`" not in section}
    assert not missing


def test_each_example_is_valid() -> None:
    events = [json.loads(line) for block in blocks(EVENTS) for line in block.text.splitlines()]
    requests = [json.loads(line) for block in blocks(REQUESTS) for line in block.text.splitlines()]
    for event in events:
        check(event)
    for request in requests:
        check_request(request)
    broadcast = {name for name in DEFINITIONS if not name.startswith("request_")} - {"CharSpan"}
    assert {event["type"] for event in events} == broadcast
    assert {f"request_{request['type']}" for request in requests} == set(DEFINITIONS) - {
        *broadcast,
        "CharSpan",
    }
