"""Whether what goes over the socket is what the protocol's JSON Schema says."""

from __future__ import annotations

from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from edge.events.schema import schema


@cache
def _definitions() -> dict[str, Any]:
    whole = schema()
    Draft202012Validator.check_schema(whole)
    return dict(whole["$defs"])


@cache
def _validator(name: str) -> Draft202012Validator:
    # One definition at a time: a "oneOf" over all costs a hundred times as much.
    return Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": _definitions()})


def check(event: dict[str, Any]) -> dict[str, Any]:
    """``event``, a line of a server; fails where it is not valid or has a field too many."""
    name = event["type"]
    _validator(name).validate(event)
    assert set(event) <= set(_definitions()[name]["properties"]), event
    return event


def check_request(request: dict[str, Any]) -> None:
    """Fails where ``request`` is no valid line of a client."""
    _validator("request").validate(request)
