"""Inputs that are well-formed and wrong: good trees with some of their parts changed."""

from __future__ import annotations

import json
import math
import re
from random import Random
from typing import Any

_ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2, 63, 64, 2**31, 2**53, 2**63, -(2**63), 10**30, 0.5, -0.0, 1e308,
    math.inf, -math.inf, math.nan, "", " ", "a", "\0", "\n", "\x7f", "é", "\U0010ffff",
    "../x", "/dev/zero", "x" * 200, "partial", "ping", [], [[]], {}, [1, "a"], {"a": 1},
    [[["deep"]]], ["a"] * 100,
)  # fmt: skip


def altered(tree: dict[str, Any], rng: Random) -> dict[str, Any]:
    """``tree`` with one to four of its parts changed, moved, doubled or left out."""
    for _ in range(rng.randint(1, 4)):
        changed = _altered(tree, rng)
        tree = changed if isinstance(changed, dict) else {"only": changed}
    return tree


def _altered(tree: Any, rng: Random) -> Any:
    if not isinstance(tree, dict | list) or not tree or rng.random() < 0.05:
        return _leaf(tree, rng)
    if isinstance(tree, list):
        at = rng.randrange(len(tree))
        part = rng.choice(
            ([], [tree[at]] * 2, [_altered(tree[at], rng)], [_altered(tree[at], rng)])
        )
        return [*tree[:at], *part, *tree[at + 1 :]]
    key = rng.choice(list(tree))
    match rng.randrange(8):
        case 0:
            return {name: value for name, value in tree.items() if name != key}
        case 1:
            return {**tree, rng.choice((key + "x", "", "\n", "é", "type", "id")): tree[key]}
        case 2:
            return {**tree, key: rng.choice(list(tree.values()))}
        case _:
            return {**tree, key: _altered(tree[key], rng)}


def _leaf(value: Any, rng: Random) -> Any:
    if isinstance(value, str) and value and rng.random() < 0.5:
        at = rng.randrange(len(value))
        return value[:at] + rng.choice(("", "\0", "é", value, "\n")) + value[at + 1 :]
    if isinstance(value, int | float) and rng.random() < 0.5:
        return rng.choice((-value, value + 1, value * 1000, value / 7))
    return rng.choice(_ODD)


def as_json(tree: dict[str, Any]) -> bytes:
    """``tree`` on one line."""
    return json.dumps(tree).encode()


def as_toml(tree: dict[str, Any]) -> bytes:
    """``tree`` as TOML; what TOML has no word for becomes a text."""
    lines = [f"{_key(k)} = {_value(v)}" for k, v in tree.items() if not isinstance(v, dict)]
    for name, table in tree.items():
        if isinstance(table, dict):
            lines += [f"[{_key(name)}]", *(f"{_key(k)} = {_value(v)}" for k, v in table.items())]
    return "\n".join(lines).encode("utf-8", "replace")


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _value(name)


def _value(value: Any) -> str:
    match value:
        case dict():
            return "{ " + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items()) + " }"
        case list():
            return "[" + ", ".join(map(_value, value)) + "]"
        case float():
            return repr(value)
        case bool() | int():
            return str(value).lower()
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case _:
            return json.dumps(str(value))
