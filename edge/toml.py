"""TOML that is refused before tomllib, which nothing interrupts, takes long to refuse it."""

from __future__ import annotations

import re
import tomllib
from typing import Any

MOST = 64
"""Dots of a key, and brackets within brackets, in one line: tomllib takes time with the square."""

# Texts and comments, in which dots and brackets mean nothing. One that does not end runs to the
# end, so that this takes time with the length only; tomllib says what is wrong with it.
_TEXTS = re.compile(
    r'"""(?:[^"\\]|\\.?|"(?!""))*+(?:""")?'
    r"|'''(?:[^']|'(?!''))*+(?:''')?"
    r'|"(?:[^"\\\n]|\\.?)*+"?'
    r"|'[^'\n]*+'?"
    r"|#[^\n]*+",
    re.DOTALL,
)


def loads(text: str) -> dict[str, Any]:
    """The tables in ``text``, whose length the caller has limited.

    Raises:
        ValueError: it is no TOML, or has longer keys or more brackets than anything here needs.
        RecursionError: the same, over many lines.
    """
    for number, line in enumerate(_TEXTS.sub(_only_lines, text).split("\n"), 1):
        if max(part.count(".") for part in line.split(",")) > MOST or _depth(line) > MOST:
            raise ValueError(f"more dots or brackets than are used here (at line {number})")
    return tomllib.loads(text)


def _only_lines(text: re.Match[str]) -> str:
    return "\n" * text[0].count("\n")


def _depth(line: str) -> int:
    depth = deepest = 0
    for bracket in re.findall(r"[\[\]{}]", line):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest
