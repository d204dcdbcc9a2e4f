"""Writing TOML: the few kinds of values a bundle has."""

from __future__ import annotations

import json
import re
from typing import Any


def table(values: dict[str, Any], name: str = "") -> list[str]:
    """Lines of a table; without ``name`` those of the top."""
    head = ["", f"[{name}]"] if name else []
    return [*head, *(f"{_key(k)} = {_value(v)}" for k, v in values.items())]


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name)


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items()) + " }"
    if isinstance(value, float):
        return repr(value)  # which also is how TOML writes what is not a number
    return json.dumps(value)  # whole numbers, strings and lists are written alike
