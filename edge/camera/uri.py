"""How a camera is written: ``SCHEME:REST?key=value&key=value``.

The options are what follows the last ``?``, if that contains a ``=``; so ``signer:why?`` spells a
question mark, if the signer knows one. ``%XX`` is decoded in the rest and in the values
(``%3F`` for a ``?`` that would begin the options, ``%25`` for a percent sign before two
hexadecimal digits); ``+`` stays a plus.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from edge.errors import UserError


@dataclass(frozen=True)
class Uri:
    """A parsed URI; ``rest`` and the values of ``options`` are decoded."""

    scheme: str
    rest: str
    options: dict[str, str]


def parse(text: str, schemes: tuple[str, ...]) -> Uri:
    """Parse ``text``; the colon may be missing if nothing follows it.

    Raises:
        UserError: the scheme is not one of ``schemes``, or an option has no ``=``.
    """
    body, mark, query = text.rpartition("?")
    if not mark or "=" not in query:
        body, query = text, ""
    scheme, _, rest = body.partition(":")
    if scheme not in schemes:
        valid = ", ".join(f"{name}:" for name in _nearest(scheme, schemes))
        raise UserError(f"unknown source {text!r}: it must begin with one of {valid}")
    options: dict[str, str] = {}
    for option in filter(None, query.split("&")):
        key, equals, value = option.partition("=")
        if not equals:
            raise UserError(f"option {option!r} of source {text!r} must be written KEY=VALUE")
        options[key] = unquote(value)
    return Uri(scheme, unquote(rest), options)


def typed(uri: Uri, **types: Callable[[str], Any]) -> dict[str, Any]:
    """The given options of ``uri``, each converted by the function of its name in ``types``.

    Raises:
        UserError: an option is not in ``types``, or its value cannot be converted.
    """
    values: dict[str, Any] = {}
    for key, text in uri.options.items():
        if key not in types:
            valid = ", ".join(_nearest(key, types)) or "none"
            raise UserError(
                f"{uri.scheme}: has no option {key!r} (valid: {valid}); "
                "a ? that belongs to the text is written %3F"
            )
        try:
            values[key] = types[key](text)
        except ValueError as error:
            raise UserError(f"{uri.scheme}: option {key} {error}, not {text!r}") from None
    return values


def switch(text: str) -> bool:
    """``0`` or ``1``."""
    if text not in ("0", "1"):
        raise ValueError("must be 0 or 1")
    return text == "1"


def whole(text: str) -> int:
    """A whole number from 0 to 2^31 - 1."""
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and int(text) < 2**31):
        raise ValueError("must be a whole number")
    return int(text)


def pixels(text: str) -> int:
    """A width or height: a whole number from 64 to 4096."""
    if not 64 <= (wanted := whole(text)) <= 4096:
        raise ValueError("must be between 64 and 4096 pixels")
    return wanted


def number(text: str) -> int:
    """A whole number of up to 18 digits; it may be negative."""
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 18):
        raise ValueError("must be a whole number")
    return int(text)


def seconds(text: str) -> float:
    """A number of at least 0."""
    number = _number(text)
    if number < 0:
        raise ValueError("must be 0 or more")
    return number


def positive(text: str) -> float:
    """A number above 0."""
    number = _number(text)
    if number <= 0:
        raise ValueError("must be more than 0")
    return number


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not abs(number) <= 1e6:
        raise ValueError("must be a number up to 1000000")
    return number


def _nearest(word: str, valid: Iterable[str]) -> list[str]:
    """All of ``valid``, the most similar to ``word`` first."""

    def difference(name: str) -> float:
        return -difflib.SequenceMatcher(None, word[:32], name).ratio()

    return sorted(valid, key=difference)
