"""From a line of the daemon to a typed event: every dataclass of `edge.events.protocol`."""

from __future__ import annotations

import json
import types
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Annotated, Any, Literal, NoReturn, Union, get_args, get_origin, get_type_hints

from edge.events import protocol

Convert = Callable[[Any], Any]

_KINDS: dict[str, Any] = {kind.type: kind for kind in get_args(protocol.Event)}


def parse(line: bytes) -> protocol.Event | None:
    """The event in ``line``; None where its type is not known. Unknown fields are ignored.

    Raises:
        ValueError: it is no JSON object with a type, a field is missing, or has a wrong type.
    """
    try:
        parts = json.loads(line, parse_constant=_no_constant)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(parts, dict) or not isinstance(name := parts.get("type"), str):
        raise ValueError("no JSON object with a type")
    if name not in _KINDS:
        return None
    event: protocol.Event = _dataclass(_KINDS[name])(parts)
    return event


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")


@cache
def _dataclass(kind: Any) -> Convert:
    """Makes a ``kind`` of a JSON object."""
    hints = get_type_hints(kind, include_extras=True)
    wanted = [
        (field.name, _converter(hints[field.name]), field.default is MISSING)
        for field in fields(kind)
    ]

    def convert(parts: Any) -> Any:
        if not isinstance(parts, dict):
            raise ValueError(f"a {kind.__name__} is a JSON object")
        values = {}
        for name, converter, required in wanted:
            if name in parts:
                values[name] = converter(parts[name])
            elif required:
                raise ValueError(f"a {kind.__name__} without {name}")
        return kind(**values)

    return convert


def _converter(hint: Any) -> Convert:
    """Checks a value of a field with this annotation, and converts it where it is nested."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _converter(inner[0])
    if isinstance(hint, type) and is_dataclass(hint):
        return _dataclass(hint)
    if origin is tuple:
        return _tuple(_converter(inner[0]))
    if origin is Literal:
        # Any value of the type: a newer daemon may know more of them.
        return _plain({type(value) for value in inner})
    if origin in (Union, types.UnionType):
        return _plain(set(inner))
    return _plain({hint})


def _tuple(item: Convert) -> Convert:
    def convert(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise ValueError("no list where one is due")
        return tuple(map(item, value))

    return convert


def _plain(allowed: set[Any]) -> Convert:
    accepted = allowed | ({int} if float in allowed else set())

    def check(value: Any) -> Any:
        if type(value) not in accepted:  # isinstance would take a bool for an int
            raise ValueError(f"{type(value).__name__} where {allowed} is due")
        return value

    return check
