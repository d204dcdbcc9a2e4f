"""The protocol as a JSON Schema (draft 2020-12), made from its dataclasses.

A line from the server is valid under the whole, a line from a client under ``#/$defs/request``.
Types and fields a reader does not know are to be ignored, so fields beyond these are allowed and
a type beyond these is not described.
"""

from __future__ import annotations

import json
import types
from dataclasses import MISSING, fields, is_dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from edge.events import protocol, requests

Schema = dict[str, Any]
_PLAIN = {str: "string", int: "integer", float: "number", bool: "boolean", types.NoneType: "null"}


def schema() -> Schema:
    """The schema of all events and requests, ready for JSON."""
    defs: Schema = {}
    events = [_reference(kind, defs) for kind in get_args(protocol.Event)]
    wanted = [_reference(kind, defs) for kind in get_args(requests.Request)]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Ishara Edge, protocol version {protocol.PROTOCOL}",
        "description": "One line from the server; #/$defs/request is one line from a client.",
        "oneOf": events,
        "$defs": {"request": {"oneOf": wanted}, **dict(sorted(defs.items()))},
    }


def _reference(kind: Any, defs: Schema) -> Schema:
    """A reference to the dataclass ``kind``, described in ``defs``."""
    name: str = getattr(kind, "type", kind.__name__)
    if requests.__name__ == kind.__module__:
        name = f"request_{name}"
    if name not in defs:
        defs[name] = _object(kind, defs)
    return {"$ref": f"#/$defs/{name}"}


def _object(kind: Any, defs: Schema) -> Schema:
    hints = get_type_hints(kind, include_extras=True)
    properties = {"type": {"const": kind.type}} if hasattr(kind, "type") else {}
    properties |= {field.name: _value(hints[field.name], defs) for field in fields(kind)}
    # Everything is always sent, but the id, which an answer has only where its request had one. A
    # request may leave out what has a default.
    optional = {"id"}
    if kind.__module__ == requests.__name__:
        optional |= {field.name for field in fields(kind) if field.default is not MISSING}
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in optional],
    }


def _value(hint: Any, defs: Schema) -> Schema:
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Annotated:
        constraints: Schema = inner[1]
        return _value(inner[0], defs) | constraints
    if origin is None and hint in _PLAIN:
        return {"type": _PLAIN[hint]}
    if is_dataclass(hint):
        return _reference(hint, defs)
    if origin is Literal:
        return {"enum": list(inner)}
    if origin in (tuple, frozenset):
        return {"type": "array", "items": _value(inner[0], defs)}
    if origin in (Union, types.UnionType):
        return {"type": [_PLAIN[one] for one in inner]}
    raise TypeError(f"no JSON Schema for {hint}")


def text() -> str:
    """The schema as indented JSON."""
    return json.dumps(schema(), indent=2)


if __name__ == "__main__":
    print(text())
